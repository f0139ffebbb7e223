"""Delphes: collections `<collection>.<variable>`, a jet's constituents as references by fUniqueID."""

import awkward as ak
import numpy as np

from tagwerk.drafts import names
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.source import Source, SourceTree
from tagwerk.readers.links import NOWHERE, by_reference

_LINK = ".Constituents"
_JET = {"pt": "PT", "eta": "Eta", "phi": "Phi", "mass": "Mass"}
_SEQUENCE = {"pt": "PT", "eta": "Eta", "phi": "Phi", "energy": "E"}
# Where constituents are, of two collections that hold the same ones the better first.
_COLLECTIONS = (
    "EFlowTrack", "EFlowPhoton", "EFlowNeutralHadron", "ParticleFlowCandidate", "Track", "Tower", "Particle",
)  # fmt: skip
_TRUTH = "PID"
_ROWS = 500  # events to find the constituents in


def candidates(source: Source) -> list[Draft]:
    """Return a draft for every collection of jets with references to constituents."""
    if not isinstance(source, SourceTree):
        return []
    linked = [
        name.removesuffix(_LINK)
        for name, each in source.columns.items()
        if name.endswith(_LINK) and ("TRefArray" in each.type or f"{name}.refs" in source.columns)
    ]
    whole = [jets for jets in linked if all(f"{jets}.{each}" in source.columns for each in _JET.values())]
    return [draft for jets in whole if (draft := _draft(source, jets))]


def _draft(tree: SourceTree, jets: str) -> Draft | None:
    collections = _holding(tree, jets)
    if not collections:
        return None
    variables = {name.partition(".")[2]: name for name in tree.numbers(1) if name.startswith(f"{jets}.")}
    labels = names.labels(variables)
    momentum = {name: f"{jets}.{each}" for name, each in _JET.items()}
    rest = {
        variable: name
        for variable, name in variables.items()
        if name not in {*labels, *momentum.values()} and not variable.startswith("f")
    }
    event = ["file", "Event.Number"] if "Event.Number" in tree.columns else names.of_rows()
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
    if any(f"{each}.{_TRUTH}" in tree.columns for each in collections):
        said = f"left out, as Delphes takes it from the generator: {jets}{_LINK}.{_TRUTH}"
        draft = draft.remark("sequences.constituents", said)
    return draft.remark("event", "Delphes numbers the events of each file anew") if len(event) == 2 else draft


def _sequence(tree: SourceTree, jets: str, collections: list[str]) -> dict[str, object]:
    """Return the sequence of the objects referred to; a variable that some do not have the reader makes."""
    sequence = {name: f"{jets}{_LINK}.{each}" for name, each in _SEQUENCE.items()}
    there = {name.partition(".")[2] for name in tree.numbers(1) if name.partition(".")[0] in collections} - {_TRUTH}
    extra = names.extras({each: f"{jets}{_LINK}.{each}" for each in sorted(there)})
    link = {"jet": f"{jets}{_LINK}", "collections": " ".join(collections)}
    return {"link": link, **sequence, **({"extra": extra} if extra else {})}


def _holding(tree: SourceTree, jets: str) -> list[str]:
    """Return the collections that hold what the jets refer to, as few as hold all of it."""
    there = [name.removesuffix(".fUniqueID") for name in tree.columns if name.endswith(".fUniqueID")]
    ranked = [each for each in _COLLECTIONS if each in there] + [each for each in there if each not in _COLLECTIONS]
    references = tree.values(f"{jets}{_LINK}", _ROWS).refs
    event = np.repeat(np.arange(len(references)), ak.to_numpy(ak.num(references)))
    lists = ak.flatten(references, axis=1)
    missing = np.ones(int(ak.count(lists)), bool)
    found = []
    for collection in ranked:
        positions = by_reference(lists, event, tree.values(f"{collection}.fUniqueID", _ROWS))
        held = missing & (ak.to_numpy(ak.flatten(positions)) != NOWHERE)
        if collection != jets and held.any():
            found.append(collection)
            missing &= ~held
    return found
