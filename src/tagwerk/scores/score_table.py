"""The jets and scores of score files, as their card describes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from tagwerk.arrays import Bools, Ints, Values
from tagwerk.cards.score_files import ScoreFiles
from tagwerk.errors import UserError, error_context
from tagwerk.jets.identity import event_identity
from tagwerk.scores.file_columns import FileColumns, as_numbers, file_columns
from tagwerk.scores.read import SCORE
from tagwerk.scores.table_checks import check_both_classes, check_finite, check_identities, check_probabilities


@dataclass(frozen=True)
class ScoreTable:
    """N jets of the classes in a card, with the scores of S seeds.

    Attributes:
        name: of the file or files, for messages.
        jets: `label`, the index of the class, and where the card names their columns `event`, `jet`, `weight` and
            variables; one row per jet.
        seeds: `raw score`, or `p_<class>` of each class, of the same jets.
        left_out: number of jets with other labels.
    """

    name: str
    jets: pd.DataFrame
    seeds: list[pd.DataFrame]
    left_out: int


def read_tables(card: ScoreFiles, classes: Sequence[str]) -> list[ScoreTable]:
    """Return one table per file, or a single one where each file is a part of the jets.

    Args:
        card: of the files.
        classes: of the study, in the order of the labels.

    Raises:
        UserError: a file or a column is missing, damaged or holds invalid values, or a jet has the identity of another.
    """
    files = card.paths()
    tables = [_read(file, card, classes) for file in files]
    if card.each_file == "part":
        tables = [_joined(tables, files)]
    for table in tables:
        check_both_classes(table.name, table.jets["label"].to_numpy(), card, classes)
        check_identities(table.name, table.jets)
    return tables


def _read(file: Path, card: ScoreFiles, classes: Sequence[str]) -> ScoreTable:
    columns = file_columns(file, card.tree)
    seeds = _seed_columns(columns, card)
    named = [card.label, *card.event, *card.jet, *card.variables.values(), *([card.weight] if card.weight else [])]
    values = columns.columns([*named, *(name for seed in seeds for name in seed.values())])
    label = _labels(file, values[card.label], card, classes)
    kept = label >= 0
    values = {name: column[kept] for name, column in values.items()}
    rows = np.flatnonzero(kept)
    jets = _jets(file, card, values, label[kept], rows)
    scores = [_scores(file, card, seed, values, rows) for seed in seeds]
    return ScoreTable(str(file), jets, scores, int((~kept).sum()))


def _seed_columns(columns: FileColumns, card: ScoreFiles) -> list[dict[str, str]]:
    """Return the columns of each seed by what they hold: `raw score`, or `p_<class>`."""
    patterns = {SCORE: card.score} if card.score else {f"p_{name}": each for name, each in card.probabilities.items()}
    found = {key: [name for each in given for name in columns.expand(each)] for key, given in patterns.items()}
    first, *others = found
    for key in others:
        if len(found[key]) != len(found[first]):
            counts = f"{len(found[key])} columns of '{key[2:]}', but {len(found[first])} of '{first[2:]}'"
            raise UserError(f"{columns.file}: key 'probabilities': {counts}; name one per seed and class")
    return [dict(zip(found, each, strict=True)) for each in zip(*found.values(), strict=True)]


def _labels(file: Path, column: Values, card: ScoreFiles, classes: Sequence[str]) -> Ints:
    """Return the index of each jet's class among those of the study, (N,), -1 for none."""
    label = np.full(len(column), -1, np.int64)
    for name, values in card.classes.items():
        label[_is_one_of(column, values)] = classes.index(name)
    if not len(column):
        raise UserError(f"{file}: column '{card.label}' holds no jets; write some")
    return label


def _is_one_of(column: Values, values: Sequence[int | float | str]) -> Bools:
    if column.dtype.kind in "biuf":
        return np.isin(column, [value for value in values if not isinstance(value, str)])
    return np.isin(column.astype(str), [str(value) for value in values])


def _jets(file: Path, card: ScoreFiles, values: dict[str, Values], label: Ints, rows: Ints) -> pd.DataFrame:
    jets: dict[str, Values] = {"label": label}
    with error_context(file):
        if card.event:
            jets["event"] = event_identity([values[name] for name in card.event], card.event)
        if card.jet:
            jets["jet"] = event_identity([values[name] for name in card.jet], card.jet)
    if card.weight:
        jets["weight"] = as_numbers(file, card.weight, values[card.weight])
        check_finite(file, card.weight, jets["weight"], rows)
    for name, column in card.variables.items():
        jets[name] = as_numbers(file, column, values[column])
    return pd.DataFrame(jets)


def _scores(
    file: Path, card: ScoreFiles, columns: dict[str, str], values: dict[str, Values], rows: Ints
) -> pd.DataFrame:
    """Return the scores of one seed; of two classes with one probability, the other is what it lacks to one."""
    scores = pd.DataFrame({key: as_numbers(file, name, values[name]) for key, name in columns.items()})
    for key, name in columns.items():
        check_finite(file, name, scores[key].to_numpy(), rows)
    if card.probabilities:
        check_probabilities(file, columns, scores, rows)
        for missing in card.classes.keys() - card.probabilities.keys():
            scores[f"p_{missing}"] = np.clip(1 - scores.sum(axis=1), 0, None)
    return scores


def _joined(parts: Sequence[ScoreTable], files: Sequence[Path]) -> ScoreTable:
    """Return the jets of all parts as one table."""
    for part in parts:
        if len(part.seeds) != len(parts[0].seeds):
            counts = f"{len(part.seeds)} seeds, but {parts[0].name} has {len(parts[0].seeds)}"
            raise UserError(f"{part.name}: has {counts}; write the same columns into each part")
    return ScoreTable(
        name=parts[0].name if len(files) == 1 else f"{parts[0].name} and {len(files) - 1} more",
        jets=pd.concat([part.jets for part in parts], ignore_index=True),
        seeds=[pd.concat(each, ignore_index=True) for each in zip(*(part.seeds for part in parts), strict=True)],
        left_out=sum(part.left_out for part in parts),
    )
