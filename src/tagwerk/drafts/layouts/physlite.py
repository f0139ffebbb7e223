"""ATLAS DAOD_PHYSLITE: collections `<container>AuxDyn.<variable>`, joined by ElementLinks."""

import re
from collections.abc import Iterator
from typing import Any

import awkward as ak
import numpy as np

from tagwerk.drafts import names
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.source import Source, SourceTree

_JET = {"pt": "pt", "eta": "eta", "phi": "phi", "mass": "m"}
_LINKS = re.compile(r".*vector<\s*(?:std::)?vector<ElementLink<DataVector<xAOD::(\w+?)(?:_v\d+)?>\s*>.*")
_HOLDS = re.compile(r".*DataVector<xAOD::(\w+?)(?:_v\d+)?>.*")
# What a link to any particle (IParticle) may lead to.
_PARTICLES = ("TrackParticle", "FlowElement", "PFO", "CaloCluster", "TrackCaloCluster")
_PARTICLE = "IParticle"
# Classes after which containers are named.
_NAMED = ("TauTrack", *_PARTICLES)
_ROWS = 200  # events to see the keys of links in


def candidates(source: Source) -> list[Draft]:
    """Return a draft for every way from a container of jets to one of constituents; not all of them lead there."""
    if not isinstance(source, SourceTree) or not any("AuxDyn." in name for name in source.columns):
        return []
    return [
        _draft(source, jets, link, target)
        for jets in _containers(source)
        if re.search("jet|tau", jets, re.IGNORECASE)
        and all(f"{jets}.{each}" in source.columns for each in _JET.values())
        for link, target in _links(source, jets)
    ]


def _containers(tree: SourceTree) -> list[str]:
    return list(dict.fromkeys(name.partition(".")[0] for name in tree.columns if re.match(r"\w+AuxDyn\.", name)))


def _links(tree: SourceTree, container: str) -> Iterator[tuple[str, str]]:
    """Yield the lists of links of each of a container's objects, and a container of each class they may lead to."""
    holding = _holding(tree)
    for name in tree.columns:
        for each in _classes(tree, name) if name.startswith(f"{container}.") else ():
            if holding.get(each, container) != container:
                yield name, holding[each]


def _classes(tree: SourceTree, name: str) -> tuple[str, ...]:
    """Return the classes of objects that a branch's lists of links may lead to; none if it has no such lists."""
    if linked := _LINKS.fullmatch(tree.columns[name].type):
        return _PARTICLES if linked[1] == _PARTICLE else (linked[1],)
    # RNTuples that ATLAS did not write have the numbers of a link but not its class.
    index = tree.columns.get(f"{name}.m_persIndex")
    return _NAMED if index is not None and index.depth == 2 and not tree.columns[name].type else ()


def _holding(tree: SourceTree) -> dict[str, str]:
    """Return the container that holds objects of each class; of tracks those of the inner detector, not its refits."""
    found: dict[str, str] = {}
    for container in sorted(_containers(tree), key=lambda each: "InDet" not in each):
        if _momentum(tree, container):
            found.setdefault(_held(tree, container), container)
    return found


def _held(tree: SourceTree, container: str) -> str:
    """Return the class of a container's objects, by its name where the file does not say; nothing if that does not."""
    holder = tree.columns.get(container.removesuffix("AuxDyn"))
    if holder is None:
        return next((each for each in _NAMED if each in container), "")
    held = _HOLDS.fullmatch(holder.type)
    return held[1] if held else ""


def _momentum(tree: SourceTree, container: str) -> dict[str, str]:
    """Return the four-momentum of a container; of track particles the reader makes it, and any track's mass."""
    there = {name.partition(".")[2] for name in tree.numbers(1) if name.startswith(f"{container}.")}
    if "Track" in container:
        there |= {"pt", "eta"} if {"qOverP", "theta"} <= there else set()
        there |= {"m"} if "phi" in there else set()
    return names.form_of(
        {name: f"{container}.{each}" for name, each in (_JET | {"energy": "e"}).items() if each in there}
    )


def _draft(tree: SourceTree, jets: str, link: str, target: str) -> Draft:
    own = _variables(tree, jets)
    labels = names.labels(own)
    momentum = {name: f"{jets}.{each}" for name, each in _JET.items()}
    rest = {name: branch for name, branch in own.items() if branch not in {*labels, *momentum.values()}}
    event = names.identity(name for name in tree.numbers(0) if name.startswith("EventInfoAuxDyn."))
    name = names.collective(target)
    return Draft(
        jets,
        f"ATLAS DAOD_PHYSLITE, {tree.rows:,} events",
        {
            "layout": "physlite",
            "tree": tree.name,
            "jets": jets,
            "event": event or names.of_rows(),
            "jet": momentum,
            "sequences": {name: _sequence(tree, link, target)},
        },
        labels,
        names.scalars(rest),
    )


def _sequence(tree: SourceTree, link: str, target: str) -> dict[str, Any]:
    """Return a sequence, with the track particles behind what the jet's links lead to, if there are any."""
    links, variables = {"jet": link}, _variables(tree, target)
    onward = list(_links(tree, target))
    if onward:
        links["constituent"], particles = onward[0]
        variables = _variables(tree, particles) | variables
    for role, name in list(links.items()):
        keys = _keys(tree, name)
        if len(keys) > 1:
            links[f"{role}_key"] = str(keys[0])
    extra = names.extras(variables)
    return {"link": links, **_momentum(tree, target), **({"extra": extra} if extra else {})}


def _keys(tree: SourceTree, link: str) -> list[int]:
    """Return the keys of the containers that links lead to, the most frequent first."""
    values = ak.to_numpy(ak.flatten(tree.values(link, _ROWS).m_persKey, axis=None))
    keys, counts = np.unique(values[values != 0], return_counts=True)
    return [int(key) for key in keys[np.argsort(-counts)]]


def _variables(tree: SourceTree, container: str) -> dict[str, str]:
    """Return variable and branch of a container's numbers."""
    return {name.partition(".")[2]: name for name in tree.numbers(1) if re.fullmatch(rf"{container}\.\w+", name)}
