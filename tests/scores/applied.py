"""Files of events, cards and taggers for tests of scores beside the events."""

import os
from pathlib import Path

import awkward as ak
import numpy as np
import uproot
import yaml

import tagwerk as tw
from tests.conftest import changed

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("TAGWERK_TEST_DATA", ROOT / "../shared/data"))
NANO = DATA / "cms/nano_tt_v15.root"
FATJETS = tw.Dataset.load(ROOT / "config/datasets/nanoaod_fatjets.yaml")

# Of each layout of events a real file, its card, and how the names of columns begin.
EVENTS = {
    "nanoaod_fatjets": (NANO, "FatJet_", None),
    "nanoaod_taus": (NANO, "Tau_", "Tau_pt > 26"),
    "physlite_taus": (DATA / "atlas/PHYSLITE_example.root", "AnalysisTauJets_", None),
    "delphes_jets": (DATA / "delphes/delphes_10_events.root", "Jet_", "Jet.PT > 35"),
    "pfnano": (DATA / "cms/pfnano_rntuple.root", "FatJet_", "FatJet_pt > 1390"),  # an RNTuple
    "edm4hep_jets": (DATA / "fcc/edm4hep_100_events.root", "Jet_", "Jet.energy > 40"),
}


def card_of(name):
    """The shipped card of this name, with kt trees of constituents; where the file has one class, those of a cut."""
    file, _, cut = EVENTS[name]
    text = tw.draft_card(file) if name == "pfnano" else (ROOT / f"config/datasets/{name}.yaml").read_text()
    card = tw.Dataset.model_validate(yaml.safe_load(text))
    values = changed(card.model_dump(exclude_none=True), "files", ["any.root"])
    if name == "pfnano":  # ten events
        values["split"] = {"train": 0.5, "validation": 0.4, "test": 0.1}
    if "constituents" in card.sequences:
        values = changed(values, "sequences.constituents.trees", ["kt"])
    if cut is None:
        return tw.Dataset.model_validate(values)
    branch, _, value = cut.split(" ")
    first, second = values["classes"][:2]
    classes = [first | {"selection": f"{branch} <= {value}", "files": []}, second | {"selection": cut, "files": []}]
    return tw.Dataset.model_validate(values | {"classes": classes})


def momenta(name):
    """The transverse momentum in GeV and the pseudorapidity of all jets in a real file, (events, jets), by uproot."""
    file, card = EVENTS[name][0], card_of(name)
    tree = uproot.open(file)[card.tree]
    keys = {key.rpartition("/")[2]: key for key in tree.keys()}  # noqa: SIM118  # iterating gives branches
    parts = {part: tree[keys[branch]].array() for part, branch in card.jet.momentum().items()}
    if "px" in parts:
        pt = np.hypot(ak.values_astype(parts["px"], "f8"), parts["py"])
        return pt, np.arcsinh(parts["pz"] / pt)
    return ak.values_astype(parts["pt"], "f8") * (1e-3 if card.momentum_unit == "MeV" else 1), parts["eta"]


def boosted_trees(*scalars):
    """A small tagger of jet variables."""
    return tw.Tagger.model_validate(
        {"title": "Trees", "color": "#000000", "architecture": "boosted_trees", "inputs": {"scalars": list(scalars)},
         "hyperparameters": {"trees": 5, "smallest_leaf": 2}}
    )  # fmt: skip


def network(architecture, inputs, **hyperparameters):
    """A small network."""
    return tw.Tagger.model_validate(
        {"title": "Network", "color": "#000000", "architecture": architecture, "inputs": inputs,
         "hyperparameters": hyperparameters, "training": {"batch_size": 16}}
    )  # fmt: skip


def expected_scores(name, run, classes):
    """The probabilities of all jets of a real file (events, jets, classes), those of a run; NaN for jets not in it."""
    pt, eta = momenta(name)
    flat = np.stack([ak.to_numpy(ak.flatten(pt)), ak.to_numpy(ak.flatten(eta))], axis=1)
    known = run.scores[["pt", "eta"]].to_numpy(np.float64)
    same = (np.abs(flat[:, None] - known) < 1e-4 * np.maximum(np.abs(flat[:, None]), 1)).all(axis=2)
    assert (same.sum(axis=0) == 1).all()  # each jet of the run is one of the file
    probabilities = run.scores[[f"p_{each}" for each in classes]].to_numpy()
    scores = np.full((len(flat), len(classes)), np.nan, np.float32)
    scores[same.any(axis=1)] = probabilities[same.argmax(axis=1)[same.any(axis=1)]]
    return ak.unflatten(scores, ak.num(pt))
