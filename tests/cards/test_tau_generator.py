import pytest
from pydantic import ValidationError

from tagwerk.cards.tau_generator import TauGenerator

SECTION = {
    "kind": "tau",
    "jets_per_file": 10,
    "files": 2,
    "processes": {
        "qcd": {"pythia": ["HardQCD:all = on"], "pthat": [15, 750], "veto": {"pt": 18, "abs_eta": 2.7}},
        "z": {"pythia": ["WeakSingleBoson:ffbar2gmZ = on"], "match": "tau"},
    },
}


def test_parts_are_all_processes_with_all_indices():
    assert TauGenerator.model_validate(SECTION).parts() == ["qcd_0000", "qcd_0001", "z_0000", "z_0001"]


def test_the_defaults_are_those_of_atlas():
    candidates = TauGenerator.model_validate(SECTION).candidates
    assert (candidates.radius, candidates.core, candidates.abs_eta, candidates.prongs) == (0.4, 0.2, 2.5, [1, 3])
    assert (candidates.track.pt, candidates.track.d0, candidates.track.z0_sin_theta) == (1.0, 1.0, 1.5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"candidates": {"pt": [500, 20]}}, "'pt': the lower edge must come first"),
        ({"candidates": {"core": 0.4}}, "'core': must be smaller than 'radius', 0.4, not 0.4"),
        ({"candidates": {"prongs": []}}, "at least 1 item"),
        ({"candidates": {"prongs": [1, 1]}}, "'prongs': 1 is duplicated"),
        ({"candidates": {"prongs": [-1]}}, "greater than or equal to 0"),
        ({"candidates": {"abs_eta": 3}}, "less than or equal to 2.5"),
        ({"candidates": {"track": {"d0": 0}}}, "greater than 0"),
        ({"pileup": -1}, "greater than or equal to 0"),
        ({"jet": {"pt": [550, 650]}}, "unknown key 'jet'"),
        ({"processes": {"z": {"pythia": ["a"], "match": "top"}}}, "Input should be 'tau'"),
        ({"processes": {"z": {"pythia": ["a"], "pthat": [20, 10]}}}, "'pthat': the lower edge"),
        ({"processes": {}}, "at least 1 item"),
        ({"multiparton_interactions": "overlay"}, "Input should be True, False or 'overlaid'"),
    ],
)
def test_a_wrong_value_is_refused_by_name(changes, message):
    with pytest.raises(ValidationError, match=message):
        TauGenerator.model_validate(SECTION | changes)
