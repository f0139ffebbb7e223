import re

import pytest
import uproot
import yaml

from tagwerk.cli.simulate import simulate
from tagwerk.errors import UserError

CARD = {
    "title": "Quarks and gluons",
    "generator": {
        "jets_per_file": 5,
        "files": 2,
        "jet": {"pt": [550, 650]},
        "processes": {"qcd": {"pythia": ["HardQCD:all = on"], "pthat": [560, 680]}},
    },
    "event": ["event"],
    "jet": {name: f"jet_{name}" for name in ("pt", "eta", "phi", "mass")},
    "classes": [
        {"name": name, "label": name, "color": "#123456", "selection": f"jet_top == {value}"}
        for value, name in enumerate(("qcd", "top"))
    ],
    "sequences": {"constituents": {name: f"constituents_{name}" for name in ("pt", "eta", "phi", "energy")}},
}


@pytest.fixture
def card(tmp_path):
    """A function that writes the card with some keys changed, and returns its path."""

    def write(**changes):
        path = tmp_path / "small.yaml"
        path.write_text(yaml.safe_dump({key: value for key, value in (CARD | changes).items() if value is not None}))
        return path

    return write


def test_the_command_writes_the_jets_of_a_part(card, tmp_path):
    simulate(card(), "qcd_0001", tmp_path / "out" / "qcd_0001.root")
    with uproot.open(tmp_path / "out" / "qcd_0001.root") as file:
        assert file["jets"].num_entries == 5
        assert {branch.num_baskets for branch in file["jets"].branches} == {1}


def test_an_unknown_part_is_refused_with_the_nearest_name(card, tmp_path):
    with pytest.raises(UserError, match=r"small.yaml: .*'qcd_001'; did you mean 'qcd_0001'"):
        simulate(card(), "qcd_001", tmp_path / "out.root")


def test_a_part_with_no_similar_name_is_refused_with_the_range_of_parts(card, tmp_path):
    with pytest.raises(UserError, match=r"'xyz'; parts are qcd_0000 to qcd_0001, of qcd$"):
        simulate(card(), "xyz", tmp_path / "out.root")


def test_a_card_without_a_generator_is_refused(card, tmp_path):
    with pytest.raises(UserError, match=r"small.yaml: key 'generator' is missing"):
        simulate(card(generator=None, files=["jets.root"]), "qcd_0000", tmp_path / "out.root")


def test_a_wrong_setting_is_refused_with_the_name_of_the_card_and_leaves_no_file(card, tmp_path):
    processes = {"qcd": {"pythia": ["HardQCD:nothing = on"], "pthat": [560, 680]}}
    wrong = card(generator=CARD["generator"] | {"processes": processes})
    with pytest.raises(UserError, match=re.escape("small.yaml: key 'generator.processes.qcd.pythia'")):
        simulate(wrong, "qcd_0000", tmp_path / "out.root")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["small.yaml"]
