"""Constituents in every form that a card can give, as the jet record has them."""

import awkward as ak
import numpy as np
import pytest

from tagwerk.cards.dataset import Dataset
from tagwerk.errors import UserError
from tagwerk.readers.jet_record import jets_of, momenta_of
from tagwerk.readers.particle_masses import PION
from tests.conftest import DATASET, changed

# Two jets with two constituents and one: along x with pT 3 and 1, and with pT 4 along y.
BRANCHES = {
    "event": [0, 1], "is_wide": [0, 1],
    "jet_pt": [4.0, 8.0], "jet_eta": [0.5, -1.0], "jet_phi": [3.0, 0.0], "jet_mass": [0.0, 0.0],
    "pt": [[3.0, 1.0], [4.0]], "eta": [[0.5, 1.5], [-1.5]], "phi": [[3.0, -3.0], [0.25]],
    "share": [[0.75, 0.25], [0.5]], "deta": [[0.0, 1.0], [-0.5]], "dphi": [[0.0, 2 * np.pi - 6], [0.25]],
    "away": [[0.0, 1.0], [0.5]], "zero": [[0.0, 0.0], [0.0]], "w": [[0.5, 0.0], [0.25]], "d0": [[5.0, 6.0], [7.0]],
}  # fmt: skip
PLAIN = {"pt": "pt", "eta": "eta", "phi": "phi"}


def chunk(unit="GeV", jet=None, **sequence):
    branches = BRANCHES
    if unit == "MeV":
        scale = {"jet_pt": 1000, "jet_mass": 1000, "pt": 1000}
        branches = {name: ak.Array(each) * scale.get(name, 1) for name, each in BRANCHES.items()}
    card = changed(changed(DATASET, "sequences.constituents", sequence), "substructure", []) | {"momentum_unit": unit}
    card = card if jet is None else changed(card, "jet", jet or None)
    return jets_of(ak.zip(branches, depth_limit=1), Dataset.model_validate(card), "toy")


def constituents(*unit, **sequence):
    found = chunk(*unit, **sequence).sequences["constituents"]
    return {name: each.tolist() for name, each in found.values.items()}, found.counts.tolist()


def near(*values):
    return pytest.approx(values, rel=1e-6)


@pytest.mark.parametrize("unit", ["GeV", "MeV"])
def test_without_a_mass_constituents_are_massless(unit):
    found, counts = constituents(unit, **PLAIN)
    assert (found["pt"], counts) == (near(3, 1, 4), [2, 1])
    assert found["energy"] == near(3 * np.cosh(0.5), np.cosh(1.5), 4 * np.cosh(1.5))


@pytest.mark.parametrize("unit", ["GeV", "MeV"])
def test_an_assumed_mass_is_in_gev_whatever_the_files_unit(unit):
    found, _ = constituents(unit, **PLAIN, assumed_mass=PION)
    assert found["energy"][1] == pytest.approx(np.hypot(np.cosh(1.5), PION), rel=1e-6)


@pytest.mark.parametrize("unit", ["GeV", "MeV"])
@pytest.mark.parametrize(
    "sequence",
    [
        {"pt": "share", "eta": "deta", "phi": "dphi", "relative": ["pt", "eta", "phi"]},
        {"pt": "pt", "eta": "deta", "phi": "dphi", "relative": ["eta", "phi"]},
        {"pt": "share", "eta": "eta", "phi": "phi", "relative": ["pt"]},
        {"pt": "share", "eta": "away", "phi": "dphi", "relative": ["pt", "eta", "phi"], "mirrored": True},
        {"pt": "share", "rapidity": "deta", "phi": "dphi", "relative": ["pt", "rapidity", "phi"]},
        {"pt": "share", "rapidity": "away", "phi": "dphi", "relative": ["pt", "rapidity", "phi"], "mirrored": True},
    ],
)
def test_constituents_relative_to_the_jet_agree_with_absolute_ones(unit, sequence):
    plain, counts = constituents(unit, **PLAIN)
    found, same = constituents(unit, **sequence)
    assert counts == same
    for name, each in plain.items():
        assert found[name] == near(*each), name


@pytest.mark.parametrize("unit", ["GeV", "MeV"])
def test_the_energy_alone_may_be_relative_to_the_jet(unit):
    relative = {**PLAIN, "energy": "share", "relative": ["energy"]}
    found, _ = constituents(unit, **relative)
    assert found["energy"] == near(3 * np.cosh(0.5), np.cosh(0.5), 4 * np.cosh(1))
    assert found["pt"] == near(3, 1, 4)


def test_rapidity_differences_are_relative_to_the_jets_rapidity_not_its_eta():
    jet = {"pt": "jet_pt", "eta": "jet_eta", "phi": "jet_phi", "assumed_mass": 4.0}
    found, _ = constituents(jet=jet, pt="pt", rapidity="zero", phi="phi", relative=["rapidity"])
    assert found["eta"][0] == pytest.approx(np.arcsinh(np.sinh(0.5) / np.sqrt(2)), rel=1e-6)


@pytest.mark.parametrize("unit", ["GeV", "MeV"])
def test_weights_scale_momenta_and_constituents_of_zero_weight_are_dropped(unit):
    found, counts = constituents(unit, **PLAIN, weight="w", extra={"d0": "d0"})
    assert counts == [1, 1]
    assert (found["pt"], found["eta"], found["d0"]) == (near(1.5, 1), near(0.5, -1.5), [5, 7])
    assert found["energy"] == near(1.5 * np.cosh(0.5), np.cosh(1.5))


def test_a_weight_scales_the_mass_too():
    plain, weighted = (chunk(jet={}, **PLAIN, assumed_mass=2.0, **more).jet["mass"] for more in ({}, {"weight": "w"}))
    # The jet is the sum; the second has one constituent, with a weight of a quarter.
    assert (plain[1], weighted[1]) == (pytest.approx(2, rel=1e-5), pytest.approx(0.5, rel=1e-5))
    assert weighted[0] == pytest.approx(1, rel=1e-5)


def test_a_selection_sees_weighted_momenta():
    found, counts = constituents(**PLAIN, weight="w", selection="pt > 1.2")
    assert (found["pt"], counts) == (near(1.5), [1, 0])


def test_weights_apply_to_relative_momenta_too():
    found, _ = constituents(pt="share", eta="eta", phi="phi", relative=["pt"], weight="w")
    assert found["pt"] == near(1.5, 1)


def test_a_variable_named_weight_is_not_a_weight():
    found, counts = constituents(**PLAIN, extra={"weight": "w"})
    assert (found["weight"], found["pt"], counts) == (near(0.5, 0, 0.25), near(3, 1, 4), [2, 1])


def test_a_draft_sees_the_same_momenta_as_the_record_in_the_files_unit():
    card = Dataset.model_validate(
        changed(changed(DATASET, "sequences.constituents", PLAIN | {"weight": "w"}), "substructure", [])
    )
    found = momenta_of(ak.zip(BRANCHES, depth_limit=1), card, "constituents")
    assert found.values["pt"].tolist() == [1.5, 0, 1]


@pytest.mark.parametrize("wrong", ["weight", "pt"])
def test_one_number_per_jet_is_refused_as_weight_or_momentum(wrong):
    with pytest.raises(UserError, match="branch 'jet_pt' holds"):
        constituents(**PLAIN | {wrong: "jet_pt"})
