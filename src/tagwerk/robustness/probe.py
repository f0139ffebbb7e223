"""The performance of a trained tagger on test jets whose inputs are changed."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import awkward as ak
import numpy as np
import pandas as pd

from tagwerk.arrays import Floats64
from tagwerk.cards.input_columns import schema_of
from tagwerk.cards.load_study import load_cards
from tagwerk.cards.study_cards import Cards
from tagwerk.errors import UserError, error_context
from tagwerk.evaluation.compared_jets import ComparedJets, discriminant
from tagwerk.evaluation.input_changes import measure_changes
from tagwerk.evaluation.robustness_result import Change, Effect, TaggerRobustness
from tagwerk.provenance.versions import versions
from tagwerk.records.parts import Part, Records, parts_of
from tagwerk.robustness.changed_jets import ChangeableJets, have_same_inputs
from tagwerk.robustness.sample import check_sample, compared_jets, read_sample
from tagwerk.robustness.variations import Variation, input_exchanges, perturbations, rank_exchanges
from tagwerk.training.engine import engine
from tagwerk.training.loading import Jets, concatenate
from tagwerk.training.model import TrainedModel, TrainingRecord, load_model, load_record

REPLICAS = 400
SEED = 1

_JETS_AT_ONCE = 50_000  # of several changes: TensorFlow traces the network anew for each set


def probe(
    study: Cards | Path | str,
    model: TrainedModel | Path | str,
    records: Records,
    threads: int = 1,
    count: int = REPLICAS,
    seed: int = SEED,
) -> TaggerRobustness:
    """Return what a trained tagger loses with perturbed test jets, and which of its inputs it relies on.

    Each change is the same for all taggers. After a perturbation, all that Tagwerk computes from constituents is
    computed anew: their order, trees and substructure. For the importance of an input, only this input is exchanged.

    Args:
        study: the card with all that it names, or its path or name; its key `robustness.jets` is the number of jets.
        model: what `tagwerk.train` returned, or the directory that it wrote.
        records: arrays that `tagwerk.read` returned, or directories that `tagwerk.ingest` wrote.
        threads: number of CPU threads.
        count: number of bootstrap replicas of the jets.
        seed: of the changes and of the replicas.

    Raises:
        UserError: the model or the records are missing, damaged or not of this study, or there are too few test jets.
    """
    cards = study if isinstance(study, Cards) else load_cards(study)
    path, trained = _prepared(model, cards, threads)
    found, sample = _sample(path, trained.record, parts_of(records), cards)
    groups = _variations(trained.record)
    with error_context(path):
        changeable = ChangeableJets.of(
            found, cards.require_dataset(), trained.record.tagger, trained.record.schema_, seed
        )
        scores = _scores(trained, changeable, [each for group in groups.values() for each in group], cards)
    points = np.array(cards.study.working_points)
    nominal, effects = measure_changes(sample, scores[0], scores[1:], points, count, np.random.default_rng(seed))
    remaining = iter(effects)
    return TaggerRobustness(
        tagger=trained.record.name,
        seed=trained.record.seed,
        drawn=trained.record.drawn,
        signal=cards.study.signal,
        backgrounds=cards.study.backgrounds,
        signal_jets=int(sample.signal.sum()),
        background_jets=int((~sample.signal).sum()),
        replicas=count,
        random_seed=seed,
        nominal=nominal,
        versions=versions(),
        **{name: [_change(variation, next(remaining)) for variation in group] for name, group in groups.items()},
    )


def _sample(path: Path, record: TrainingRecord, parts: Sequence[Part], cards: Cards) -> tuple[ak.Array, ComparedJets]:
    """Return the records of the test jets to use, and what a comparison needs to know of them."""
    study, names = cards.study, [each.name for each in cards.classes]
    signal, *backgrounds = (names.index(name) for name in (study.signal, *study.backgrounds))
    sequences = list(cards.require_dataset().sequences)
    found = read_sample(parts, record.pieces["test"], sequences, signal, backgrounds, study.robustness.jets)
    sample = compared_jets(found, signal)
    with error_context(path):
        check_sample(sample, study.signal, study.background)
    return found, sample


def _change(variation: Variation, effect: Effect) -> Change:
    return Change(name=variation.name, title=variation.title, sequence=variation.sequence, **vars(effect))


def _prepared(model: TrainedModel | Path | str, cards: Cards, threads: int) -> tuple[Path, TrainedModel]:
    """Return the model and its path, or a name for messages, with its library ready."""
    if isinstance(model, TrainedModel):
        path, record = Path(f"{model.record.name}, seed {model.record.seed}"), model.record
    else:
        path, record = Path(model), load_record(Path(model))
    _check_model(path, record, cards)
    engine(record.tagger).prepare(record.seed, threads)  # before anything else uses TensorFlow
    return path, model if isinstance(model, TrainedModel) else load_model(model)


def _check_model(path: Path, record: TrainingRecord, cards: Cards) -> None:
    """Raise UserError where a model was not trained on the study's dataset, or is of a tagger outside the study."""
    if record.name not in cards.taggers:
        raise UserError(
            f"{path}: tagger '{record.name}' is not in the study ({', '.join(cards.taggers)}); "
            "give a model of the study, or add the tagger to the study's card"
        )
    if not _fits(record, cards):
        raise UserError(
            f"{path}: was trained on another dataset than '{cards.study.dataset}', with classes "
            f"{', '.join(record.schema_.classes)} and jet variables {', '.join(record.schema_.scalars)}; train it again"
        )


def _fits(record: TrainingRecord, cards: Cards) -> bool:
    """Return whether the dataset has the columns and classes that a model takes."""
    inputs, dataset = record.tagger.inputs, cards.require_dataset()
    known = {*inputs.sequences} <= {*dataset.sequences} and {*inputs.trees} <= {*dataset.trees()}
    return known and schema_of(dataset, inputs) == record.schema_


def _variations(record: TrainingRecord) -> dict[str, list[Variation]]:
    return {
        "perturbations": perturbations(),
        "inputs": input_exchanges(record.tagger.inputs, record.schema_),
        "ranks": rank_exchanges(record.schema_),
    }


def _scores(trained: TrainedModel, jets: ChangeableJets, variations: Sequence[Variation], cards: Cards) -> Floats64:
    """Return the discriminants without any change and after each, (1 + V, B)."""
    columns, scores = [f"p_{each.name}" for each in cards.classes], np.empty((0, 0))
    for rows, together in _grouped(jets, variations):
        probabilities = pd.DataFrame(engine(trained.record.tagger).scores(trained.model, together), columns=columns)
        found = discriminant(probabilities, cards.study.signal, cards.study.backgrounds).reshape(len(rows), -1)
        if not scores.size:
            scores = np.repeat(found[:1], 1 + len(variations), axis=0)
        scores[rows] = found
    if wrong := int((~np.isfinite(scores)).sum()):
        raise UserError(f"{wrong} of {scores.size} scores of changed jets are NaN; train the tagger again")
    return scores


def _grouped(jets: ChangeableJets, variations: Sequence[Variation]) -> Iterator[tuple[list[int], Jets]]:
    """Yield the jets without any change, row zero, and after each, with several at a time and the rows that they are.

    A change that leaves all inputs of the tagger as they are has no row: it would only show rounding.
    """
    nominal = jets.nominal()
    rows, group = [0], [nominal]
    for row, variation in enumerate(variations, start=1):
        changed = jets.changed(variation)
        if have_same_inputs(nominal, changed):
            continue
        if group and sum(map(len, group)) >= _JETS_AT_ONCE:
            yield rows, concatenate(group)
            rows, group = [], []
        rows.append(row)
        group.append(changed)
    yield rows, concatenate(group)
