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
_LINK_TYPE = re.compile(r".*vector<\s*(?:std::)?vector<ElementLink<DataVector<xAOD::(\w+?)(?:_v\d+)?>\s*>.*")
_CONTAINER_TYPE = re.compile(r".*DataVector<xAOD::(\w+?)(?:_v\d+)?>.*")
# Classes that a link to any particle (IParticle) may point to.
_PARTICLES = ("TrackParticle", "FlowElement", "PFO", "CaloCluster", "TrackCaloCluster")
_PARTICLE = "IParticle"
# Classes that appear in the names of their containers.
_NAMED = ("TauTrack", *_PARTICLES)
_ROWS = 200  # events in which the keys of links are read


def candidates(source: Source) -> list[Draft]:
    """Return a draft for every possible link from a jet container to one of constituents; not all lead there."""
    if not isinstance(source, SourceTree) or not any("AuxDyn." in name for name in source.columns):
        return []
    return [
        _draft(source, jets, link, target)
        for jets in _containers(source)
        if re.search("jet|tau", jets, re.IGNORECASE)
        and all(f"{jets}.{variable}" in source.columns for variable in _JET.values())
        for link, target in _links(source, jets)
    ]


def _containers(tree: SourceTree) -> list[str]:
    return list(dict.fromkeys(name.partition(".")[0] for name in tree.columns if re.match(r"\w+AuxDyn\.", name)))


def _links(tree: SourceTree, container: str) -> Iterator[tuple[str, str]]:
    """Yield the link branches of a container, each with a container of every class that the links may point to."""
    containers = _containers_by_class(tree)
    for name in tree.columns:
        for target_class in _target_classes(tree, name) if name.startswith(f"{container}.") else ():
            if containers.get(target_class, container) != container:
                yield name, containers[target_class]


def _target_classes(tree: SourceTree, name: str) -> tuple[str, ...]:
    """Return the classes that a branch's links may point to; empty if it has no lists of links."""
    if linked := _LINK_TYPE.fullmatch(tree.columns[name].type):
        return _PARTICLES if linked[1] == _PARTICLE else (linked[1],)
    # RNTuples that ATLAS did not write have the numbers of a link but not its target's class.
    index = tree.columns.get(f"{name}.m_persIndex")
    return _NAMED if index is not None and index.depth == 2 and not tree.columns[name].type else ()


def _containers_by_class(tree: SourceTree) -> dict[str, str]:
    """Return a container of each class; for tracks, the one of the inner detector rather than its refits."""
    containers: dict[str, str] = {}
    for container in sorted(_containers(tree), key=lambda name: "InDet" not in name):
        if _momentum(tree, container):
            containers.setdefault(_object_class(tree, container), container)
    return containers


def _object_class(tree: SourceTree, container: str) -> str:
    """Return the class of a container's objects, from its name if the file does not give it; empty if unknown."""
    branch = tree.columns.get(container.removesuffix("AuxDyn"))
    if branch is None:
        return next((name for name in _NAMED if name in container), "")
    match = _CONTAINER_TYPE.fullmatch(branch.type)
    return match[1] if match else ""


def _momentum(tree: SourceTree, container: str) -> dict[str, str]:
    """Return the four-momentum of a container; the reader derives that of track particles and any track's mass."""
    variables = {name.partition(".")[2] for name in tree.numeric(1) if name.startswith(f"{container}.")}
    if "Track" in container:
        variables |= {"pt", "eta"} if {"qOverP", "theta"} <= variables else set()
        variables |= {"m"} if "phi" in variables else set()
    components = (_JET | {"energy": "e"}).items()
    return names.momentum_form({name: f"{container}.{each}" for name, each in components if each in variables})


def _draft(tree: SourceTree, jets: str, link: str, target: str) -> Draft:
    variables = _variables(tree, jets)
    labels = names.labels(variables)
    momentum = {component: f"{jets}.{variable}" for component, variable in _JET.items()}
    rest = {name: branch for name, branch in variables.items() if branch not in {*labels, *momentum.values()}}
    event = names.event_branches(name for name in tree.numeric(0) if name.startswith("EventInfoAuxDyn."))
    return Draft(
        jets,
        f"ATLAS DAOD_PHYSLITE, {tree.rows:,} events",
        {
            "layout": "physlite",
            "tree": tree.name,
            "jets": jets,
            "event": event or names.row_identity(),
            "jet": momentum,
            "sequences": {names.sequence_name(target): _sequence(tree, link, target)},
        },
        labels,
        names.scalars(rest),
    )


def _sequence(tree: SourceTree, link: str, target: str) -> dict[str, Any]:
    """Return a sequence; if its objects link to track particles, with the variables of these."""
    links, variables = {"jet": link}, _variables(tree, target)
    target_links = list(_links(tree, target))
    if target_links:
        links["constituent"], particles = target_links[0]
        variables = _variables(tree, particles) | variables
    for role, name in list(links.items()):
        keys = _keys(tree, name)
        if len(keys) > 1:
            links[f"{role}_key"] = str(keys[0])
    extra = names.extras(variables)
    return {"link": links, **_momentum(tree, target), **({"extra": extra} if extra else {})}


def _keys(tree: SourceTree, link: str) -> list[int]:
    """Return the keys of the containers that links point to, the most frequent first."""
    values = ak.to_numpy(ak.flatten(tree.values(link, _ROWS).m_persKey, axis=None))
    keys, counts = np.unique(values[values != 0], return_counts=True)
    return [int(key) for key in keys[np.argsort(-counts)]]


def _variables(tree: SourceTree, container: str) -> dict[str, str]:
    """Return the numeric branches of a container by variable."""
    return {name.partition(".")[2]: name for name in tree.numeric(1) if re.fullmatch(rf"{container}\.\w+", name)}
