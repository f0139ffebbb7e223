"""EDM4hep: collections `<collection>.<member>`, and relations of jets to their particles."""

import awkward as ak
import numpy as np

from tagwerk.drafts import names
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.source import Source, SourceTree
from tagwerk.readers.podio import collections, numbers, relation

_MOMENTUM = {"px": "momentum.x", "py": "momentum.y", "pz": "momentum.z", "energy": "energy"}
_RELATION = "particles"
_ROWS = 500  # events to see in where relations lead


def candidates(source: Source) -> list[Draft]:
    """Return a draft for every collection of objects with a relation to particles."""
    if not isinstance(source, SourceTree):
        return []
    ending = f".{_RELATION}_begin"
    linked = [name.removesuffix(ending) for name in source.columns if name.endswith(ending)]
    whole = [each for each in linked if _is_whole(source, each)]
    return [draft for jets in whole if (draft := _draft(source, jets))]


def _is_whole(tree: SourceTree, collection: str) -> bool:
    return all(f"{collection}.{member}" in tree.numbers(1) for member in _MOMENTUM.values())


def _draft(tree: SourceTree, jets: str) -> Draft | None:
    targets, sure = _targets(tree, jets)
    if not targets:
        return None
    own = _members(tree, jets)
    labels = names.labels(own)
    momentum = {name: f"{jets}.{member}" for name, member in _MOMENTUM.items()}
    rest = {name: branch for name, branch in own.items() if branch not in {*labels, *momentum.values()}}
    event = names.identity(name for name in tree.numbers(1) if name.startswith("EventHeader."))
    draft = Draft(
        jets,
        f"EDM4hep, {tree.rows:,} events",
        {
            "layout": "edm4hep",
            "tree": tree.name,
            "jets": jets,
            "event": event or names.of_rows(),
            "jet": momentum,
            "sequences": {"constituents": _sequence(tree, jets, targets)},
        },
        labels,
        names.scalars(rest),
    )
    return (
        draft if sure else draft.check("sequences.constituents", "no table says where links lead: to this collection?")
    )


def _sequence(tree: SourceTree, jets: str, targets: list[str]) -> dict[str, object]:
    """Return the sequence of the objects that the relation leads to, with the members that all of them have."""
    link = f"{jets}.{_RELATION}"
    common = set.intersection(*(set(_members(tree, target)) for target in targets))
    extra = names.extras({member: f"{link}.{member}" for member in sorted(common)})
    return {
        "link": {"jet": link, "collections": " ".join(targets)},
        **{name: f"{link}.{member}" for name, member in _MOMENTUM.items()},
        **({"extra": extra} if extra else {}),
    }


def _targets(tree: SourceTree, jets: str) -> tuple[list[str], bool]:
    """Return the collections with momenta that the jets' relation leads to, most often first, and if that is sure."""
    branch = relation(f"{jets}.{_RELATION}", list(tree.columns))
    index, ids = (tree.values(f"{branch}.{each}", _ROWS) for each in ("index", "collectionID"))
    real = ak.to_numpy(ak.flatten(index)) >= 0
    table = collections(tree.file, tree.name)
    if table:
        found, counts = np.unique(numbers(ak.to_numpy(ak.flatten(ids)))[real], return_counts=True)
        led = [table[number] for number in found[np.argsort(-counts)].tolist() if number in table]
        return [each for each in led if _is_whole(tree, each)], True
    others = [name.removesuffix(".energy") for name in tree.columns if name.endswith(".energy")]
    room = {
        each: ak.num(tree.values(f"{each}.energy", _ROWS)) for each in others if each != jets and _is_whole(tree, each)
    }
    fitting = [each for each, sizes in room.items() if ak.all(index < sizes)] if real.any() else []
    return sorted(fitting, key=lambda each: float(ak.sum(room[each])))[:1], False


def _members(tree: SourceTree, collection: str) -> dict[str, str]:
    """Return member and branch of a collection's numbers, relations apart."""
    start = f"{collection}."
    there = [name for name in tree.numbers(1) if name.startswith(start) and not name.endswith(("_begin", "_end"))]
    return {name.removeprefix(start): name for name in there}
