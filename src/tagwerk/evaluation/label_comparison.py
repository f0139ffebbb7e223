"""The labels of constituents of all taggers of a study that give any."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from tagwerk.arrays import Bools
from tagwerk.cards.study_cards import Cards
from tagwerk.errors import UserError
from tagwerk.evaluation.compared_jets import jets_compared
from tagwerk.evaluation.label_quality import LabelledConstituents, accuracy, baseline, confusion, gain, origin_results
from tagwerk.evaluation.label_results import JetLabels, TaggerLabels
from tagwerk.scores.tagger_run import Run


def measure_labels(cards: Cards, taggers: Mapping[str, Sequence[Run]]) -> list[TaggerLabels]:
    """Return the quality of the labels of each tagger that labels constituents of known origin.

    It is that of signal and background jets together, and of the signal jets alone: in all jets together, whatever
    distinguishes the classes also helps to find constituents of the signal.

    Args:
        cards: of the study.
        taggers: the runs of each tagger by name, all with scores of the same jets.

    Raises:
        UserError: the runs of a tagger have labels of other origins than the dataset's card, or of other constituents.
    """
    found = [_tagger_labels(cards, name, runs) for name, runs in taggers.items() if _has_labels(runs)]
    return [each for each in found if each.samples]


def _has_labels(runs: Sequence[Run]) -> bool:
    return all(run.constituents is not None for run in runs)


def _tagger_labels(cards: Cards, name: str, runs: Sequence[Run]) -> TaggerLabels:
    (sequence,) = cards.taggers[name].inputs.sequences
    origins = {each.name: each.label for each in cards.require_dataset().sequences[sequence].known_origins()}
    tables = [run.constituents for run in runs if run.constituents is not None]
    for run, table in zip(runs, tables, strict=True):
        _check_table(run, table, tables[0], list(origins))
    classes, study = [each.name for each in cards.classes], cards.study
    samples = []
    for of_class, chosen in ((None, [study.signal, *study.backgrounds]), (study.signal, [study.signal])):
        keep = jets_compared(runs[0].scores, [classes.index(each) for each in chosen])
        sample = _jet_labels(of_class, runs[0].scores, keep, tables, list(origins))
        samples += [sample] if sample is not None else []
    return TaggerLabels(tagger=name, sequence=sequence, origins=origins, samples=samples)


def _check_table(run: Run, table: pd.DataFrame, first: pd.DataFrame, origins: list[str]) -> None:
    """Raise UserError where a run has labels of other origins than the card, or other constituents than the first."""
    if [*table] != ["jet", "truth", *(f"p_{name}" for name in origins)] or not (table["truth"] < len(origins)).all():
        has = f"its constituents have other origins than the dataset's card, {', '.join(origins)}"
        raise UserError(f"{run.folder}: {has}; train this tagger again")
    if not table[["jet", "truth"]].equals(first[["jet", "truth"]]):
        raise UserError(f"{run.folder}: has other constituents than another seed of this tagger; score both again")


def _jet_labels(
    of_class: str | None, scores: pd.DataFrame, keep: Bools, tables: list[pd.DataFrame], origins: list[str]
) -> JetLabels | None:
    """Return the quality of the labels in the jets to keep, (B,); None where no constituent counts."""
    jet, truth = (tables[0][column].to_numpy(np.int64) for column in ("jet", "truth"))
    in_jets, known = keep[jet], truth >= 0
    jet, truth = jet[in_jets & known], truth[in_jets & known]
    event = pd.MultiIndex.from_frame(scores[["source", "event"]]).factorize()[0]
    columns = [f"p_{name}" for name in origins]
    constituents = LabelledConstituents(
        truth=truth,
        weight=scores["weight"].to_numpy(np.float64)[jet],
        event=np.asarray(event, np.int64)[jet],
        probabilities=np.stack([table.loc[in_jets & known, columns].to_numpy(np.float32) for table in tables]),
    )
    correct, majority = accuracy(constituents), baseline(constituents)
    if correct is None or majority is None:
        return None
    return JetLabels(
        of_class=of_class,
        jets=int(keep.sum()),
        constituents=len(truth),
        unknown=int((in_jets & ~known).sum()),
        accuracy=correct,
        baseline=majority,
        most_frequent=origins[constituents.most_frequent],
        gain=gain(constituents),
        origins=origin_results(constituents, origins),
        confusion=confusion(constituents, origins),
    )
