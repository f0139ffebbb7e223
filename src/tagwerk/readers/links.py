"""Links between the collections of an event, followed as whole arrays and counted where they lead nowhere.

A collection is laid flat over all events of a step. A *position* is a place in it; a link that leads to nothing,
because its target was thinned away or its index lies outside, has the position `NOWHERE`.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt

from tagwerk.arrays import Values
from tagwerk.cards.base import nearest
from tagwerk.cards.momenta import Sequence
from tagwerk.errors import UserError

NOWHERE = -1
# The part of a ROOT object's fUniqueID that is its own; the bits above number the process that wrote it.
_OWN_BITS = 24

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tally:
    """How many links each sequence of a file has, and how many of them dangle.

    Attributes:
        links, dangling: by sequence.
        masked: how many slots the mask or the counts of a sequence leave out; `lost` of them hold a momentum.
    """

    links: Counter[str] = field(default_factory=Counter)
    dangling: Counter[str] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)

    def count(self, sequence: str, links: int, kept: int) -> None:
        """Add the links of a step, of which so many lead to a jet's constituent."""
        self.links[sequence] += links
        self.dangling[sequence] += links - kept

    def count_masked(self, sequence: str, left_out: Values) -> None:
        """Add the slots of a step that are left out, (M,), by what they hold where others have their pT or energy."""
        with np.errstate(invalid="ignore"):
            held = left_out[left_out > 0]
        self.masked[sequence] += len(left_out)
        # One and the same value is a filling.
        self.lost[sequence] += len(held) if len(held) and held.min() < held.max() else 0


def by_index(index: ak.Array, sizes: ak.Array) -> ak.Array:
    """Return the position that each index leads to, in the shape of `index`.

    Args:
        index: places within the event's collection, counted from 0, one list (or nested lists) an event.
        sizes: how many objects each event's collection has (events,).
    """
    sizes, index = ak.values_astype(sizes, np.int64), ak.values_astype(index, np.int64)
    starts = ak.Array(np.cumsum(sizes) - np.asarray(sizes))
    return ak.where((index >= 0) & (index < sizes), index + starts, NOWHERE)


def by_reference(references: ak.Array, event: Positions, identities: ak.Array) -> ak.Array:
    """Return the position that each reference leads to, (jets, T).

    Args:
        references: fUniqueIDs of a jet's constituents, (jets, T).
        event: the row of each jet's event, (jets,).
        identities: fUniqueIDs of each event's objects, (events, N); of two alike the first counts.
    """
    there = _identity(np.arange(len(identities)), identities)
    asked = _identity(event, references)
    order = np.argsort(there, kind="stable")
    slot = np.searchsorted(there[order], asked)
    position = np.append(order, NOWHERE)[slot]
    found = np.append(there[order], NOWHERE)[slot] == asked
    return ak.unflatten(np.where(found, position, NOWHERE), ak.num(references))


def grouped(owner: Positions, jets: int) -> ak.Array:
    """Return the positions of each jet's rows, (jets, T), from the position of each row's jet, (rows,)."""
    order = np.argsort(owner, kind="stable")
    owned = owner[owner != NOWHERE]
    return ak.unflatten(order[len(owner) - len(owned) :], np.bincount(owned, minlength=jets))


def take(column: ak.Array, positions: ak.Array) -> ak.Array:
    """Return a collection's values (events, N) at the positions (jets, T), none of them `NOWHERE`."""
    return ak.unflatten(ak.flatten(column, axis=1)[np.asarray(ak.flatten(positions))], ak.num(positions))


def existing(reached: Mapping[str, ak.Array]) -> dict[str, ak.Array]:
    """Return the positions (jets, T) of those constituents that are there in every collection reached."""
    there = None
    for positions in reached.values():
        there = positions != NOWHERE if there is None else there & (positions != NOWHERE)
    return {collection: positions[there] for collection, positions in reached.items()}


def link_of(name: str, sequence: Sequence, needed: list[str], optional: list[str]) -> dict[str, str]:
    """Return the keys of a sequence's link.

    Raises:
        UserError: one is missing or unknown to the layout.
    """
    for key in sequence.link:
        if key not in needed + optional:
            raise UserError(f"sequence '{name}': unknown key 'link.{key}'; {nearest(key, needed + optional)}")
    for key in needed:
        if key not in sequence.link:
            raise UserError(f"sequence '{name}': key 'link.{key}' is missing; add it")
    return sequence.link


def _identity(event: Any, numbers: ak.Array) -> Positions:
    """Return one number for each object of all events (flat), alike only for the same object."""
    flat = np.asarray(ak.flatten(numbers)).astype(np.int64) & ((1 << _OWN_BITS) - 1)
    return np.asarray(np.repeat(np.asarray(event, np.int64), np.asarray(ak.num(numbers))) << _OWN_BITS | flat)
