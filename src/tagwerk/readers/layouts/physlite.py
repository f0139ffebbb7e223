"""ATLAS DAOD_PHYSLITE: a row an event, collections `<container>AuxDyn.<variable>`, joined by ElementLinks. MeV.

`jets` is the container that holds the jets with its suffix, such as AnalysisTauJetsAuxDyn. A sequence's `link` has

- `jet`: the jets' links to their constituents, such as AnalysisTauJetsAuxDyn.tauTrackLinks;
- `constituent`: where these are only a stage, their links onward, such as TauTracksAuxDyn.trackLinks. The sequence then
  has branches of the stage and of one further container. Of several links onward the first counts;
- `jet_key`, `constituent_key`: the m_persKey to follow, needed only where links lead to several containers.

Track particles have no momentum in the file, so `.pt` and `.eta` come from their qOverP and theta, and tracks without
`.m` have a charged pion's.
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
    count_events,
    jet_counter,
    jets_of_events,
    keys_of,
    plain,
    sequence_of,
    sizes,
)
from tagwerk.readers.links import NOWHERE, Tally, by_index, existing, link_of, take
from tagwerk.readers.particle_masses import PION

_CLASS = re.compile(r"xAOD::\w+")
_PARTICLE = "xAOD::IParticle"  # the base of tracks, clusters and jets: links of this class lead to any of them
_DERIVED = {"pt": ("qOverP", "theta"), "eta": ("theta",), "m": ("phi",)}


entries = count_events


def read(file: Path, dataset: Dataset, tally: Tally, step: int) -> Iterator[ak.Array]:
    """Yield the branches that the card names and `row`, an entry a jet, from at most `step` events at a time.

    Constituents whose link dangles are left out and counted in the tally.

    Raises:
        UserError: the file, its tree or a branch is missing, the file is damaged, or the card's links do not fit it.
    """
    return jets_of_events(file, dataset, step, lambda tree: _plan(tree, dataset, tally))


def _plan(tree: Any, dataset: Dataset, tally: Tally) -> Plan:
    known, of, names = tree.keys(), sequence_of(dataset), branches(dataset)
    there = set(map(plain, known))
    from_jets = [link for each in dataset.sequences.values() if (link := each.link.get("jet"))]
    counter = jet_counter(dataset, [*known, *from_jets, *names], _container)
    stages = {name: _stages(name, dataset) for name in dataset.sequences}
    links = [link for stage in stages.values() for link in stage.values()]
    for stage in stages.values():
        _check_classes(tree, stage)
    keys: dict[str, set[int]] = {}

    def sequences(events: ak.Array) -> dict[str, ak.Array]:
        reached = {name: _reach(events, name, dataset, stages[name], tally, keys) for name in stages}
        return {branch: take(_column(events, branch), reached[name][_container(branch)]) for branch, name in of.items()}

    return Plan(
        keys=keys_of([source for name in [*names, *links, counter] for source in _sources(name, there)], known),
        counter=counter,
        numbers={name: name for name in names if name not in of},
        collection=_container,
        column=_column,
        sequences=sequences,
    )


def _stages(name: str, dataset: Dataset) -> dict[str, str]:
    """Return the containers on the way from a jet to a sequence, and the branch with the links to each.

    Raises:
        UserError: the sequence has branches that its links do not reach.
    """
    sequence = dataset.sequences[name]
    link = link_of(name, sequence, ["jet"], ["constituent", "jet_key", "constituent_key"])
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
        raise UserError(f"sequence '{name}': '{link['jet']}' is not of the jets '{dataset.jets}'; correct 'link.jet'")
    return dict(zip(containers, (link["jet"], link.get("constituent", "")), strict=False))


def _check_classes(tree: Any, stages: dict[str, str]) -> None:
    """Refuse links to objects of another class than a container holds, where the file says both."""
    known = tree.keys()
    for container, link in stages.items():
        holder = container.removesuffix("AuxDyn")
        keys = [key for key in keys_of([holder, link], known).values() if key in known]
        if len(keys) > 1:
            held, linked = (_CLASS.findall(tree[key].typename) for key in keys)
            if held and linked and linked not in (held, [_PARTICLE]):
                raise UserError(f"'{link}' leads to {linked[0]}, not to the {held[0]} of '{holder}'; correct 'link'")


def _reach(
    events: ak.Array, name: str, dataset: Dataset, stages: dict[str, str], tally: Tally, keys: dict[str, set[int]]
) -> dict[str, ak.Array]:
    """Return the positions of each jet's constituents in every container on the way to a sequence.

    Raises:
        UserError: a link leads to another container.
    """
    reached: dict[str, ak.Array] = {}
    before = None
    for role, (container, link) in zip(("jet", "constituent"), stages.items(), strict=False):
        index = _index(events, link, dataset.sequences[name].link.get(f"{role}_key"), keys)
        counts = _sizes(events, container)
        if ak.any(index >= counts):
            # ASSUME: thinning corrects indices, so that one beyond the end is of another container.
            raise UserError(f"'{link}' has indices beyond the end of '{container}', so leads elsewhere; correct 'link'")
        positions = by_index(index, counts)
        if before is None:
            positions = ak.flatten(positions, axis=1)
            if positions.ndim == 1:
                positions = ak.unflatten(positions, np.ones(len(positions), np.int64))
            links = int(ak.count(positions))
        else:
            positions = ak.fill_none(ak.firsts(positions, axis=2), NOWHERE) if positions.ndim == 3 else positions
            positions = _onward(positions, before)
        reached[container] = before = positions
    reached = existing(reached)
    tally.count(name, links, int(ak.count(next(iter(reached.values())))))
    return reached


def _onward(positions: ak.Array, before: ak.Array) -> ak.Array:
    """Return where the objects at the positions `before` (jets, T) lead, given where each (events, N) does."""
    onward = np.append(np.asarray(ak.flatten(positions)), NOWHERE)  # the last, at NOWHERE, is for those without a stage
    return ak.unflatten(onward[np.asarray(ak.flatten(before))], ak.num(before))


def _index(events: ak.Array, link: str, key: str | None, keys: dict[str, set[int]]) -> ak.Array:
    """Return the index within its container that each link holds, `NOWHERE` for one without a target.

    Raises:
        UserError: the links lead to several containers and the card does not choose one by its key.
    """
    parts = events[link] if link in events.fields else None
    if parts is not None and not {"m_persKey", "m_persIndex"} <= set(ak.fields(parts)):
        raise UserError(f"'{link}' holds no ElementLinks; correct the key 'link'")
    key_of = events[f"{plain(link)}.m_persKey"] if parts is None else parts.m_persKey
    index = events[f"{plain(link)}.m_persIndex"] if parts is None else parts.m_persIndex
    if key_of.ndim < 2:
        raise UserError(f"'{link}' is one link an event, not a list of them; correct the key 'link'")
    seen = keys.setdefault(link, set())
    seen |= set(np.unique(np.asarray(ak.flatten(key_of, axis=None))).tolist()) - {0}
    if key is None and len(seen) > 1:
        raise UserError(
            f"'{link}' leads to several containers (m_persKey {', '.join(map(str, sorted(seen)))}); "
            f"choose one by the keys 'jet_key' or 'constituent_key' of 'link'"
        )
    # A link to a thinned object has key 0 and an index, 0, that looks like any other.
    return ak.where(key_of == int(key) if key is not None else key_of != 0, ak.values_astype(index, np.int64), NOWHERE)


def _sizes(events: ak.Array, container: str) -> ak.Array:
    """Return how many objects a container has in each event."""
    name = next(name for name in events.fields if _container(name) == container)
    return sizes(name, events[name])


def _container(name: str) -> str:
    return plain(name).partition(".")[0]


def _sources(name: str, there: Collection[str]) -> list[str]:
    """Return the branches to read for a name: itself, the parts of a split link, or what it follows from.

    Args:
        name: as the card has it.
        there: the names of what is in the file, as `plain` gives them.
    """
    own = plain(name)
    container, _, variable = own.rpartition(".")
    if f"{own}.m_persIndex" in there:
        return [f"{own}.m_persKey", f"{own}.m_persIndex"]
    derived = [f"{container}.{source}" for source in _DERIVED.get(variable, ())]
    is_track = "Track" in container and derived and all(source in there for source in derived)
    return derived if own not in there and is_track else [name]


def _column(events: ak.Array, name: str) -> ak.Array:
    """Return the values of a branch, or what follows from others of its track particles."""
    if name in events.fields:
        return events[name]
    own = plain(name)
    container, _, variable = own.rpartition(".")
    if f"{own}.m_persIndex" in events.fields:
        return events[f"{own}.m_persIndex"]
    first = events[f"{container}.{_DERIVED[variable][-1]}"]
    if variable == "pt":
        return np.sin(ak.values_astype(first, np.float64)) / abs(events[f"{container}.qOverP"])
    if variable == "eta":
        return -np.log(np.tan(ak.values_astype(first, np.float64) / 2))
    # ASSUME: a track without a mass is a charged pion.
    return ak.full_like(first, 1000 * PION)
