"""Links between the collections of an event, resolved for all events of a chunk at once; dangling ones are counted.

A collection is flattened over all events of a chunk. A *position* is an index into it; a link without a target, because
that was thinned away or the index is out of range, has the position `NOWHERE`.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt

from tagwerk.arrays import Values
from tagwerk.cards.base import suggestion
from tagwerk.cards.momenta import Sequence
from tagwerk.errors import UserError

NOWHERE = -1
# Of a ROOT object's fUniqueID, these bits identify the object; the bits above number the process that wrote it.
_OBJECT_BITS = 24

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tally:
    """The number of links of each sequence in a file, and of those that dangle.

    Attributes:
        links, dangling: by sequence.
        masked: number of slots that a sequence's mask or counts leave out; `lost` of them hold a momentum.
    """

    links: Counter[str] = field(default_factory=Counter)
    dangling: Counter[str] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)

    def count_links(self, sequence: str, links: int, resolved: int) -> None:
        """Add the links of a chunk, and of these the resolved ones, which lead to a constituent."""
        self.links[sequence] += links
        self.dangling[sequence] += links - resolved

    def count_masked(self, sequence: str, left_out: Values) -> None:
        """Add the slots of a chunk that are left out, given the pT or energy that they hold, (M,)."""
        with np.errstate(invalid="ignore"):
            positive = left_out[left_out > 0]
        self.masked[sequence] += len(left_out)
        # If all are equal, it is a fill value.
        self.lost[sequence] += len(positive) if len(positive) and positive.min() < positive.max() else 0


def resolve_indices(index: ak.Array, counts: ak.Array) -> ak.Array:
    """Return the position that each index leads to, in the shape of `index`.

    Args:
        index: zero-based indices into the event's collection, one list (or nested lists) per event.
        counts: number of objects in each event's collection (events,).
    """
    counts, index = ak.values_astype(counts, np.int64), ak.values_astype(index, np.int64)
    starts = ak.Array(np.cumsum(counts) - np.asarray(counts))
    return ak.where((index >= 0) & (index < counts), index + starts, NOWHERE)


def resolve_references(references: ak.Array, event: Positions, unique_ids: ak.Array) -> ak.Array:
    """Return the position that each reference leads to, (jets, T).

    Args:
        references: fUniqueIDs of a jet's constituents, (jets, T).
        event: the row of each jet's event, (jets,).
        unique_ids: fUniqueIDs of each event's objects, (events, N); of duplicates the first is used.
    """
    known = _object_ids(np.arange(len(unique_ids)), unique_ids)
    wanted = _object_ids(event, references)
    order = np.argsort(known, kind="stable")
    slot = np.searchsorted(known[order], wanted)
    position = np.append(order, NOWHERE)[slot]
    matched = np.append(known[order], NOWHERE)[slot] == wanted
    return ak.unflatten(np.where(matched, position, NOWHERE), ak.num(references))


def group_by_jet(owner: Positions, jets: int) -> ak.Array:
    """Return the positions of each jet's rows, (jets, T), given the position of each row's jet, (rows,)."""
    order = np.argsort(owner, kind="stable")
    owned = owner[owner != NOWHERE]
    return ak.unflatten(order[len(owner) - len(owned) :], np.bincount(owned, minlength=jets))


def take(column: ak.Array, positions: ak.Array) -> ak.Array:
    """Return a collection's values (events, N) at the positions (jets, T), none of them `NOWHERE`."""
    return ak.unflatten(ak.flatten(column, axis=1)[np.asarray(ak.flatten(positions))], ak.num(positions))


def drop_dangling(positions: Mapping[str, ak.Array]) -> dict[str, ak.Array]:
    """Return the positions (jets, T) of the constituents that exist in every linked collection."""
    exists = None
    for each in positions.values():
        exists = each != NOWHERE if exists is None else exists & (each != NOWHERE)
    return {collection: each[exists] for collection, each in positions.items()}


def validated_link(name: str, sequence: Sequence, required: list[str], optional: list[str]) -> dict[str, str]:
    """Return the keys of a sequence's link.

    Raises:
        UserError: one is missing or unknown to the layout.
    """
    for key in sequence.link:
        if key not in required + optional:
            raise UserError(f"sequence '{name}': unknown key 'link.{key}'; {suggestion(key, required + optional)}")
    for key in required:
        if key not in sequence.link:
            raise UserError(f"sequence '{name}': key 'link.{key}' is missing; add it")
    return sequence.link


def _object_ids(event: Any, unique_ids: ak.Array) -> Positions:
    """Return an identifier of each object, flattened over events and unique across them."""
    flat = np.asarray(ak.flatten(unique_ids)).astype(np.int64) & ((1 << _OBJECT_BITS) - 1)
    return np.asarray(np.repeat(np.asarray(event, np.int64), np.asarray(ak.num(unique_ids))) << _OBJECT_BITS | flat)
