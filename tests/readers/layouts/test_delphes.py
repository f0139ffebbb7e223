import os
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from tagwerk.cards.dataset import Dataset
from tagwerk.errors import UserError
from tagwerk.readers.layouts.delphes import _values, entries
from tagwerk.readers.links import Tally
from tests.conftest import changed, jet_records
from tests.readers.layouts.reading import fields, read

ROOT = Path(__file__).resolve().parents[3]
FILE = Path(os.environ.get("TAGWERK_TEST_DATA", ROOT / "../shared/data")) / "delphes/delphes_10_events.root"
CARD = Dataset.load(ROOT / "config/datasets/delphes_jets.yaml")
VALUES = CARD.model_dump(exclude_none=True)
COLLECTIONS = {"EFlowTrack": "PT", "EFlowPhoton": "ET", "EFlowNeutralHadron": "ET"}
real = pytest.mark.skipif(not FILE.exists(), reason=f"there is no {FILE}")


def test_missing_variables_are_computed_from_others():
    columns = {"fUniqueID": 1, "PT": 3.0, "Eta": 0.0}
    track = {f"Track.{name}": ak.Array([[value]]) for name, value in columns.items()}
    towers = ak.zip({"Tower.fUniqueID": ak.Array([[1]]), "Tower.ET": ak.Array([[2.0]])}, depth_limit=1)
    bare = ak.zip(track, depth_limit=1)
    heavy = ak.zip(track | {"Track.Mass": ak.Array([[4.0]])}, depth_limit=1)
    assert _values(towers, "Tower", "PT").tolist() == [[2]]
    assert _values(towers, "Tower", "Charge").tolist() == [[0]]
    assert _values(bare, "Track", "E").tolist() == [[3]]
    assert _values(heavy, "Track", "E").tolist() == [[5]]


@real
def test_jets_of_a_real_file():
    tally = Tally()
    (jets,) = read(FILE, CARD, tally=tally)
    assert entries(FILE, CARD) == 10
    assert set(ak.fields(jets)) == fields(CARD)
    assert (len(jets), ak.count(jets["Jet.Constituents.PT"])) == (60, 636)
    assert ak.num(jets["Jet.Constituents.PT"])[:8].tolist() == [6, 15, 6, 10, 10, 8, 9, 9]
    assert np.allclose(jets["Jet.PT"][:3], [68.99266, 65.33150, 52.26371])
    assert jets["Event.Number"][:9].tolist() == [0] * 8 + [1]
    assert (tally.links["constituents"], tally.dangling["constituents"]) == (636, 0)


@real
def test_jets_have_the_constituents_of_a_plain_loop():
    (jets,) = read(FILE, CARD)
    tree = uproot.open(FILE)["Delphes"]
    references = tree["Jet.Constituents"].array().refs.tolist()
    expected = []
    for event, of_event in enumerate(references):
        pt = {}
        for collection, name in COLLECTIONS.items():
            identities = tree[f"{collection}.fUniqueID"].array()[event].tolist()
            pt |= dict(zip(identities, tree[f"{collection}.{name}"].array()[event].tolist(), strict=True))
        expected += [[pt[reference] for reference in jet] for jet in of_event]
    assert jets["Jet.Constituents.PT"].tolist() == expected


@real
def test_the_number_of_charged_constituents_is_that_of_delphes():
    (jets,) = read(FILE, CARD)
    charged = ak.sum(jets["Jet.Constituents.Charge"] != 0, axis=1)
    assert charged.tolist() == ak.flatten(uproot.open(FILE)["Delphes"]["Jet.NCharged"].array()).tolist()


@real
@pytest.mark.parametrize("step", [1, 3])
def test_chunk_size_does_not_matter(step):
    assert ak.array_equal(ak.concatenate(list(read(FILE, CARD, step))), next(read(FILE, CARD)))


@real
def test_references_to_collections_left_out_dangle():
    card = changed(VALUES, "sequences.constituents.link.collections", "EFlowTrack")
    tally = Tally()
    (jets,) = read(FILE, Dataset.model_validate(card), tally=tally)
    assert ak.count(jets["Jet.Constituents.PT"]) == 241
    assert (tally.links["constituents"], tally.dangling["constituents"]) == (636, 395)


@real
def test_a_constituent_stays_with_its_jet_after_a_selection():
    card = Dataset.model_validate(VALUES | {"selection": "Jet.PT > 40 and Jet.Eta > 0"})
    (jets,) = read(FILE, card)
    records = jet_records(jets, card, "delphes")
    assert 0 < len(records) < 48
    eta = ak.sum(records.constituents.eta * records.constituents.pt, axis=1) / ak.sum(records.constituents.pt, axis=1)
    assert np.all(np.abs(eta - records.jet.eta) < 0.2)


@real
@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("jets", None, "needs the key 'jets'"),
        ("jets", "Jets", "no collection 'Jets'; did you mean 'Jet'?"),
        ("jet.pt", "Jet.PTT", "has no branch 'Jet.PTT'; did you mean"),
        ("sequences.constituents.link.collections", None, "key 'link.collections' is missing"),
        ("sequences.constituents.link.collections", "EFlowTracks", "'EFlowTracks'; did you mean 'EFlowTrack'?"),
        ("sequences.constituents.link.jet", "Jet.PT", "is not in 'Jet.PT'"),
        ("sequences.constituents.link.jet", "GenJet.Constituents", "is not in the jet collection 'Jet'"),
        ("sequences.constituents.energy", "EFlowTrack.P", "'EFlowTrack.P' is not in 'Jet.Constituents'"),
        ("sequences.constituents.energy", "Jet.Constituents.Ee", "has 'Ee'; did you mean 'Eem'?"),
        ("selection", "EFlowTrack.PT > 0", "holds a list per event"),
    ],
)
def test_a_mistake_is_named(key, value, line):
    with pytest.raises(UserError) as mistake:
        list(read(FILE, Dataset.model_validate(changed(VALUES, key, value))))
    assert str(mistake.value).startswith(f"{FILE}: ")
    assert line in str(mistake.value)
    assert "\n" not in str(mistake.value)
