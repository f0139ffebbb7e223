"""A few wrong values, however large, distort neither the summary nor a network, and those that would are reported."""

import awkward as ak
import numpy as np
import pytest

from tagwerk.summaries.summary import Summary
from tests.conftest import DATASET, changed, run, toy_branches, write_card, write_root

TREES = changed(DATASET, "checks", {"balance": "note", "far": "note"})


def with_wrong_value(branches, name, value, jets=1):
    """Return the branches with a wrong value for some jets, or for the first constituent of each."""
    values, is_jagged = branches[name], isinstance(branches[name], ak.Array)
    counts = ak.to_numpy(ak.num(values)) if is_jagged else None
    rows = np.flatnonzero(counts > 0)[:jets] if is_jagged else np.arange(jets)
    flat = np.array(ak.flatten(values) if is_jagged else values, np.float64)
    flat[(np.cumsum(counts) - counts)[rows] if is_jagged else rows] = value
    return branches | {name: ak.unflatten(flat.astype(np.float32), counts) if is_jagged else flat}


def summary_with(folder, *wrong, count=400, card=TREES):
    """Ingest and summarise toy jets with wrong values; return the path of the summary."""
    branches = toy_branches(0, count)
    for name, value in wrong:
        branches = with_wrong_value(branches, name, value)
    file, card = write_root(folder / "toy.root", branches), write_card(folder / "toy.yaml", card)
    assert run("ingest", card, file, "--out", folder / "jets") == 0
    assert run("summarise", card, "--out", folder / "summary.json", folder / "jets") == 0
    return folder / "summary.json"


@pytest.fixture(scope="module")
def correct(tmp_path_factory):
    return Summary.load(summary_with(tmp_path_factory.mktemp("correct")))


WRONG = [
    ("c_charge", -1e9), ("c_charge", 1e30), ("c_charge", -999), ("jet_mass", 1e9), ("jet_mass", 1e30),
    ("jet_mass", 3e38), ("jet_pt", 3e38), ("jet_eta", 1e30), ("jet_phi", -3e38), ("c_pt", 3e38), ("c_pt", 1e30),
    ("c_eta", 1e30), ("c_eta", -3e38), ("c_phi", 3e38), ("c_energy", 3e38),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_barely_shifts_the_moments(tmp_path, correct, name, value):
    checks = dict.fromkeys(("angles", "balance", "far", "units"), "note")
    summary = Summary.load(summary_with(tmp_path, (name, value), card=changed(DATASET, "checks", checks)))
    for group, moments in correct.moments.items():
        assert not summary.not_finite[group] or group == "jet"
        for feature, (mean, std) in moments.items():
            new_mean, new_std = summary.moments[group][feature]
            assert np.isfinite([new_mean, new_std]).all()
            if feature not in ("multiplicity", "width") and f"_{feature}" not in name:
                assert abs(new_mean - mean) < 0.7 * std, (group, feature)
                assert 0.5 * std < new_std < 3 * std, (group, feature)
