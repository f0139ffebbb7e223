"""Checks of the values in score files: each fault is one line with file, column, value, counts, and what to do."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from tagwerk.arrays import Floats64, Ints
from tagwerk.cards.score_files import ScoreFiles
from tagwerk.errors import UserError

# ASSUME: probabilities in single or half precision add up to one within this.
TOLERANCE = 1e-3


def check_finite(file: Path, column: str, values: Floats64, rows: Ints) -> None:
    """Raise UserError if one of N values (N,), in these rows of the file (N,), is NaN or infinite."""
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong):
        raise UserError(
            f"{file}: column '{column}' holds {values[wrong[0]]} in row {rows[wrong[0]]}, and is NaN or infinite for "
            f"{len(wrong):,} of {len(values):,} jets; score these jets again, or leave them out of all files"
        )


def check_probabilities(file: Path, columns: Mapping[str, str], scores: pd.DataFrame, rows: Ints) -> None:
    """Raise UserError if a probability is below zero or above one, or those of a jet do not add up to one.

    Args:
        file: that holds them.
        columns: of the file, by the columns of `scores`.
        scores: the probabilities of the classes, (N, classes); a single one need not be one.
        rows: of the file, (N,).
    """
    for key, column in columns.items():
        values = scores[key].to_numpy()
        wrong = np.flatnonzero((values < 0) | (values > 1 + TOLERANCE))
        if len(wrong):
            raise UserError(
                f"{file}: column '{column}' holds {values[wrong[0]]:g} in row {rows[wrong[0]]}, which is not a "
                f"probability, as for {len(wrong):,} of {len(values):,} jets; name it in the key 'score' of the card "
                "instead, or correct the file"
            )
    total = scores.to_numpy().sum(axis=1)
    wrong = np.flatnonzero(np.abs(total - 1) > TOLERANCE)
    if len(columns) > 1 and len(wrong):
        raise UserError(
            f"{file}: the probabilities in {', '.join(map(repr, columns.values()))} add up to {total[wrong[0]]:g} in "
            f"row {rows[wrong[0]]}, and not to one for {len(wrong):,} of {len(total):,} jets; name the columns of all "
            "classes in the key 'probabilities' of the card, or correct the file"
        )


def check_both_classes(name: str, label: Ints, card: ScoreFiles, classes: Sequence[str]) -> None:
    """Raise UserError if a class of the card has no jet among these labels, (N,)."""
    for each, values in card.classes.items():
        if not (label == classes.index(each)).any():
            counts = [f"{(label == classes.index(other)).sum():,} of '{other}'" for other in card.classes]
            wanted = " or ".join(map(repr, values))
            raise UserError(
                f"{name}: column '{card.label}' is {wanted} for none of the jets, so that there are "
                f"{', '.join(counts)}; correct the key 'classes' of the card, or add these jets to the file"
            )


def check_identities(name: str, jets: pd.DataFrame) -> None:
    """Raise UserError if a jet has the identity of another: event, and with it the index or pt and eta."""
    if "event" not in jets:
        return
    further = next((keys for keys in (["jet"], ["pt", "eta"]) if set(keys) <= set(jets)), [])
    keys = ["event", *further]
    duplicated = jets.duplicated(keys).to_numpy()
    if duplicated.any():
        second = int(np.flatnonzero(duplicated)[0])
        same = (jets[keys] == jets.loc[second, keys]).all(axis=1).to_numpy()
        first = int(np.flatnonzero(same)[0])
        raise UserError(
            f"{name}: {duplicated.sum():,} of {len(jets):,} jets have the identity of another, such as jets {first} "
            f"and {second} (event {jets['event'].iloc[second]}); remove duplicates or, if an event has several jets, "
            "name the columns that distinguish them in the key 'jet' of the card, or 'pt' and 'eta' in its key "
            "'variables'"
        )
