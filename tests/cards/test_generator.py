import pytest
from pydantic import ValidationError

from tagwerk.cards.generator import Generator

SECTION = {
    "jets_per_file": 10,
    "files": 2,
    "jet": {"pt": [550, 650]},
    "processes": {
        "qcd": {"pythia": ["HardQCD:all = on"], "pthat": [300, 750]},
        "top_quark": {"pythia": ["Top:gg2ttbar = on"], "pthat": [275, 750], "match": "top"},
    },
}


def test_parts_are_all_processes_with_all_indices():
    assert Generator.model_validate(SECTION).parts() == ["qcd_0000", "qcd_0001", "top_quark_0000", "top_quark_0001"]


def test_process_and_number_invert_the_name_of_a_part():
    assert Generator.model_validate(SECTION).process_and_number("top_quark_0001") == ("top_quark", 1)


@pytest.mark.parametrize("part", ["top_quark_0002", "qcd_1", "qcd", "w_0000", ""])
def test_an_unknown_part_is_refused(part):
    with pytest.raises(KeyError):
        Generator.model_validate(SECTION).process_and_number(part)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"jet": {"pt": [650, 550]}}, "'pt': the lower edge must come first"),
        ({"processes": {"qcd": {"pythia": ["HardQCD:all = on"], "pthat": [800, 300]}}}, "'pthat': the lower edge"),
        ({"processes": {"qcd": {"pythia": [], "pthat": [300, 750]}}}, "at least 1 item"),
        ({"processes": {"q-c-d": SECTION["processes"]["qcd"]}}, "match pattern"),
        ({"processes": {}}, "at least 1 item"),
        ({"file": 3}, "unknown key 'file'.*did you mean 'files'"),
        ({"jets_per_file": 0}, "greater than 0"),
    ],
)
def test_a_wrong_value_is_refused_by_name(changes, message):
    with pytest.raises(ValidationError, match=message):
        Generator.model_validate(SECTION | changes)
