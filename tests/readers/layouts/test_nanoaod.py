import itertools
import os
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot
from hypothesis import given, settings
from hypothesis import strategies as st

from tagwerk.cards.dataset import Dataset
from tagwerk.readers.layouts.nanoaod import entries
from tagwerk.readers.links import Tally
from tests.conftest import changed, jet_records
from tests.readers.layouts.reading import error_message, fields, read

ROOT = Path(__file__).resolve().parents[3]
FILE = Path(os.environ.get("TAGWERK_TEST_DATA", ROOT / "../shared/data")) / "cms/nano_tt_v15.root"
FATJETS = Dataset.load(ROOT / "config/datasets/nanoaod_fatjets.yaml")
TAUS = Dataset.load(ROOT / "config/datasets/nanoaod_taus.yaml")
real = pytest.mark.skipif(not FILE.exists(), reason=f"there is no {FILE}")

CARD = {
    "title": "Toy", "layout": "nanoaod", "files": ["toy.root"], "tree": "Events", "jets": "FatJet", "event": ["event"],
    "jet": {"pt": "FatJet_pt", "eta": "FatJet_eta", "phi": "FatJet_phi", "mass": "FatJet_mass"},
    "classes": [
        {"name": "light", "label": "Light", "color": "#5790fc", "selection": "FatJet_flavour == 0"},
        {"name": "b", "label": "b", "color": "#e42536", "selection": "FatJet_flavour == 5"},
    ],
    "sequences": {
        "constituents": {
            "link": {"jet": "FatJetPFCand_jetIdx", "constituent": "FatJetPFCand_pfCandIdx"},
            "pt": "PFCand_pt", "eta": "PFCand_eta", "phi": "PFCand_phi", "mass": "PFCand_mass",
            "extra": {"weight": "FatJetPFCand_weight"},
        }
    },
}  # fmt: skip

# Four events with 2, 0, 1 and 1 jets. Of nine links, four dangle: jets -1 and 2, constituents 3 and -1.
_TOY = {
    "FatJet_pt": [[200, 300], [], [400], [500]],
    "FatJet_flavour": [[0, 5], [], [5], [0]],
    "FatJetPFCand_jetIdx": [[1, 0, 1, -1, 2], [], [0, 0, 0], [0]],
    "FatJetPFCand_pfCandIdx": [[0, 1, 2, 0, 1], [], [3, 0, -1], [0]],
    "FatJetPFCand_weight": [[0.1, 0.2, 0.3, 0.4, 0.5], [], [0.6, 0.7, 0.8], [0.9]],
    "PFCand_pt": [[10, 20, 30], [40], [50, 60, 70], [80]],
    "PFCand_pdgId": [[22, 211, -13], [130], [-211, 11, 1], [10211]],
}


def write_nano(file, tables, events):
    """Write tables; variables of jets and candidates that are not given are set to their pT."""
    columns = {
        f"{collection}_{name}": tables[f"{collection}_pt"]
        for collection, names in {"FatJet": ("eta", "phi", "mass"), "PFCand": ("eta", "phi")}.items()
        for name in names
    } | tables
    for name, like in {"FatJet_flavour": "FatJet_pt", "PFCand_pdgId": "PFCand_pt"}.items():
        columns.setdefault(name, [[0] * len(each) for each in tables[like]])
    columns.setdefault("FatJetPFCand_weight", tables["FatJetPFCand_jetIdx"])
    kinds = {name: "var * int32" if "Idx" in name or "Id" in name else "var * float32" for name in columns}
    with uproot.recreate(file) as root:
        root.mktree("Events", {"event": np.dtype(np.uint64)} | kinds)
        values = {
            name: ak.unflatten(
                np.array([value for each in lists for value in each], kinds[name][6:]), list(map(len, lists))
            )
            for name, lists in columns.items()
        }
        root["Events"].extend({"event": np.arange(7, 7 + events, dtype=np.uint64)} | values)
    return file


@pytest.fixture
def toy(tmp_path):
    return write_nano(tmp_path / "toy.root", _TOY, 4)


def test_links_are_followed_and_dangling_ones_dropped(toy):
    card, tally = Dataset.model_validate(CARD), Tally()
    (jets,) = read(toy, card, tally=tally)
    assert set(ak.fields(jets)) == fields(card)
    assert jets.event.tolist() == [7, 7, 9, 10]
    assert jets.FatJet_pt.tolist() == [200, 300, 400, 500]
    assert jets.PFCand_pt.tolist() == [[20], [10, 30], [50], [80]]
    assert np.allclose(ak.flatten(jets.FatJetPFCand_weight), [0.2, 0.1, 0.3, 0.7, 0.9])
    assert jets.row.tolist() == [0, 0, 2, 3]
    assert (tally.links["constituents"], tally.dangling["constituents"]) == (9, 4)


def test_a_missing_mass_is_that_of_the_particle(toy):
    (jets,) = read(toy, Dataset.model_validate(CARD))
    assert np.allclose(ak.flatten(jets.PFCand_mass), [0.13957, 0, 0.105658, 0.13957, 0.13957])


@pytest.mark.parametrize("step", [1, 2, 3])
def test_chunk_size_does_not_matter_even_if_a_chunk_has_no_jet(toy, step):
    card, tally = Dataset.model_validate(CARD), Tally()
    parts = list(read(toy, card, step, tally))
    assert ak.array_equal(ak.concatenate(parts), next(read(toy, card)))
    assert (tally.links["constituents"], tally.dangling["constituents"]) == (9, 4)


def test_a_constituent_stays_with_its_jet_after_a_selection(toy):
    card = Dataset.model_validate(CARD | {"selection": "FatJet_pt > 250 and FatJet_flavour == 5"})
    (jets,) = read(toy, card)
    records = jet_records(jets, card, "toy")
    assert records.jet.pt.tolist() == [300, 400]
    assert records.constituents.pt.tolist() == [[30, 10], [50]]


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("jets", None, "needs the key 'jets'"),
        ("jets", "FatJets", "no collection 'FatJets'; did you mean 'FatJet'?"),
        ("sequences.constituents.link", {}, "sequence 'constituents': key 'link.jet' is missing"),
        ("sequences.constituents.link.jets", "x", "unknown key 'link.jets'; did you mean 'jet'?"),
        ("sequences.constituents.link.constituent", None, "'PFCand_mass' is not reached by 'link'"),
        ("sequences.constituents.link.jet", "FatJetPFCand_jetIndex", "did you mean 'FatJetPFCand_jetIdx'?"),
        ("sequences.constituents.link.jet", "FatJetPFCand_weight", "not indices"),
        ("sequences.constituents.link.jet", "Tau_jetIdx", "are of two tables"),
        ("jet.pt", "PFCand_ptt", "has no branch 'PFCand_ptt'; did you mean 'PFCand_pt'?"),
        ("selection", "PFCand_pdgId > 0", "'PFCand_pdgId' holds a list per event"),
    ],
)
def test_a_mistake_is_named(toy, key, value, line):
    assert line in error_message(toy, Dataset.model_validate(changed(CARD | {"selection": "event > 0"}, key, value)))


def test_a_branch_in_two_sequences_is_refused(toy):
    again = CARD["sequences"] | {"again": CARD["sequences"]["constituents"]}
    assert "is in the sequences 'constituents' and 'again'" in error_message(
        toy, Dataset.model_validate(CARD | {"sequences": again})
    )


@real
def test_fat_jets_of_a_real_file():
    (jets,) = read(FILE, FATJETS)
    assert entries(FILE, FATJETS) == 200
    assert (len(jets), ak.count(jets.PFCand_pt)) == (64, 2374)
    assert ak.num(jets.PFCand_pt)[:5].tolist() == [44, 26, 0, 54, 32]
    assert jets.FatJet_pt[:5].tolist() == [236.375, 192.875, 206.625, 244.125, 208.375]
    assert jets.event[:2].tolist() == [69374558] * 2


@real
def test_fat_jets_have_the_constituents_of_a_plain_loop():
    (jets,) = read(FILE, FATJETS)
    expected = []
    for event in uproot.open(FILE)["Events"].arrays(
        ["nFatJet", "FatJetPFCand_jetIdx", "FatJetPFCand_pfCandIdx", "PFCand_pt"]
    ):
        of = list(zip(event.FatJetPFCand_jetIdx.tolist(), event.FatJetPFCand_pfCandIdx.tolist(), strict=True))
        pt = event.PFCand_pt.tolist()
        expected += [[pt[candidate] for jet, candidate in of if jet == number] for number in range(event.nFatJet)]
    assert jets.PFCand_pt.tolist() == expected


@real
def test_taus_of_a_real_file():
    (jets,) = read(FILE, TAUS)
    assert (len(jets), ak.count(jets.TauProd_pt)) == (176, 663)
    assert jets.TauProd_pt[1].tolist() == [33.84375, 11.765625, 3.080078125]
    assert jets.TauProd_pdgId[1].tolist() == [211, -211, 22]
    assert np.allclose(jets.TauProd_mass[1], [0.13957, 0.13957, 0])
    assert ak.all(jets.Tau_genPartFlav == 0)


@real
def test_fat_jets_become_records_that_add_up():
    (jets,) = read(FILE, FATJETS)
    records = jet_records(jets, FATJETS, "nano")
    assert np.bincount(records.label).tolist() == [29, 33]
    filled = records[ak.num(records.constituents.pt) > 0]
    shares = ak.to_numpy(ak.sum(filled.constituents.pt, axis=1) / filled.jet.pt)
    assert 0.9 < np.median(shares) < 1.2


EVENTS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(0, 5),
        st.lists(st.tuples(st.integers(-1, 4), st.integers(-1, 6)), max_size=8),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=20)
@given(EVENTS, st.integers(1, 7))
def test_whatever_the_links_each_jet_has_the_constituents_of_a_plain_loop(tmp_path_factory, events, step):
    """Jets and candidates of each event, and a table of links, some of which dangle."""
    number = itertools.count()
    columns = {name: [] for name in ("FatJet_pt", "PFCand_pt", "FatJetPFCand_jetIdx", "FatJetPFCand_pfCandIdx")}
    expected, links, kept = [], 0, 0
    for jets, candidates, table in events:
        values = {"FatJet": [next(number) for _ in range(jets)], "PFCand": [next(number) for _ in range(candidates)]}
        columns["FatJet_pt"].append(values["FatJet"])
        columns["PFCand_pt"].append(values["PFCand"])
        columns["FatJetPFCand_jetIdx"].append([jet for jet, _ in table])
        columns["FatJetPFCand_pfCandIdx"].append([candidate for _, candidate in table])
        for jet, pt in enumerate(values["FatJet"]):
            reached = [values["PFCand"][each] for of, each in table if of == jet and 0 <= each < candidates]
            expected.append((pt, reached))
            kept += len(reached)
        links += len(table)
    card, tally = Dataset.model_validate(CARD), Tally()
    file = write_nano(tmp_path_factory.mktemp("nano") / "toy.root", columns, len(events))
    found = ak.concatenate(list(read(file, card, step, tally)))
    assert list(zip(found.FatJet_pt.tolist(), found.PFCand_pt.tolist(), strict=True)) == expected
    assert (tally.links["constituents"], tally.dangling["constituents"]) == (links, links - kept)
