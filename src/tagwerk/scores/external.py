"""Score files as runs on the test jets: those of the study's own taggers, or without any those of one of the files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from tagwerk.cards.score_files import ScoreFiles
from tagwerk.errors import UserError
from tagwerk.scores.matching import Match, NamedJets, match_jets
from tagwerk.scores.metadata import ScoreMetadata
from tagwerk.scores.read import IDENTITY
from tagwerk.scores.score_table import ScoreTable, read_tables
from tagwerk.scores.tagger_run import Run


@dataclass(frozen=True)
class FileMatch:
    """How the jets of score files were matched.

    Attributes:
        tagger: the name of the score files.
        file: their name.
        by: identity or position; or reference, where they are the test jets themselves.
        jets: number of test jets found.
        superfluous: number of further jets in the files.
        left_out: number of jets in the files with labels of no class.
        zero_weights: number of test jets left out for a weight of zero.
    """

    tagger: str
    file: str
    by: Literal["identity", "position", "reference"]
    jets: int
    superfluous: int
    left_out: int
    zero_weights: int


def external_runs(
    cards: Mapping[str, ScoreFiles], classes: list[str], own: Run | None
) -> tuple[list[Run], list[FileMatch]]:
    """Return one run per seed of each of the score files, all on the same jets, and how these were matched.

    The jets are those of `own`, a run of the study. Without one they are those of the files with the fewest jets, if
    some have an identity of these.

    Args:
        cards: of the score files, by name.
        classes: of the study, in the order of the labels.
        own: the scores of a tagger of the study, None if it has none.

    Raises:
        UserError: a file is missing or damaged, holds invalid values, or does not have all test jets.
    """
    tables = {name: _with_seeds(read_tables(card, classes), classes) for name, card in cards.items()}
    if own is not None:
        reference = NamedJets(str(own.path), own.scores)
        first = None
    else:
        first = _fewest_jets(tables)
        reference = NamedJets(tables[first].name, tables[first].jets)
    matches = {name: _match(reference, table, cards[name], classes) for name, table in tables.items() if name != first}
    if first is not None:
        matches[first] = Match(np.arange(len(reference.table)), "identity", 0)
        reference = NamedJets(reference.name, _completed(reference.table, tables, matches))
    zero_weights = int((reference.table["weight"] == 0).sum())
    runs: list[Run] = []
    found = []
    for name, table in tables.items():
        match = matches[name]
        runs += _runs(name, cards[name], table, match, reference.table, classes)
        by = "reference" if name == first else match.by
        counts = (len(match.rows), match.superfluous, table.left_out, zero_weights)
        found.append(FileMatch(name, table.name, by, *counts))
    return runs, found


def _with_seeds(tables: Sequence[ScoreTable], classes: list[str]) -> ScoreTable:
    """Return the seeds of several files as those of the first one, in the order of its jets."""
    first, *others = tables
    seeds = list(first.seeds)
    for other in others:
        match = match_jets(NamedJets(first.name, first.jets), NamedJets(other.name, other.jets), classes)
        if match.superfluous:
            raise UserError(
                f"{other.name}: has {match.superfluous:,} jets more than {first.name}; write the same jets for each "
                "seed, or give the key 'each_file' the value 'part' if each file holds a part of them"
            )
        seeds += [seed.iloc[match.rows].reset_index(drop=True) for seed in other.seeds]
    return replace(first, seeds=seeds)


def _fewest_jets(tables: Mapping[str, ScoreTable]) -> str:
    """Return the score files with the fewest jets, among those with an identity if there are any."""
    return min(tables, key=lambda name: ("event" not in tables[name].jets, len(tables[name].jets)))


def _match(reference: NamedJets, table: ScoreTable, card: ScoreFiles, classes: list[str]) -> Match:
    """Return where the reference's jets of the card's classes are."""
    labels = [classes.index(name) for name in card.classes]
    covered = reference.table[reference.table["label"].isin(labels)]
    return match_jets(
        NamedJets(reference.name, covered.reset_index(drop=True)), NamedJets(table.name, table.jets), classes
    )


def _completed(jets: pd.DataFrame, tables: Mapping[str, ScoreTable], matches: Mapping[str, Match]) -> pd.DataFrame:
    """Return the jets with event and weight from a table that has them; without any, each is an event of weight one."""
    jets = jets.copy()
    for name, match in matches.items():
        other = tables[name].jets
        for column in {"event", "weight"} & set(other) - set(jets) if len(match.rows) == len(jets) else ():
            jets[column] = other[column].to_numpy()[match.rows]
    if "event" not in jets:
        jets["event"] = np.arange(len(jets), dtype=np.uint64)
    if "weight" not in jets:
        jets["weight"] = 1.0
    return jets.assign(source="")


def _runs(
    name: str, card: ScoreFiles, table: ScoreTable, match: Match, jets: pd.DataFrame, classes: list[str]
) -> list[Run]:
    """Return one run per seed; jets of classes that the card lacks have the score NaN."""
    covered = np.flatnonzero(jets["label"].isin([classes.index(each) for each in card.classes]))
    runs = []
    for number, seed in enumerate(table.seeds, 1):
        found = pd.concat([table.jets[[*card.variables]], seed], axis=1)
        scores = np.full((len(jets), len(found.columns)), np.nan)
        scores[covered] = found.to_numpy()[match.rows]
        aligned = jets[IDENTITY].reset_index(drop=True).assign(**dict(zip(found.columns, scores.T, strict=True)))
        runs.append(Run(Path(table.name), _metadata(name, card, number, len(jets)), aligned, None))
    return runs


def _metadata(name: str, card: ScoreFiles, seed: int, jets: int) -> ScoreMetadata:
    return ScoreMetadata(
        tagger=name,
        seed=seed,
        engine=None,
        parameters=card.parameters,
        training_jets=card.training_jets,
        training_seconds=None,
        epochs=None,
        jets=jets,
        seconds=None,
        jets_per_second=None,
        threads=None,
        versions={},
    )
