"""Links between the collections of an event, followed as whole arrays and counted where they lead nowhere.

A collection is laid flat over all events of a step. A *position* is a place in it; a link that leads to nothing,
because its target was thinned away or its index lies outside, has the position `NOWHERE`.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt

from tagwerk.cards.base import nearest
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.momenta import Sequence
from tagwerk.errors import UserError

NOWHERE = -1
# The part of a ROOT object's fUniqueID that is its own; the bits above number the process that wrote it.
_OWN_BITS = 24

Positions = npt.NDArray[np.int64]


@dataclass
class Tally:
    """How many links each sequence of a file has, and how many of them dangle."""

    file: Path = Path()
    links: Counter[str] = field(default_factory=Counter)
    dangling: Counter[str] = field(default_factory=Counter)

    def count(self, sequence: str, links: int, kept: int) -> None:
        """Add the links of a step, of which so many lead to a jet's constituent."""
        self.links[sequence] += links
        self.dangling[sequence] += links - kept

    def report(self) -> None:
        """Warn of every sequence with dangling links, with their number and share."""
        for name, dangling in self.dangling.items():
            if dangling:
                logging.getLogger(__name__).warning(
                    "%s: sequence '%s': %d of %d links (%.1f %%) lead to no object in the file and are left out",
                    *(self.file, name, dangling, self.links[name], 100 * dangling / self.links[name]),
                )


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


def a_jet(name: str, column: ak.Array, collection: str, dataset: Dataset, counts: ak.Array) -> ak.Array:
    """Return a number a jet (jets,), from the jets' own collection or from the event.

    Args:
        name: the branch.
        column: its values, a row an event.
        collection: where the branch belongs.
        dataset: the card.
        counts: how many jets each event has.

    Raises:
        UserError: the branch has several values an event and is not of the jets.
    """
    if collection == dataset.jets and column.ndim > 1:
        return ak.flatten(column, axis=1)
    if column.ndim == 2 and ak.all(ak.num(column) == 1):
        column = column[:, 0]
    if column.ndim != 1:
        raise UserError(
            f"branch '{name}' holds a list an event and is not of the jets '{dataset.jets}'; "
            f"name one of theirs, or reach it as a sequence"
        )
    return ak.Array(np.repeat(np.asarray(column), np.asarray(counts)))


def jet_counter(dataset: Dataset, names: Iterable[str], collection: Callable[[str], str]) -> str:
    """Return the last of the names that is of the jets' collection; its lists say how many jets an event has.

    Raises:
        UserError: the card does not name the collection, or there is none of that name.
    """
    of = {collection(name): name for name in names if collection(name) != name}
    if dataset.jets is None:
        raise UserError(f"layout '{dataset.layout}' needs the key 'jets', the collection that holds the jets; add it")
    if dataset.jets not in of:
        raise UserError(f"key 'jets': there is no collection '{dataset.jets}'; {nearest(dataset.jets, list(of))}")
    return of[dataset.jets]


def sizes(name: str, column: ak.Array) -> ak.Array:
    """Return how many objects each event has (events,), from a branch of their collection.

    Raises:
        UserError: the branch holds one value an event.
    """
    if column.ndim < 2:
        raise UserError(f"branch '{name}' holds {column.type.content} an event, not a list; correct the card")
    return ak.num(column)


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


def sequence_of(dataset: Dataset) -> dict[str, str]:
    """Return the sequence of every branch that stands in one.

    Raises:
        UserError: a branch stands in two sequences, which may reach different objects in it.
    """
    found: dict[str, str] = {}
    for name, sequence in dataset.sequences.items():
        for branch in dict.fromkeys(sequence.branches().values()):
            if branch in found:
                raise UserError(f"branch '{branch}' stands in the sequences '{found[branch]}' and '{name}'; keep one")
            found[branch] = name
    return found


def spellings(names: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Return the file's key of each name: its own, below any folder, or with '_' for the '.' that selections lack."""
    keys = {key.rpartition("/")[2]: key for key in known} | {key: key for key in known}
    plain = {key.replace(".", "_"): full for key, full in keys.items()}
    return {name: keys.get(name) or plain.get(name, name) for name in names}


def _identity(event: Any, numbers: ak.Array) -> Positions:
    """Return one number for each object of all events (flat), alike only for the same object."""
    flat = np.asarray(ak.flatten(numbers)).astype(np.int64) & ((1 << _OWN_BITS) - 1)
    return np.asarray(np.repeat(np.asarray(event, np.int64), np.asarray(ak.num(numbers))) << _OWN_BITS | flat)
