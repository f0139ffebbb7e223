"""The same events in a TTree and in an RNTuple."""

import os
from pathlib import Path

import awkward as ak
import pytest
import uproot

from tagwerk.cards.dataset import Dataset
from tagwerk.readers.links import Tally
from tests.conftest import changed
from tests.readers.layouts.reading import read, said

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("TAGWERK_TEST_DATA", ROOT / "../shared/data"))
NANO, PHYSLITE = DATA / "cms/nano_tt_v15.root", DATA / "atlas/PHYSLITE_example.root"
# What the card of the taus reads in a PHYSLITE file, links apart: uproot cannot write their type.
TAUS = "AnalysisTauJetsAuxDyn"


def copy(source, tree, names, target, key=lambda name: name):
    """Write branches of a tree as an RNTuple of the same name, under names of ATLAS's or CMS's writers."""
    arrays = uproot.open(source)[tree].arrays(names)
    with uproot.recreate(target) as file:
        file.mkrntuple(tree, {key(name): ak.to_packed(arrays[name]) for name in names})
    return target


def columns(card):
    """The branches and links that a card of the nanoaod layout reads."""
    reader = Dataset.load(ROOT / f"config/datasets/{card}.yaml")
    links = [column for sequence in reader.sequences.values() for column in sequence.link.values()]
    there = uproot.open(NANO)["Events"].keys()
    wanted = {name for each in reader.sequences.values() for name in each.branches().values()}
    wanted |= {*reader.event, *links, *reader.jet.branches().values()} | {"PFCand_pdgId", "TauProd_pdgId"}
    wanted |= {"FatJet_genJetAK8Idx", "FatJet_hadronFlavour", "Tau_genPartFlav"}
    return reader, sorted(wanted & set(there))


@pytest.mark.skipif(not NANO.exists(), reason=f"there is no {NANO}")
@pytest.mark.parametrize("name", ["nanoaod_fatjets", "nanoaod_taus"])
def test_nanoaod_gives_the_same_jets_from_both(name, tmp_path):
    card, names = columns(name)
    file = copy(NANO, "Events", names, tmp_path / "nano.root")
    assert type(uproot.open(file)["Events"]).__name__.endswith("RNTuple")
    one, other = Tally(), Tally()
    for tree, tuple_ in zip(read(NANO, card, tally=one), read(file, card, tally=other), strict=True):
        assert sorted(tree.fields) == sorted(tuple_.fields)
        assert all(ak.array_equal(tree[field], tuple_[field]) for field in tree.fields)
    assert one == other


@pytest.mark.skipif(not NANO.exists(), reason=f"there is no {NANO}")
@pytest.mark.parametrize(
    ("key", "value"),
    [("jet.pt", "FatJet_ptt"), ("sequences.constituents.eta", "PFCand_etta"), ("selection", "FatJet_x > 1")],
)
def test_a_missing_name_fails_alike_from_both(key, value, tmp_path):
    card, names = columns("nanoaod_fatjets")
    file = copy(NANO, "Events", names, tmp_path / "nano.root")
    wrong = Dataset.model_validate(changed(card.model_dump(exclude_none=True), key, value))
    missing = value.split(" ")[0]
    lines = [said(each, wrong).removeprefix(str(each)) for each in (NANO, file)]
    assert all(f"tree 'Events' has no branch '{missing}'" in line for line in lines)


@pytest.mark.skipif(not PHYSLITE.exists(), reason=f"there is no {PHYSLITE}")
def test_atlas_names_its_fields_with_a_colon(tmp_path):
    names = [f"{TAUS}.{variable}" for variable in ("pt", "eta", "phi", "m", "IsTruthMatched", "charge")]
    names += ["EventInfoAuxDyn.runNumber", "EventInfoAuxDyn.eventNumber"]
    file = copy(PHYSLITE, "CollectionTree", names, tmp_path / "lite.root", lambda name: name.replace(".", ":"))
    values = Dataset.load(ROOT / "config/datasets/physlite_taus.yaml").model_dump(exclude_none=True)
    values |= {"event": names[-2:], "jet": {"pt": names[0], "eta": names[1], "phi": names[2], "mass": names[3]}}
    vertices = {"link": {"jet": f"{TAUS}.vertexLink"}, "px": "V.x", "py": "V.y", "pz": "V.z", "energy": "V.z"}
    line = said(file, Dataset.model_validate(values | {"sequences": {"vertices": vertices}}))
    assert names[0] not in line
    assert f"'{TAUS}.vertexLink'" in line
