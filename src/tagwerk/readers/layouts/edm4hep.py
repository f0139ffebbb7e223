"""EDM4hep (FCC and others): one row per event, collections `<collection>.<member>`, joined by podio's relations.

`jets` is the collection that holds the jets, such as Jet. A sequence's `link` has

- `jet`: the jets' relation to their constituents, such as Jet.particles, between `Jet.particles_begin` and
  `Jet.particles_end`;
- `collections`: the collections of the linked objects, separated by spaces, such as ReconstructedParticles. Links to
  others are dropped and counted; the collection of a link follows from its ID and the file's table.

The sequence's branches are those of the linked objects, prefixed with the relation: Jet.particles.momentum.x.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import awkward as ak
import numpy as np

from tagwerk.arrays import Ints
from tagwerk.cards.base import suggestion
from tagwerk.cards.dataset import Dataset
from tagwerk.errors import UserError
from tagwerk.readers.branches import branches
from tagwerk.readers.event_files import (
    Plan,
    branch_name,
    count_events,
    jet_counter,
    jets_of_events,
    keys_of,
    sequence_by_branch,
)
from tagwerk.readers.links import NOWHERE, Tally, drop_dangling, take, validated_link
from tagwerk.readers.podio import collection_names, link_indices, relation_branch, unsigned_ids


@dataclass(frozen=True)
class _Route:
    """How the constituents of a sequence are linked to the jets.

    Attributes:
        name: of the sequence.
        link: the jets' relation.
        relation: the branch with the IDs of collections and the indices into them.
        targets: the collections to follow links to.
        table: the names of all collections by ID.
        seen: the IDs so far, where there is no table.
    """

    name: str
    link: str
    relation: str
    targets: list[str]
    table: dict[int, str]
    seen: set[int] = field(default_factory=set)

    def sources(self, members: list[str]) -> list[str]:
        """Return the branches to read for these members."""
        links = [f"{self.link}_begin", f"{self.link}_end", f"{self.relation}.index", f"{self.relation}.collectionID"]
        return [*links, *(f"{target}.{member}" for target in self.targets for member in members)]


entries = count_events


def read(file: Path, dataset: Dataset, tally: Tally, step: int) -> Iterator[ak.Array]:
    """Yield the branches that the card names and `row`, one entry per jet, from at most `step` events at a time.

    Constituents whose link dangles are dropped and counted in the tally.

    Raises:
        UserError: the file, its tree or a branch is missing, the file is damaged, or the card's links do not fit it.
    """
    return jets_of_events(
        file, dataset, step, lambda tree: _plan(tree.keys(), dataset, tally, collection_names(file, dataset.tree))
    )


def _plan(known: list[str], dataset: Dataset, tally: Tally, table: dict[int, str]) -> Plan:
    names = list(dict.fromkeys(map(branch_name, known)))
    sequence_of = sequence_by_branch(dataset)
    scalars = [name for name in branches(dataset) if name not in sequence_of]
    counter = jet_counter(dataset, [*names, *scalars], _collection)
    routes = {name: _route(name, dataset, names, table) for name in dataset.sequences}
    members = {name: _members(route, dataset) for name, route in routes.items()}
    sources = [branch for name, route in routes.items() for branch in route.sources(list(members[name].values()))]

    def sequences(events: ak.Array) -> dict[str, ak.Array]:
        positions = {name: _resolve(events, route, members[name], tally) for name, route in routes.items()}
        return {
            branch: take(_joined(events, routes[name], member), positions[name])
            for name in routes
            for branch, member in members[name].items()
        }

    return Plan(
        keys=keys_of([*scalars, *sources, counter], known),
        counter=counter,
        scalars={name: name for name in scalars},
        collection=_collection,
        column=lambda events, name: events[name],
        sequences=sequences,
    )


def _route(name: str, dataset: Dataset, names: list[str], table: dict[int, str]) -> _Route:
    """Return how the constituents of a sequence are linked to the jets.

    Raises:
        UserError: its link is not in the jet collection, or a target collection is not in the file.
    """
    link = validated_link(name, dataset.sequences[name], ["jet", "collections"], [])
    if _collection(link["jet"]) != dataset.jets:
        raise UserError(
            f"sequence '{name}': '{link['jet']}' is not in the jet collection '{dataset.jets}'; correct 'link.jet'"
        )
    targets = link["collections"].split()
    for target in targets:
        known = list(table.values()) or list(dict.fromkeys(map(_collection, names)))
        if target not in known:
            raise UserError(f"sequence '{name}': there is no collection '{target}'; {suggestion(target, known)}")
    if not table and len(targets) != 1:
        raise UserError(f"sequence '{name}': the file has no table of collections; name only one of them")
    return _Route(name, link["jet"], relation_branch(link["jet"], names), targets, table)


def _members(route: _Route, dataset: Dataset) -> dict[str, str]:
    """Return the member of the linked objects that each branch of a sequence names."""
    members = {}
    for branch in dataset.sequences[route.name].branches().values():
        if not branch.startswith(f"{route.link}."):
            raise UserError(
                f"sequence '{route.name}': branch '{branch}' is not in '{route.link}'; "
                f"write {route.link}.energy, for example"
            )
        members[branch] = branch.removeprefix(f"{route.link}.")
    return members


def _resolve(events: ak.Array, route: _Route, members: dict[str, str], tally: Tally) -> ak.Array:
    """Return the positions (jets, T) of each jet's constituents in the joined target collections."""
    begin, end = (np.asarray(ak.flatten(events[f"{route.link}_{edge}"])).astype(np.int64) for edge in ("begin", "end"))
    jets = np.asarray(ak.num(events[f"{route.link}_begin"]))
    links = np.asarray(ak.num(events[f"{route.relation}.index"])).astype(np.int64)
    if (begin > end).any() or (end > np.repeat(links, jets)).any():
        raise UserError(
            f"sequence '{route.name}': '{route.link}_begin' and '{route.link}_end' extend beyond the end of "
            f"'{route.relation}'; recreate the file"
        )
    selected = link_indices(begin, end, np.repeat(np.cumsum(links) - links, jets))
    index, ids = (
        np.asarray(ak.flatten(events[f"{route.relation}.{member}"]))[selected].astype(np.int64)
        for member in ("index", "collectionID")
    )
    event = np.repeat(np.repeat(np.arange(len(events)), jets), end - begin)
    member = next(iter(members.values()))
    counts = [np.asarray(ak.num(events[f"{target}.{member}"])).astype(np.int64) for target in route.targets]
    target = _target_index(unsigned_ids(ids), index, route)
    positions = ak.unflatten(_positions(index, target, event, counts), end - begin)
    resolved = drop_dangling({route.link: positions})[route.link]
    tally.count_links(route.name, len(selected), int(ak.count(resolved)))
    return resolved


def _target_index(ids: Ints, index: Ints, route: _Route) -> Ints:
    """Return the index of the target collection that each link leads to, -1 for another or none.

    Raises:
        UserError: no link leads to any of them, or there is no table to distinguish several.
    """
    valid = set(np.unique(ids[index >= 0]).tolist())
    if not route.table:
        # ASSUME: without a table, links that all have one ID lead to the one collection that the card names.
        route.seen.update(valid)
        if len(route.seen) > 1:
            raise UserError(
                f"sequence '{route.name}': '{route.link}' leads to several collections, and no table names them"
            )
        return np.where(index >= 0, 0, NOWHERE)
    target = np.full(len(ids), NOWHERE)
    for id_, name in route.table.items():
        if name in route.targets:
            target[ids == id_] = route.targets.index(name)
    linked = sorted(route.table.get(id_, f"ID {id_}") for id_ in valid)
    if linked and not (target != NOWHERE).any():
        raise UserError(
            f"sequence '{route.name}': '{route.link}' leads to {', '.join(linked)}, not to {', '.join(route.targets)}; "
            "correct the key 'link.collections'"
        )
    return target


def _positions(index: Ints, target: Ints, event: Ints, counts: list[Ints]) -> Ints:
    """Return the position of each link's object in the concatenated target collections of each event.

    Args:
        index: within its collection, (links,).
        target: index of the target collection, (links,).
        event: the row of each link's event, (links,).
        counts: number of objects of each collection in each event, each (events,).
    """
    offsets = np.cumsum([np.zeros_like(counts[0]), *counts], axis=0)  # objects of the event in earlier collections
    starts = np.cumsum(offsets[-1]) - offsets[-1]
    length = np.stack(counts)[target, event]
    exists = (target != NOWHERE) & (index >= 0) & (index < length)
    return np.where(exists, starts[event] + offsets[target, event] + index, NOWHERE)


def _joined(events: ak.Array, route: _Route, member: str) -> ak.Array:
    return ak.concatenate([events[f"{target}.{member}"] for target in route.targets], axis=1)


def _collection(name: str) -> str:
    return name.partition(".")[0]
