"""Delphes: collections `<collection>.<variable>`; jets refer to their constituents by fUniqueID."""

import awkward as ak
import numpy as np

from tagwerk.drafts import names
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.source import Source, SourceTree
from tagwerk.readers.links import NOWHERE, resolve_references

_LINK = ".Constituents"
_JET = {"pt": "PT", "eta": "Eta", "phi": "Phi", "mass": "Mass"}
_SEQUENCE = {"pt": "PT", "eta": "Eta", "phi": "Phi", "energy": "E"}
# Collections of constituents; if two contain the same ones, the better comes first.
_COLLECTIONS = (
    "EFlowTrack", "EFlowPhoton", "EFlowNeutralHadron", "ParticleFlowCandidate", "Track", "Tower", "Particle",
)  # fmt: skip
_TRUTH = "PID"
_ROWS = 500  # events in which the constituents are looked up


def candidates(source: Source) -> list[Draft]:
    """Return a draft for every jet collection with references to constituents."""
    if not isinstance(source, SourceTree):
        return []
    linked = [
        name.removesuffix(_LINK)
        for name, column in source.columns.items()
        if name.endswith(_LINK) and ("TRefArray" in column.type or f"{name}.refs" in source.columns)
    ]
    complete = [jets for jets in linked if all(f"{jets}.{variable}" in source.columns for variable in _JET.values())]
    return [draft for jets in complete if (draft := _draft(source, jets))]


def _draft(tree: SourceTree, jets: str) -> Draft | None:
    collections = _constituent_collections(tree, jets)
    if not collections:
        return None
    variables = {name.partition(".")[2]: name for name in tree.numeric(1) if name.startswith(f"{jets}.")}
    labels = names.labels(variables)
    momentum = {component: f"{jets}.{variable}" for component, variable in _JET.items()}
    rest = {
        variable: name
        for variable, name in variables.items()
        if name not in {*labels, *momentum.values()} and not variable.startswith("f")
    }
    event = ["file", "Event.Number"] if "Event.Number" in tree.columns else names.row_identity()
    draft = Draft(
        jets,
        f"Delphes, {tree.rows:,} events",
        {
            "layout": "delphes",
            "tree": tree.name,
            "jets": jets,
            "event": event,
            "jet": momentum,
            "sequences": {"constituents": _sequence(tree, jets, collections)},
        },
        labels,
        names.scalars(rest),
        weights=tuple(name for name in ("Event.Weight",) if name in tree.columns),
    )
    if any(f"{collection}.{_TRUTH}" in tree.columns for collection in collections):
        text = f"left out (Delphes takes it from the generator): {jets}{_LINK}.{_TRUTH}"
        draft = draft.with_comment("sequences.constituents", text)
    if len(event) == 2:
        draft = draft.with_comment("event", "Delphes restarts its event numbers in each file")
    return draft


def _sequence(tree: SourceTree, jets: str, collections: list[str]) -> dict[str, object]:
    """Return the sequence of the objects referred to; the reader derives variables that some of them lack."""
    sequence = {component: f"{jets}{_LINK}.{variable}" for component, variable in _SEQUENCE.items()}
    variables = {name.partition(".")[2] for name in tree.numeric(1) if name.partition(".")[0] in collections}
    extra = names.extras({variable: f"{jets}{_LINK}.{variable}" for variable in sorted(variables - {_TRUTH})})
    link = {"jet": f"{jets}{_LINK}", "collections": " ".join(collections)}
    return {"link": link, **sequence, **({"extra": extra} if extra else {})}


def _constituent_collections(tree: SourceTree, jets: str) -> list[str]:
    """Return the fewest collections that contain all objects that the jets refer to."""
    present = [name.removesuffix(".fUniqueID") for name in tree.columns if name.endswith(".fUniqueID")]
    ranked = [name for name in _COLLECTIONS if name in present]
    ranked += [name for name in present if name not in _COLLECTIONS]
    references = tree.values(f"{jets}{_LINK}", _ROWS).refs
    event = np.repeat(np.arange(len(references)), ak.to_numpy(ak.num(references)))
    lists = ak.flatten(references, axis=1)
    missing = np.ones(int(ak.count(lists)), bool)
    chosen = []
    for collection in ranked:
        positions = resolve_references(lists, event, tree.values(f"{collection}.fUniqueID", _ROWS))
        resolved = missing & (ak.to_numpy(ak.flatten(positions)) != NOWHERE)
        if collection != jets and resolved.any():
            chosen.append(collection)
            missing &= ~resolved
    return chosen
