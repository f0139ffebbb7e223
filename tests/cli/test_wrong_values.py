"""A few wrong values, however large, spoil neither the summary nor a network, and those that would are named."""

import awkward as ak
import numpy as np
import pytest

from tagwerk.summaries.summary import Summary
from tests.conftest import DATASET, changed, run, toy_branches, write_card, write_root

TREES = changed(DATASET, "checks", {"balance": "note", "far": "note"})


def spoilt(branches, name, value, jets=1):
    """Return the branches with a wrong value of some jets, or of the first constituent of each."""
    values, many = branches[name], isinstance(branches[name], ak.Array)
    counts = ak.to_numpy(ak.num(values)) if many else None
    where = np.flatnonzero(counts > 0)[:jets] if many else np.arange(jets)
    flat = np.array(ak.flatten(values) if many else values, np.float64)
    flat[(np.cumsum(counts) - counts)[where] if many else where] = value
    return branches | {name: ak.unflatten(flat.astype(np.float32), counts) if many else flat}


def summarised(folder, *wrong, number=400, card=TREES):
    """Ingest and summarise toy jets with wrong values; return the arguments that name what training reads."""
    branches = toy_branches(0, number)
    for name, value in wrong:
        branches = spoilt(branches, name, value)
    file, card = write_root(folder / "toy.root", branches), write_card(folder / "toy.yaml", card)
    assert run("ingest", file, card, folder / "jets") == 0
    assert run("summarise", card, folder / "summary.json", folder / "jets") == 0
    return folder / "summary.json"


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return Summary.load(summarised(tmp_path_factory.mktemp("sound")))


WRONG = [
    ("c_charge", -1e9), ("c_charge", 1e30), ("c_charge", -999), ("jet_mass", 1e9), ("jet_mass", 1e30),
    ("jet_mass", 3e38), ("jet_pt", 3e38), ("jet_eta", 1e30), ("jet_phi", -3e38), ("c_pt", 3e38), ("c_pt", 1e30),
    ("c_eta", 1e30), ("c_eta", -3e38), ("c_phi", 3e38), ("c_energy", 3e38),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_moves_no_moment_and_the_summary_can_be_read(tmp_path, sound, name, value):
    checks = dict.fromkeys(("angles", "balance", "far", "units"), "note")
    found = Summary.load(summarised(tmp_path, (name, value), card=changed(DATASET, "checks", checks)))
    for group, moments in sound.moments.items():
        assert not found.not_finite[group] or group == "jet"
        for feature, (mean, deviation) in moments.items():
            new_mean, new_deviation = found.moments[group][feature]
            assert np.isfinite([new_mean, new_deviation]).all()
            if feature not in ("multiplicity", "width") and f"_{feature}" not in name:
                assert abs(new_mean - mean) < 0.7 * deviation, (group, feature)
                assert 0.5 * deviation < new_deviation < 3 * deviation, (group, feature)
