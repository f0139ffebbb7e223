"""Files with wrong numbers of every kind are checked to the end, and the jets that pass become records."""

import awkward as ak
import numpy as np
import pytest

from tagwerk.cards.check_levels import Checks
from tagwerk.cards.dataset import Dataset
from tagwerk.checks.check_text import format_result
from tagwerk.checks.findings import Findings
from tagwerk.checks.judge import judge_findings
from tagwerk.jets.substructure import VARIABLES
from tagwerk.readers.jet_record import finished, jets_of
from tests.conftest import DATASET, changed, toy_branches

LENIENT = DATASET | {"checks": dict.fromkeys(Checks.model_fields, "warning"), "substructure": list(VARIABLES)}
POLAR = {"pt": "c_pt", "eta": "c_eta", "phi": "c_phi"}
CARTESIAN = {"px": "c_pt", "py": "c_eta", "pz": "c_phi", "energy": "c_energy"}
SEQUENCES = {
    "energy": POLAR | {"energy": "c_energy"},
    "mass": POLAR | {"mass": "c_energy"},
    "cartesian": CARTESIAN,
}
JETS = {
    "jet": DATASET["jet"],
    "jet's energy": {"pt": "jet_pt", "eta": "jet_eta", "phi": "jet_phi", "energy": "jet_mass"},
    "sum": None,
}
FLOATS = ("jet_pt", "jet_eta", "jet_phi", "jet_mass", "c_pt", "c_eta", "c_phi", "c_energy", "c_charge")


def filled(value, names=FLOATS):
    """Twenty jets with one value in all these branches."""
    branches = toy_branches(0, 20)
    return branches | {name: 0 * ak.values_astype(branches[name], np.float64) + value for name in names}


def cut(jets, constituents=None):
    """Selected jets with their first constituents."""
    every = toy_branches(0, 20)
    return {
        name: each[jets] if isinstance(each, np.ndarray) else each[jets][:, :constituents]
        for name, each in every.items()
    }


VALUES = (0.0, -999.0, np.nan, np.inf, 1e20, 3e38, 1e300, 1e-40)
CASES = {f"all {value:g}": filled(value) for value in VALUES}
CASES |= {f"{name} {value:g}": filled(value, [name]) for name in ("c_pt", "jet_pt") for value in (0.0, -5.0, 1e20)}
CASES |= {
    "one jet": cut([1]),
    "one empty jet": cut([0]),
    "no jet": cut([]),
    "no constituents": cut(slice(None), 0),
    "one constituent each": cut(slice(None), 1),
}


@pytest.mark.parametrize("jet", JETS.values(), ids=JETS)
@pytest.mark.parametrize("momentum", SEQUENCES.values(), ids=SEQUENCES)
def test_nothing_divides_by_zero_and_every_record_is_finite(momentum, jet):
    sequence = momentum | {"extra": {"charge": "c_charge"}, "trees": ["cambridge_aachen"]}
    card = changed(changed(LENIENT, "sequences.constituents", sequence), "jet", jet)
    dataset = Dataset.model_validate(card | {"momentum_unit": "MeV" if jet is None else "GeV"})
    for name, branches in CASES.items():
        findings, file = Findings(dataset), ak.zip(branches, depth_limit=1)
        jets = jets_of(file, dataset, "toy")
        sound = jets.take(np.flatnonzero(findings.add(file, jets)))
        check = judge_findings("toy.root", findings, {}, {})
        assert check.selected - check.left_out == len(sound), name
        assert format_result(check).startswith(f"toy.root: {len(file)} jets"), name
        records = finished(sound, dataset)
        assert len(records) == len(sound), name
        assert np.isfinite(ak.to_numpy(ak.flatten(records.constituents.pt))).all(), name
