"""EDM4hep: collections `<collection>.<member>`, with relations from jets to their particles."""

import awkward as ak
import numpy as np

from tagwerk.drafts import names
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.source import Source, SourceTree
from tagwerk.readers.podio import collection_names, relation_branch, unsigned_ids

_MOMENTUM = {"px": "momentum.x", "py": "momentum.y", "pz": "momentum.z", "energy": "energy"}
_RELATION = "particles"
_ROWS = 500  # events in which relations are followed


def candidates(source: Source) -> list[Draft]:
    """Return a draft for every collection with a relation to particles."""
    if not isinstance(source, SourceTree):
        return []
    ending = f".{_RELATION}_begin"
    linked = [name.removesuffix(ending) for name in source.columns if name.endswith(ending)]
    complete = [collection for collection in linked if _has_momentum(source, collection)]
    return [draft for jets in complete if (draft := _draft(source, jets))]


def _has_momentum(tree: SourceTree, collection: str) -> bool:
    return all(f"{collection}.{member}" in tree.numeric(1) for member in _MOMENTUM.values())


def _draft(tree: SourceTree, jets: str) -> Draft | None:
    targets, certain = _targets(tree, jets)
    if not targets:
        return None
    members = _members(tree, jets)
    labels = names.labels(members)
    momentum = {component: f"{jets}.{member}" for component, member in _MOMENTUM.items()}
    rest = {name: branch for name, branch in members.items() if branch not in {*labels, *momentum.values()}}
    event = names.event_branches(name for name in tree.numeric(1) if name.startswith("EventHeader."))
    draft = Draft(
        jets,
        f"EDM4hep, {tree.rows:,} events",
        {
            "layout": "edm4hep",
            "tree": tree.name,
            "jets": jets,
            "event": event or names.row_identity(),
            "jet": momentum,
            "sequences": {"constituents": _sequence(tree, jets, targets)},
        },
        labels,
        names.scalars(rest),
    )
    if certain:
        return draft
    text = "the file has no table of collection ids: do the links lead to this collection?"
    return draft.with_check("sequences.constituents", text)


def _sequence(tree: SourceTree, jets: str, targets: list[str]) -> dict[str, object]:
    """Return the sequence of the related objects, with the members common to all of them."""
    link = f"{jets}.{_RELATION}"
    common = set.intersection(*(set(_members(tree, target)) for target in targets))
    extra = names.extras({member: f"{link}.{member}" for member in sorted(common)})
    return {
        "link": {"jet": link, "collections": " ".join(targets)},
        **{component: f"{link}.{member}" for component, member in _MOMENTUM.items()},
        **({"extra": extra} if extra else {}),
    }


def _targets(tree: SourceTree, jets: str) -> tuple[list[str], bool]:
    """Return the collections with momenta that the jets' relation leads to, most frequent first; true if certain."""
    branch = relation_branch(f"{jets}.{_RELATION}", list(tree.columns))
    index, ids = (tree.values(f"{branch}.{member}", _ROWS) for member in ("index", "collectionID"))
    real = ak.to_numpy(ak.flatten(index)) >= 0
    table = collection_names(tree.file, tree.name)
    if table:
        unique_ids, counts = np.unique(unsigned_ids(ak.to_numpy(ak.flatten(ids)))[real], return_counts=True)
        targets = [table[number] for number in unique_ids[np.argsort(-counts)].tolist() if number in table]
        return [target for target in targets if _has_momentum(tree, target)], True
    others = [name.removesuffix(".energy") for name in tree.columns if name.endswith(".energy")]
    sizes = {
        name: ak.num(tree.values(f"{name}.energy", _ROWS))
        for name in others
        if name != jets and _has_momentum(tree, name)
    }
    large_enough = [name for name, counts in sizes.items() if ak.all(index < counts)] if real.any() else []
    return sorted(large_enough, key=lambda name: float(ak.sum(sizes[name])))[:1], False


def _members(tree: SourceTree, collection: str) -> dict[str, str]:
    """Return the numeric branches of a collection by member, without relations."""
    prefix = f"{collection}."
    branches = [name for name in tree.numeric(1) if name.startswith(prefix) and not name.endswith(("_begin", "_end"))]
    return {name.removeprefix(prefix): name for name in branches}
