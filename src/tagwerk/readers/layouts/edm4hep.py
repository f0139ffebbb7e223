"""EDM4hep (FCC and others): one row per event, collections `<collection>.<member>`, joined by podio's relations.

`jets` is the collection that holds the jets, such as Jet. A sequence's `link` has

- `jet`: the jets' relation to their constituents, such as Jet.particles, between `Jet.particles_begin` and
  `Jet.particles_end`;
- `collections`: where the objects referred to are, names with spaces between, such as ReconstructedParticles. What
  leads elsewhere is left out and counted; which collection a link leads to, its number and the file's table say.

The sequence's branches are those of the objects referred to, after the name of the relation: Jet.particles.momentum.x.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import awkward as ak
import numpy as np

from tagwerk.arrays import Ints
from tagwerk.cards.base import nearest
from tagwerk.cards.dataset import Dataset
from tagwerk.errors import UserError
from tagwerk.readers.branches import branches
from tagwerk.readers.event_files import Plan, count_events, jet_counter, jets_of_events, keys_of, plain, sequence_of
from tagwerk.readers.links import NOWHERE, Tally, existing, link_of, take
from tagwerk.readers.podio import collections, numbers, places, relation


@dataclass(frozen=True)
class _Way:
    """How a sequence is reached.

    Attributes:
        name: the sequence's.
        link: the jets' relation.
        relation: the branch with the numbers of collections and the indices in them.
        targets: the collections to follow it to.
        table: the names of all collections by their numbers.
        seen: the numbers that were met, where there is no table.
    """

    name: str
    link: str
    relation: str
    targets: list[str]
    table: dict[int, str]
    seen: set[int] = field(default_factory=set)

    def sources(self, members: list[str]) -> list[str]:
        """Return the branches to read for these members."""
        own = [f"{self.link}_begin", f"{self.link}_end", f"{self.relation}.index", f"{self.relation}.collectionID"]
        return [*own, *(f"{target}.{member}" for target in self.targets for member in members)]


entries = count_events


def read(file: Path, dataset: Dataset, tally: Tally, step: int) -> Iterator[ak.Array]:
    """Yield the branches that the card names and `row`, an entry a jet, from at most `step` events at a time.

    Constituents whose link dangles are left out and counted in the tally.

    Raises:
        UserError: the file, its tree or a branch is missing, the file is damaged, or the card's links do not fit it.
    """
    return jets_of_events(
        file, dataset, step, lambda tree: _plan(tree.keys(), dataset, tally, collections(file, dataset.tree))
    )


def _plan(known: list[str], dataset: Dataset, tally: Tally, table: dict[int, str]) -> Plan:
    there = dict.fromkeys(map(plain, known))
    of = sequence_of(dataset)
    own = [name for name in branches(dataset) if name not in of]
    counter = jet_counter(dataset, [*there, *own], _collection)
    ways = {name: _way(name, dataset, list(there), table) for name in dataset.sequences}
    members = {name: _members(way, dataset) for name, way in ways.items()}
    sources = [each for name, way in ways.items() for each in way.sources(list(members[name].values()))]

    def sequences(events: ak.Array) -> dict[str, ak.Array]:
        reached = {name: _reach(events, way, members[name], tally) for name, way in ways.items()}
        return {
            branch: take(_joined(events, ways[name], member), reached[name])
            for name in ways
            for branch, member in members[name].items()
        }

    return Plan(
        keys=keys_of([*own, *sources, counter], known),
        counter=counter,
        numbers={name: name for name in own},
        collection=_collection,
        column=lambda events, name: events[name],
        sequences=sequences,
    )


def _way(name: str, dataset: Dataset, there: list[str], table: dict[int, str]) -> _Way:
    """Return how a sequence is reached.

    Raises:
        UserError: its link is not of the jets, or leads to a collection that the file does not have.
    """
    link = link_of(name, dataset.sequences[name], ["jet", "collections"], [])
    if _collection(link["jet"]) != dataset.jets:
        raise UserError(f"sequence '{name}': '{link['jet']}' is not of the jets '{dataset.jets}'; correct 'link.jet'")
    targets = link["collections"].split()
    for target in targets:
        known = list(table.values()) or list(dict.fromkeys(map(_collection, there)))
        if target not in known:
            raise UserError(f"sequence '{name}': there is no collection '{target}'; {nearest(target, known)}")
    if not table and len(targets) != 1:
        raise UserError(f"sequence '{name}': the file has no table of collections to tell several by; name one of them")
    return _Way(name, link["jet"], relation(link["jet"], there), targets, table)


def _members(way: _Way, dataset: Dataset) -> dict[str, str]:
    """Return the member of the objects referred to that each of a sequence's branches names."""
    found = {}
    for branch in dataset.sequences[way.name].branches().values():
        if not branch.startswith(f"{way.link}."):
            raise UserError(
                f"sequence '{way.name}': branch '{branch}' is not of '{way.link}'; name it {way.link}.energy or alike"
            )
        found[branch] = branch.removeprefix(f"{way.link}.")
    return found


def _reach(events: ak.Array, way: _Way, members: dict[str, str], tally: Tally) -> ak.Array:
    """Return the positions (jets, T) of each jet's constituents in all collections that a sequence is reached in."""
    begin, end = (np.asarray(ak.flatten(events[f"{way.link}_{each}"])).astype(np.int64) for each in ("begin", "end"))
    jets = np.asarray(ak.num(events[f"{way.link}_begin"]))
    links = np.asarray(ak.num(events[f"{way.relation}.index"])).astype(np.int64)
    if (begin > end).any() or (end > np.repeat(links, jets)).any():
        raise UserError(
            f"sequence '{way.name}': '{way.link}_begin' and '{way.link}_end' lead beyond the end of '{way.relation}'; "
            "make the file anew"
        )
    at = places(begin, end, np.repeat(np.cumsum(links) - links, jets))
    index, ids = (
        np.asarray(ak.flatten(events[f"{way.relation}.{each}"]))[at].astype(np.int64)
        for each in ("index", "collectionID")
    )
    event = np.repeat(np.repeat(np.arange(len(events)), jets), end - begin)
    member = next(iter(members.values()))
    sizes = [np.asarray(ak.num(events[f"{target}.{member}"])).astype(np.int64) for target in way.targets]
    positions = ak.unflatten(_positions(index, _chosen(numbers(ids), index, way), event, sizes), end - begin)
    kept = existing({way.link: positions})[way.link]
    tally.count(way.name, len(at), int(ak.count(kept)))
    return kept


def _chosen(ids: Ints, index: Ints, way: _Way) -> Ints:
    """Return which of the collections, counted from 0, each link leads to; -1 for another or none.

    Raises:
        UserError: no link leads to any of them, or there is no table to tell several by.
    """
    valid = set(np.unique(ids[index >= 0]).tolist())
    if not way.table:
        # ASSUME: without a table, links of one number alone lead to the one collection that the card names.
        way.seen.update(valid)
        if len(way.seen) > 1:
            raise UserError(
                f"sequence '{way.name}': '{way.link}' leads to several collections, and no table names them"
            )
        return np.where(index >= 0, 0, NOWHERE)
    found = np.full(len(ids), NOWHERE)
    for number, name in way.table.items():
        if name in way.targets:
            found[ids == number] = way.targets.index(name)
    led = sorted(way.table.get(number, f"number {number}") for number in valid)
    if led and not (found != NOWHERE).any():
        raise UserError(
            f"sequence '{way.name}': '{way.link}' leads to {', '.join(led)}, not to {', '.join(way.targets)}; "
            "correct the key 'link.collections'"
        )
    return found


def _positions(index: Ints, chosen: Ints, event: Ints, sizes: list[Ints]) -> Ints:
    """Return the position of each link's target in the collections of each event, one after the other.

    Args:
        index: within its collection, (links,).
        chosen: which collection, (links,).
        event: the row of each link's event, (links,).
        sizes: how many objects each collection has in each event, each (events,).
    """
    before = np.cumsum([np.zeros_like(sizes[0]), *sizes], axis=0)  # objects of the event in earlier collections
    starts = np.cumsum(before[-1]) - before[-1]
    room = np.stack(sizes)[chosen, event]
    there = (chosen != NOWHERE) & (index >= 0) & (index < room)
    return np.where(there, starts[event] + before[chosen, event] + index, NOWHERE)


def _joined(events: ak.Array, way: _Way, member: str) -> ak.Array:
    return ak.concatenate([events[f"{target}.{member}"] for target in way.targets], axis=1)


def _collection(name: str) -> str:
    return name.partition(".")[0]
