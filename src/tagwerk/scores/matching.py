"""The jets of one table found in another: by identity, or by position where one of them has none."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from tagwerk.arrays import Ints
from tagwerk.errors import UserError

MatchedBy = Literal["identity", "position"]
_SAME_WEIGHT = 1e-4  # relative; weights may be stored in single precision


@dataclass(frozen=True)
class NamedJets:
    """Jets and the name of their file, for messages.

    Attributes:
        name: of the file.
        table: `label`, and where known `event`, `jet`, `weight`, `pt` and `eta`; one row per jet.
    """

    name: str
    table: pd.DataFrame


@dataclass(frozen=True)
class Match:
    """Where the B jets of a reference are in another table.

    Attributes:
        rows: of the other table, (B,).
        by: identity or position.
        superfluous: number of jets of the other table that are not in the reference.
    """

    rows: Ints
    by: MatchedBy
    superfluous: int


def match_jets(reference: NamedJets, other: NamedJets, classes: list[str]) -> Match:
    """Return where each jet of the reference is in the other table.

    Jets with the same event, and with the same index in it or, in single precision, the same pt and eta where an event
    has several, are the same. Without an event in both, they are those in the same row.

    Args:
        reference: the jets to find.
        other: the jets to find them in.
        classes: the names of the labels, for messages.

    Raises:
        UserError: a jet is missing, cannot be identified, or has another label or weight in the other table.
    """
    if "event" in reference.table and "event" in other.table:
        match = _by_identity(reference, other)
    else:
        match = _by_position(reference, other)
    _check_labels(reference, other, match, classes)
    _check_weights(reference, other, match)
    return match


def _by_identity(reference: NamedJets, other: NamedJets) -> Match:
    keys = _keys(reference, other)
    rows = _index(other.table, keys).get_indexer(_index(reference.table, keys))
    missing = np.flatnonzero(rows < 0)
    if len(missing):
        found = len(rows) - len(missing)
        event = reference.table["event"].iloc[missing[0]]
        advice = "write the scores of all of them" if found else "name the same columns in the key 'event' of all cards"
        raise UserError(
            f"{other.name}: has {found:,} of the {len(rows):,} jets in {reference.name}; {len(missing):,} are missing "
            f"(first: jet {missing[0]}, event {event}), and {len(other.table) - found:,} of its jets are not among "
            f"them; {advice}"
        )
    return Match(np.asarray(rows, np.int64), "identity", len(other.table) - len(rows))


def _keys(reference: NamedJets, other: NamedJets) -> list[str]:
    """Return the columns that identify a jet: the event alone, or with its index or pt and eta in the event.

    Raises:
        UserError: an event has several jets that nothing in both tables distinguishes.
    """
    common = set(reference.table) & set(other.table)
    candidates = (["event"], ["event", "jet"], ["event", "pt", "eta"])
    for keys in candidates:
        if set(keys) <= common and _index(reference.table, keys).is_unique and _index(other.table, keys).is_unique:
            return keys
    ambiguous = next(each for each in (reference, other) if not _index(each.table, ["event"]).is_unique)
    jets = int(ambiguous.table.duplicated("event", keep=False).sum())
    raise UserError(
        f"{other.name}: {jets:,} of {len(ambiguous.table):,} jets in {ambiguous.name} share their event with another; "
        "name the columns that distinguish them for both files, in the key 'jet' or 'pt' and 'eta' in the key "
        "'variables' (Tagwerk's own jets have pt in GeV and eta)"
    )


def _index(table: pd.DataFrame, keys: list[str]) -> pd.Index:
    if keys == ["event"]:
        return pd.Index(table["event"].to_numpy(np.uint64))
    floats = {name: table[name].astype(np.float32) for name in keys if name in ("pt", "eta")}
    return pd.MultiIndex.from_frame(table[keys].assign(**floats))


def _by_position(reference: NamedJets, other: NamedJets) -> Match:
    jets, others = len(reference.table), len(other.table)
    if jets != others:
        raise UserError(
            f"{other.name}: has {others:,} jets, but {reference.name} has {jets:,}, and they cannot be matched by "
            "identity; name the columns of the event in the key 'event' of all cards, or write the same jets in the "
            "same order"
        )
    return Match(np.arange(jets), "position", 0)


def _check_labels(reference: NamedJets, other: NamedJets, match: Match, classes: list[str]) -> None:
    label, found = reference.table["label"].to_numpy(), other.table["label"].to_numpy()[match.rows]
    wrong = np.flatnonzero(label != found)
    if len(wrong):
        first = wrong[0]
        advice = {
            "identity": "correct the keys 'label' and 'classes', or 'event', of a card",
            "position": "jets without identity must be in the same order: name the columns of the event in the key "
            "'event' of all cards, or correct the keys 'label' and 'classes'",
        }
        raise UserError(
            f"{other.name}: the labels of {len(wrong):,} of {len(label):,} jets, matched by {match.by}, differ from "
            f"those in {reference.name} (first: jet {match.rows[first]} is '{classes[found[first]]}', there jet {first}"
            f" '{classes[label[first]]}'); {advice[match.by]}"
        )


def _check_weights(reference: NamedJets, other: NamedJets, match: Match) -> None:
    if "weight" not in reference.table or "weight" not in other.table:
        return
    weight, found = (np.asarray(each.table["weight"], np.float64) for each in (reference, other))
    wrong = np.flatnonzero(~np.isclose(found[match.rows], weight, rtol=_SAME_WEIGHT, atol=0))
    if len(wrong):
        first = wrong[0]
        raise UserError(
            f"{other.name}: the weights of {len(wrong):,} of {len(weight):,} jets differ from those in "
            f"{reference.name} (first: jet {match.rows[first]} has {found[match.rows[first]]:g}, there "
            f"{weight[first]:g}); write the same weights, or drop the key 'weight' of this card"
        )
