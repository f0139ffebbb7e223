"""The same events in a TTree and in an RNTuple."""

import os
from functools import lru_cache
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from tagwerk.cards.dataset import Dataset
from tagwerk.readers.links import Tally
from tests.conftest import DATASET, changed, run, toy_branches
from tests.readers.layouts.reading import error_message, read

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("TAGWERK_TEST_DATA", ROOT / "../shared/data"))
NANO, PHYSLITE = DATA / "cms/nano_tt_v15.root", DATA / "atlas/PHYSLITE_example.root"
DELPHES, PFNANO = DATA / "delphes/delphes_10_events.root", DATA / "cms/pfnano_rntuple.root"


def write(target, tree, columns):
    """Write columns as an RNTuple."""
    with uproot.recreate(target) as file:
        file[tree] = {name: ak.to_packed(column) for name, column in columns.items()}
    assert type(uproot.open(target)[tree]).__name__.endswith("RNTuple")
    return target


@lru_cache
def opened(source, tree):
    """A tree, cached as it has thousands of branches."""
    return uproot.open(source)[tree]


def copy(source, tree, names, target, key=lambda name: name):
    """Write branches of a tree as an RNTuple of the same name, renamed as ATLAS's or CMS's writers do."""
    arrays = opened(source, tree).arrays(names)
    return write(target, tree, {key(name): arrays[name] for name in names})


def assert_same(source, copied, card):
    """Assert that both files give the same jets, links and dangling links."""
    expected, found = Tally(), Tally()
    for tree, tuple_ in zip(read(source, card, tally=expected), read(copied, card, tally=found), strict=True):
        assert sorted(tree.fields) == sorted(tuple_.fields)
        assert all(ak.array_equal(tree[field], tuple_[field]) for field in tree.fields)
    assert found == expected


def columns(card):
    """A card of the nanoaod layout, and the branches and links that it reads."""
    reader = Dataset.load(ROOT / f"config/datasets/{card}.yaml")
    links = [column for sequence in reader.sequences.values() for column in sequence.link.values()]
    there = opened(NANO, "Events").keys()
    wanted = {name for each in reader.sequences.values() for name in each.branches().values()}
    wanted |= {*reader.event, *links, *reader.jet.branches().values()} | {"PFCand_pdgId", "TauProd_pdgId"}
    wanted |= {"FatJet_genJetAK8Idx", "FatJet_hadronFlavour", "Tau_genPartFlav"}
    return reader, sorted(wanted & set(there))


@pytest.mark.skipif(not NANO.exists(), reason=f"there is no {NANO}")
@pytest.mark.parametrize("name", ["nanoaod_fatjets", "nanoaod_taus"])
def test_nanoaod_gives_the_same_jets_from_both(name, tmp_path):
    card, names = columns(name)
    file = copy(NANO, "Events", names, tmp_path / "nano.root")
    assert_same(NANO, file, card)


@pytest.mark.skipif(not NANO.exists(), reason=f"there is no {NANO}")
@pytest.mark.parametrize(
    ("key", "value"),
    [("jet.pt", "FatJet_ptt"), ("sequences.constituents.eta", "PFCand_etta"), ("selection", "FatJet_x > 1")],
)
def test_a_missing_name_gives_the_same_error_from_both(key, value, tmp_path):
    card, names = columns("nanoaod_fatjets")
    file = copy(NANO, "Events", names, tmp_path / "nano.root")
    wrong = Dataset.model_validate(changed(card.model_dump(exclude_none=True), key, value))
    missing = value.split(" ")[0]
    lines = [error_message(each, wrong).removeprefix(str(each)) for each in (NANO, file)]
    assert all(f"tree 'Events' has no branch '{missing}'" in line for line in lines)


# The branches that the tau card reads from a PHYSLITE file, and the momentum of track particles.
TAUS, TRACKS, PARTICLES = "AnalysisTauJetsAuxDyn", "TauTracksAuxDyn", "InDetTrackParticlesAuxDyn"
LITE = [
    *(f"{TAUS}.{each}" for each in ("pt", "eta", "phi", "m", "IsTruthMatched", "charge", "RNNJetScore")),
    *(f"{TAUS}.{each}" for each in ("JetDeepSetScore", "tauTrackLinks")),
    *(f"{TRACKS}.{each}" for each in ("pt", "eta", "phi", "trackLinks")),
    *(f"{PARTICLES}.{each}" for each in ("qOverP", "theta", "phi", "d0", "z0", "numberOfPixelHits", "numberOfSCTHits")),
    *(f"EventInfoAuxDyn.{each}" for each in ("runNumber", "mcChannelNumber", "eventNumber")),
]


def taus(**extra):
    card = Dataset.load(ROOT / "config/datasets/physlite_taus.yaml").model_dump(exclude_none=True)
    return Dataset.model_validate(changed(card, "sequences.tracks.extra", extra)) if extra else card


@pytest.mark.skipif(not PHYSLITE.exists(), reason=f"there is no {PHYSLITE}")
def test_physlite_gives_the_same_taus_from_both_and_derives_the_same_variables(tmp_path):
    file = copy(PHYSLITE, "CollectionTree", LITE, tmp_path / "lite.root", lambda name: name.replace(".", ":"))
    card = taus(particle_pt=f"{PARTICLES}.pt", particle_eta=f"{PARTICLES}.eta", d0=f"{PARTICLES}.d0")
    assert_same(PHYSLITE, file, card)
    (jets,) = read(file, card)
    assert ak.count(jets[f"{TRACKS}.m"]) == 179  # no such field: the pion's


@pytest.mark.skipif(not PHYSLITE.exists(), reason=f"there is no {PHYSLITE}")
def test_a_card_may_use_the_colon_too(tmp_path):
    file = copy(PHYSLITE, "CollectionTree", LITE, tmp_path / "lite.root", lambda name: name.replace(".", ":"))
    values = changed(taus(), "jet.pt", f"{TAUS}:pt")
    (jets,) = read(file, Dataset.model_validate(changed(values, "sequences.tracks.mass", f"{TRACKS}:m")))
    assert jets[f"{TAUS}:pt"].tolist() == jets[f"{TAUS}.pt"].tolist()
    assert ak.count(jets[f"{TRACKS}:m"]) == 179


@pytest.mark.skipif(not PHYSLITE.exists(), reason=f"there is no {PHYSLITE}")
@pytest.mark.parametrize(("lost", "named"), [("qOverP", "pt"), ("theta", "eta"), ("d0", "d0")])
def test_what_cannot_be_derived_is_refused_from_an_rntuple_by_name(lost, named, tmp_path):
    names = [name for name in LITE if name != f"{PARTICLES}.{lost}"]
    file = copy(PHYSLITE, "CollectionTree", names, tmp_path / "lite.root", lambda name: name.replace(".", ":"))
    line = error_message(
        file, taus(particle_pt=f"{PARTICLES}.pt", particle_eta=f"{PARTICLES}.eta", d0=f"{PARTICLES}.d0")
    )
    assert f"'{PARTICLES}.{named}'" in line


@pytest.mark.skipif(not PHYSLITE.exists(), reason=f"there is no {PHYSLITE}")
def test_an_rntuple_of_atlas_is_drafted_with_its_links(tmp_path):
    file = copy(PHYSLITE, "CollectionTree", LITE, tmp_path / "lite.root", lambda name: name.replace(".", ":"))
    drafted = tmp_path / "card.yaml"
    assert run("draft", file, "--out", drafted) == 0
    dataset = Dataset.load(drafted)
    assert (dataset.layout, dataset.jets, dataset.momentum_unit) == ("physlite", TAUS, "MeV")
    assert dataset.sequences["constituents"].link == {
        "jet": f"{TAUS}.tauTrackLinks",
        "constituent": f"{TRACKS}.trackLinks",
    }
    (jets,) = read(file, dataset)
    assert (len(jets), ak.count(jets[f"{TRACKS}.pt"])) == (143, 179)


@pytest.mark.skipif(not DELPHES.exists(), reason=f"there is no {DELPHES}")
def test_delphes_is_drafted_from_an_rntuple(tmp_path):
    file = write(tmp_path / "delphes.root", "Delphes", in_records(delphes_columns()))
    assert run("draft", file, "--out", tmp_path / "card.yaml") == 0
    dataset = Dataset.load(tmp_path / "card.yaml")
    assert (dataset.layout, dataset.jets) == ("delphes", "Jet")
    assert dataset.sequences["constituents"].link["collections"] == " ".join(OBJECTS)


OBJECTS = ("EFlowTrack", "EFlowPhoton", "EFlowNeutralHadron")


def delphes_columns():
    """The branches that the Delphes card reads, by name."""
    tree = uproot.open(DELPHES)["Delphes"]
    short = {key.rpartition("/")[2]: key for key in tree.iterkeys()}
    names = [f"Jet.{each}" for each in ("PT", "Eta", "Phi", "Mass", "Flavor", "Constituents")] + ["Event.Number"]
    names += [
        f"{each}.{name}" for each in OBJECTS for name in ("fUniqueID", "PT", "ET", "Eta", "Phi", "E", "P", "Mass")
    ]
    names += [f"EFlowTrack.{each}" for each in ("Charge", "D0")]
    return {name: tree[short[name]].array() for name in names if name in short}


def in_records(columns):
    """The same with one field of records per collection."""
    collections = {name.partition(".")[0] for name in columns}
    of = {
        each: {name.partition(".")[2]: name for name in columns if name.startswith(f"{each}.")} for each in collections
    }
    return {
        each: ak.zip({name: columns[column] for name, column in members.items()}, depth_limit=2)
        for each, members in of.items()
    }


@pytest.mark.skipif(not DELPHES.exists(), reason=f"there is no {DELPHES}")
@pytest.mark.parametrize("form", [dict, in_records])
def test_delphes_gives_the_same_jets_from_both(form, tmp_path):
    file = write(tmp_path / "delphes.root", "Delphes", form(delphes_columns()))
    card = Dataset.load(ROOT / "config/datasets/delphes_jets.yaml").model_dump(exclude_none=True)
    card = Dataset.model_validate(card | {"event": ["Event.Number"]})  # not `file`: the contents of the two differ
    assert_same(DELPHES, file, card)


TOY = toy_branches(0, 100)


def in_two_records():
    """Toy jets in an RNTuple of records."""
    lists = {name.removeprefix("c_"): TOY[name] for name in TOY if name.startswith("c_")}
    return {
        "jet": ak.zip({name.removeprefix("jet_"): TOY[name] for name in TOY if name.startswith("jet_")}),
        "c": ak.zip(lists),
        "event": TOY["event"],
        "is_wide": TOY["is_wide"],
    }


def test_jets_in_records_are_those_in_plain_fields(tmp_path):
    plain = write(tmp_path / "plain.root", "jets", TOY)
    records = write(tmp_path / "records.root", "jets", in_two_records())
    card = Dataset.model_validate(DATASET)
    dotted = changed(DATASET, "jet", {name: f"jet.{name}" for name in ("pt", "eta", "phi", "mass")})
    dotted = changed(dotted, "sequences.constituents.extra", {"charge": "c.charge"})
    for name in ("pt", "eta", "phi", "energy"):
        dotted = changed(dotted, f"sequences.constituents.{name}", f"c.{name}")
    (expected,), (found,) = read(plain, card), read(records, Dataset.model_validate(dotted))
    for name in expected.fields:
        assert expected[name].tolist() == found[name.replace("c_", "c.").replace("jet_", "jet.")].tolist()


def test_a_helper_field_of_the_same_name_is_not_taken(tmp_path):
    helper = ak.zip({"jet_pt": ak.Array([[1.0, 2.0]] * 100), "c_pt": ak.Array([[1.0, 2.0]] * 100)})
    file = write(tmp_path / "toy.root", "jets", {"_collection0": helper} | TOY)
    (jets,) = read(file, Dataset.model_validate(DATASET))
    assert np.allclose(jets["jet_pt"], TOY["jet_pt"])
    assert jets["c_pt"].tolist() == TOY["c_pt"].tolist()
    assert run("draft", file, "--out", tmp_path / "card.yaml") == 0
    assert Dataset.load(tmp_path / "card.yaml").jet.pt == "jet_pt"


@pytest.mark.parametrize("form", [dict, lambda _: in_two_records()])
def test_a_name_that_exists_only_elsewhere_is_refused(form, tmp_path):
    file = write(tmp_path / "toy.root", "jets", form(TOY))
    wrong = changed(DATASET, "jet.pt", "pt")
    assert "has no branch" in error_message(file, Dataset.model_validate(wrong))


def test_chunk_size_does_not_matter(tmp_path):
    file = write(tmp_path / "toy.root", "jets", TOY)
    card = Dataset.model_validate(DATASET)
    (at_once,) = read(file, card)
    parts = ak.concatenate(list(read(file, card, step=7)))
    assert all(at_once[name].tolist() == parts[name].tolist() for name in at_once.fields)


@pytest.mark.skipif(not PFNANO.exists(), reason=f"there is no {PFNANO}")
def test_a_file_of_roots_importer_is_drafted_and_ingested(tmp_path):
    card = tmp_path / "card.yaml"
    assert run("draft", PFNANO, "--out", card) == 0
    dataset = Dataset.load(card)
    assert (dataset.layout, dataset.jets, dataset.jet.pt) == ("nanoaod", "FatJet", "FatJet_pt")
    assert dataset.sequences["constituents"].link["constituent"] == "FatJetPFCands_pFCandsIdx"
    (jets,) = read(PFNANO, dataset)
    assert (len(jets), ak.count(jets["PFCands_pt"])) == (24, 1076)
