"""ATLAS DAOD_PHYSLITE: one row per event, collections `<container>AuxDyn.<variable>`, joined by ElementLinks. MeV.

`jets` is the jet container including its suffix, such as AnalysisTauJetsAuxDyn. A sequence's `link` has

- `jet`: the jets' links to their constituents, such as AnalysisTauJetsAuxDyn.tauTrackLinks;
- `constituent`: where these are only a stage, its links onward, such as TauTracksAuxDyn.trackLinks. The sequence then
  has branches of the stage and of one further container. Of several links onward the first is used;
- `jet_key`, `constituent_key`: the m_persKey to follow, needed only where links lead to several containers.

Track particles have no momentum in the file, so `.pt` and `.eta` are computed from their qOverP and theta; tracks
without `.m` get the charged pion's mass.
"""

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

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
    objects_per_event,
    sequence_by_branch,
)
from tagwerk.readers.links import NOWHERE, Tally, drop_dangling, resolve_indices, take, validated_link
from tagwerk.readers.particle_masses import PION

_CLASS = re.compile(r"xAOD::\w+")
_PARTICLE = "xAOD::IParticle"  # the base of tracks, clusters and jets: links of this class lead to any of them
_DERIVED = {"pt": ("qOverP", "theta"), "eta": ("theta",), "m": ("phi",)}


entries = count_events


def read(file: Path, dataset: Dataset, tally: Tally, step: int) -> Iterator[ak.Array]:
    """Yield the branches that the card names and `row`, one entry per jet, from at most `step` events at a time.

    Constituents whose link dangles are dropped and counted in the tally.

    Raises:
        UserError: the file, its tree or a branch is missing, the file is damaged, or the card's links do not fit it.
    """
    return jets_of_events(file, dataset, step, lambda tree: _plan(tree, dataset, tally))


def _plan(tree: Any, dataset: Dataset, tally: Tally) -> Plan:
    known, sequence_of, names = tree.keys(), sequence_by_branch(dataset), branches(dataset)
    available = set(map(branch_name, known))
    from_jets = [link for sequence in dataset.sequences.values() if (link := sequence.link.get("jet"))]
    counter = jet_counter(dataset, [*known, *from_jets, *names], _container)
    stages = {name: _stages(name, dataset) for name in dataset.sequences}
    links = [link for stage in stages.values() for link in stage.values()]
    for stage in stages.values():
        _check_classes(tree, stage)
    keys: dict[str, set[int]] = {}

    def sequences(events: ak.Array) -> dict[str, ak.Array]:
        positions = {name: _resolve(events, name, dataset, stages[name], tally, keys) for name in stages}
        return {
            branch: take(_column(events, branch), positions[name][_container(branch)])
            for branch, name in sequence_of.items()
        }

    return Plan(
        keys=keys_of([source for name in [*names, *links, counter] for source in _sources(name, available)], known),
        counter=counter,
        scalars={name: name for name in names if name not in sequence_of},
        collection=_container,
        column=_column,
        sequences=sequences,
    )


def _stages(name: str, dataset: Dataset) -> dict[str, str]:
    """Return the containers on the path from a jet to a sequence, each with the branch of links to it.

    Raises:
        UserError: the sequence has branches that its links do not lead to.
    """
    sequence = dataset.sequences[name]
    link = validated_link(name, sequence, ["jet"], ["constituent", "jet_key", "constituent_key"])
    for key in ("jet_key", "constituent_key"):
        if not link.get(key, "0").isdecimal():
            raise UserError(f"sequence '{name}': key 'link.{key}': an m_persKey is a whole number, not '{link[key]}'")
    containers = list(dict.fromkeys(_container(branch) for branch in sequence.branches().values()))
    if "constituent" in link:
        stage = _container(link["constituent"])
        containers = [stage, *(container for container in containers if container != stage)]
    if len(containers) > 1 + ("constituent" in link):
        raise UserError(f"sequence '{name}': 'link' does not reach '{containers[-1]}'; correct 'link' or the branches")
    if _container(link["jet"]) != dataset.jets:
        raise UserError(
            f"sequence '{name}': '{link['jet']}' is not in the jet collection '{dataset.jets}'; correct 'link.jet'"
        )
    return dict(zip(containers, (link["jet"], link.get("constituent", "")), strict=False))


def _check_classes(tree: Any, stages: dict[str, str]) -> None:
    """Refuse links to a class other than that of the container's objects, where the file gives both."""
    known = tree.keys()
    for container, link in stages.items():
        holder = container.removesuffix("AuxDyn")
        keys = [key for key in keys_of([holder, link], known).values() if key in known]
        if len(keys) > 1:
            held, linked = (_CLASS.findall(tree[key].typename) for key in keys)
            if held and linked and linked not in (held, [_PARTICLE]):
                raise UserError(f"'{link}' leads to {linked[0]}, not to the {held[0]} of '{holder}'; correct 'link'")


def _resolve(
    events: ak.Array, name: str, dataset: Dataset, stages: dict[str, str], tally: Tally, keys: dict[str, set[int]]
) -> dict[str, ak.Array]:
    """Return the positions of each jet's constituents in every container on the path to a sequence.

    Raises:
        UserError: a link leads to another container.
    """
    resolved: dict[str, ak.Array] = {}
    previous = None
    for role, (container, link) in zip(("jet", "constituent"), stages.items(), strict=False):
        index = _index(events, link, dataset.sequences[name].link.get(f"{role}_key"), keys)
        counts = _object_counts(events, container)
        if ak.any(index >= counts):
            # ASSUME: thinning corrects indices, so one beyond the end is of another container.
            raise UserError(f"'{link}' has indices beyond the end of '{container}', so leads elsewhere; correct 'link'")
        positions = resolve_indices(index, counts)
        if previous is None:
            positions = ak.flatten(positions, axis=1)
            if positions.ndim == 1:
                positions = ak.unflatten(positions, np.ones(len(positions), np.int64))
            links = int(ak.count(positions))
        else:
            positions = ak.fill_none(ak.firsts(positions, axis=2), NOWHERE) if positions.ndim == 3 else positions
            positions = _follow(positions, previous)
        resolved[container] = previous = positions
    resolved = drop_dangling(resolved)
    tally.count_links(name, links, int(ak.count(next(iter(resolved.values())))))
    return resolved


def _follow(targets: ak.Array, positions: ak.Array) -> ak.Array:
    """Return the targets of the objects at these positions (jets, T), given those of all objects (events, N)."""
    flat = np.append(np.asarray(ak.flatten(targets)), NOWHERE)  # the last, at index NOWHERE, is for dangling links
    return ak.unflatten(flat[np.asarray(ak.flatten(positions))], ak.num(positions))


def _index(events: ak.Array, link: str, key: str | None, keys: dict[str, set[int]]) -> ak.Array:
    """Return each link's index within its container, `NOWHERE` for a link without a target.

    Raises:
        UserError: the links lead to several containers and the card does not choose one by its key.
    """
    parts = events[link] if link in events.fields else None
    if parts is not None and not {"m_persKey", "m_persIndex"} <= set(ak.fields(parts)):
        raise UserError(f"'{link}' holds no ElementLinks; correct the key 'link'")
    key_of = events[f"{branch_name(link)}.m_persKey"] if parts is None else parts.m_persKey
    index = events[f"{branch_name(link)}.m_persIndex"] if parts is None else parts.m_persIndex
    if key_of.ndim < 2:
        raise UserError(f"'{link}' holds one link per event, not a list; correct the key 'link'")
    seen = keys.setdefault(link, set())
    seen |= set(np.unique(np.asarray(ak.flatten(key_of, axis=None))).tolist()) - {0}
    if key is None and len(seen) > 1:
        raise UserError(
            f"'{link}' leads to several containers (m_persKey {', '.join(map(str, sorted(seen)))}); "
            f"choose one by the keys 'jet_key' or 'constituent_key' of 'link'"
        )
    # A link to a thinned object has key 0, and index 0 as a valid one may have.
    return ak.where(key_of == int(key) if key is not None else key_of != 0, ak.values_astype(index, np.int64), NOWHERE)


def _object_counts(events: ak.Array, container: str) -> ak.Array:
    """Return the number of objects of a container in each event."""
    name = next(name for name in events.fields if _container(name) == container)
    return objects_per_event(name, events[name])


def _container(name: str) -> str:
    return branch_name(name).partition(".")[0]


def _sources(name: str, available: Collection[str]) -> list[str]:
    """Return the branches to read for a name: itself, the parts of a split link, or what it is derived from.

    Args:
        name: as in the card.
        available: names of all branches in the file, as `branch_name` gives them.
    """
    branch = branch_name(name)
    container, _, variable = branch.rpartition(".")
    if f"{branch}.m_persIndex" in available:
        return [f"{branch}.m_persKey", f"{branch}.m_persIndex"]
    sources = [f"{container}.{source}" for source in _DERIVED.get(variable, ())]
    is_track = "Track" in container and sources and all(source in available for source in sources)
    return sources if branch not in available and is_track else [name]


def _column(events: ak.Array, name: str) -> ak.Array:
    """Return the values of a branch, derived from others of its track particles where the file does not have it."""
    if name in events.fields:
        return events[name]
    branch = branch_name(name)
    container, _, variable = branch.rpartition(".")
    if f"{branch}.m_persIndex" in events.fields:
        return events[f"{branch}.m_persIndex"]
    source = events[f"{container}.{_DERIVED[variable][-1]}"]
    if variable == "pt":
        return np.sin(ak.values_astype(source, np.float64)) / abs(events[f"{container}.qOverP"])
    if variable == "eta":
        return -np.log(np.tan(ak.values_astype(source, np.float64) / 2))
    # ASSUME: a track without a mass is a charged pion.
    return ak.full_like(source, 1000 * PION)
