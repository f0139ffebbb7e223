import os
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from tagwerk.cards.dataset import Dataset
from tagwerk.readers.layouts.edm4hep import entries
from tagwerk.readers.links import Tally
from tagwerk.readers.podio import collection_names, relation_branch
from tests.conftest import changed, jet_records, run, write_card
from tests.readers.layouts.reading import error_message, fields, read

ROOT = Path(__file__).resolve().parents[3]
FILE = Path(os.environ.get("TAGWERK_TEST_DATA", ROOT / "../shared/data")) / "fcc/edm4hep_100_events.root"
SHIPPED = Dataset.load(ROOT / "config/datasets/edm4hep_jets.yaml")
real = pytest.mark.skipif(not FILE.exists(), reason=f"there is no {FILE}")
FORM = {"px": "momentum.x", "py": "momentum.y", "pz": "momentum.z", "energy": "energy"}
CARD = {
    "title": "Toy", "layout": "edm4hep", "files": ["toy.root"], "tree": "events", "jets": "Jet",
    "event": ["EventHeader.eventNumber"], "jet": {name: f"Jet.{each}" for name, each in FORM.items()},
    "classes": [
        {"name": "light", "label": "Light", "color": "#5790fc", "selection": "Jet.type == 0"},
        {"name": "b", "label": "b", "color": "#e42536", "selection": "Jet.type == 5"},
    ],
    "sequences": {
        "constituents": {
            "link": {"jet": "Jet.particles", "collections": "Reco"},
            **{name: f"Jet.particles.{each}" for name, each in FORM.items()},
            "extra": {"charge": "Jet.particles.charge"},
        }
    },
}  # fmt: skip

# Three events with 2, 0 and 1 jets. Of seven links, four lead to Reco (7), one to Photon (3000000000), one to nothing
# (-2), and one is beyond the end of Reco. Energies identify the objects.
RECO, PHOTON = 7, 3_000_000_000
JET_ENERGY = [[30, 20], [], [40]]
RECO_ENERGY = [[10, 11, 12], [20], [30, 31]]
PHOTON_ENERGY = [[100], [], [300, 301]]
BEGIN, END = [[0, 3], [], [1]], [[3, 4], [], [3]]
INDEX = [[2, 0, -2, 0], [], [0, 1, 2]]
IDS = [[RECO, RECO, 4294967294, PHOTON], [], [RECO, RECO, RECO]]


def objects(energy):
    """Massless objects along x with these energies."""
    energy = ak.Array(energy) * np.float32(1)
    zero = energy * 0
    members = {"momentum.x": energy, "momentum.y": zero, "momentum.z": zero, "energy": energy, "charge": zero + 1}
    return {name: ak.values_astype(values, np.float32) for name, values in members.items()}


def integers(values, kind):
    return ak.values_astype(ak.Array(values), kind)


def columns(relation_, ids=IDS, **changes):
    """The toy's branches by name."""
    links = {
        "particles_begin": integers(changes.get("begin", BEGIN), "u4"),
        "particles_end": integers(changes.get("end", END), "u4"),
    }
    none = {
        f"{each}_{at}": integers([[0] * len(jets) for jets in JET_ENERGY], "u4")
        for each in ("clusters", "tracks")
        for at in ("begin", "end")
    }
    jets = {"type": integers([[0, 5], [], [5]], "i4")} | objects(JET_ENERGY) | none | links
    found = {f"Jet.{name}": each for name, each in jets.items()}
    found |= {f"Reco.{name}": each for name, each in objects(RECO_ENERGY).items()}
    found |= {f"Photon.{name}": each for name, each in objects(PHOTON_ENERGY).items()}
    found |= {
        f"{relation_}.index": integers(changes.get("index", INDEX), "i4"),
        f"{relation_}.collectionID": integers(ids, "u4"),
    }
    return found | {"EventHeader.eventNumber": integers([[4], [5], [6]], "i4")}


def in_records(flat):
    """The same with one column of records per collection, whose members may be records."""
    found = {}
    for collection in dict.fromkeys(name.partition(".")[0] for name in flat):
        members = {name.partition(".")[2]: each for name, each in flat.items() if name.startswith(f"{collection}.")}
        inner = {name: each for name, each in members.items() if not name.startswith("momentum.")}
        momentum = {name.partition(".")[2]: each for name, each in members.items() if name.startswith("momentum.")}
        found[collection] = ak.zip(inner | ({"momentum": ak.zip(momentum)} if momentum else {}), depth_limit=2)
    return found


TABLE = {"Reco": RECO, "Photon": PHOTON, "Absent": 9}


def write_tree(path, flat):
    """Write a TTree, without a table of collections: uproot writes no strings there."""
    with uproot.recreate(path) as file:
        file.mktree("events", {name: str(each.type.content) for name, each in flat.items()})
        file["events"].extend(flat)
    return path


def write_tuple(path, flat, table=TABLE, names=("events___idTable", "events_collectionNames")):
    """Write an RNTuple, with the table of newer versions."""
    with uproot.recreate(path) as file:
        file.mkrntuple("events", in_records(flat))
        if table:
            columns_ = {names[0]: ak.Array([list(table.values())]), names[1]: ak.Array([list(table)])}
            if names[0].rpartition(".")[0]:
                record = {name.rpartition(".")[2]: each for name, each in columns_.items()}
                columns_ = {names[0].rpartition(".")[0]: ak.zip(record)}
            file.mkrntuple("podio_metadata", columns_)
    return path


def card(key=None, value=None):
    return Dataset.model_validate(CARD if key is None else changed(CARD, key, value))


def energies(file, dataset=None, tally=None, step=10_000):
    """The energies of each jet's constituents."""
    chunks = list(read(file, dataset or card(), step=step, tally=tally))
    return ak.concatenate([jets["Jet.particles.energy"] for jets in chunks]).tolist()


NAMES = [
    ("events___idTable", "events_collectionNames"),
    ("events___CollectionTypeInfo.collectionID", "events___CollectionTypeInfo.name"),
]


@pytest.mark.parametrize("names", NAMES)
def test_links_lead_to_the_objects_of_their_collection(names, tmp_path):
    file, tally = write_tuple(tmp_path / "toy.root", columns("_Jet_particles"), names=names), Tally()
    assert collection_names(file, "events") == {RECO: "Reco", PHOTON: "Photon", 9: "Absent"}
    assert energies(file, tally=tally) == [[12, 10], [], [31]]
    assert (tally.links["constituents"], tally.dangling["constituents"]) == (6, 3)
    (jets,) = read(file, card())
    assert jets["EventHeader.eventNumber"].tolist() == [4, 4, 6]
    assert jets["Jet.energy"].tolist() == [30, 20, 40]
    records = jet_records(jets, card(), "x")
    assert records.constituents.pt.tolist() == [[12, 10], [], [31]]


def test_several_collections_are_followed(tmp_path):
    file, tally = write_tuple(tmp_path / "toy.root", columns("_Jet_particles")), Tally()
    for both in ("Reco Photon", "Photon Reco"):
        assert energies(file, card("sequences.constituents.link.collections", both), tally) == [[12, 10], [100], [31]]
    assert (tally.links["constituents"], tally.dangling["constituents"]) == (12, 4)
    assert energies(file, card("sequences.constituents.link.collections", "Photon")) == [[], [100], []]


@pytest.mark.parametrize("step", [1, 2, 10])
def test_chunk_size_does_not_matter(step, tmp_path):
    file = write_tuple(tmp_path / "toy.root", columns("_Jet_particles"))
    both = card("sequences.constituents.link.collections", "Reco Photon")
    found = []
    for jets in read(file, both, step=step):
        found += jets["Jet.particles.energy"].tolist()
    assert found == [[12, 10], [100], [31]]


def test_signed_collection_ids_are_read_as_unsigned(tmp_path):
    table = {name: number - 2**32 if number >= 2**31 else number for name, number in TABLE.items()}
    file = write_tuple(tmp_path / "toy.root", columns("_Jet_particles"), table=table)
    assert energies(file, card("sequences.constituents.link.collections", "Reco Photon")) == [[12, 10], [100], [31]]


@pytest.mark.parametrize("names", ["_Jet_particles", "Jet#2"])
def test_branches_of_older_and_newer_versions_are_read_from_trees(names, tmp_path):
    alone = [[RECO, RECO, 4294967294, RECO], [], [RECO, RECO, RECO]]
    file, tally = write_tree(tmp_path / "toy.root", columns(names, alone)), Tally()
    assert energies(file, tally=tally) == [[12, 10], [10], [31]]
    assert (tally.links["constituents"], tally.dangling["constituents"]) == (6, 2)


def test_without_a_table_several_collections_are_refused(tmp_path):
    file = write_tree(tmp_path / "toy.root", columns("_Jet_particles"))
    assert "'Jet.particles' leads to several collections, and no table names them" in error_message(file, card())
    assert "no table names them" in error_message(file, card(), step=1)
    both = card("sequences.constituents.link.collections", "Reco Photon")
    assert "the file has no table of collections; name only one" in error_message(file, both)


@pytest.mark.parametrize(
    ("key", "value", "part"),
    [
        ("jets", "Jets", "there is no collection 'Jets'; did you mean 'Jet'?"),
        ("sequences.constituents.link.collections", "Recoo", "there is no collection 'Recoo'; did you mean 'Reco'?"),
        ("sequences.constituents.link.collections", "Absent", "'Absent."),
        ("sequences.constituents.link.collections", None, "key 'link.collections' is missing"),
        ("sequences.constituents.link.jet", "Jet.particle", "is not a relation; did you mean 'Jet.particles'?"),
        ("sequences.constituents.link.jet", "Reco.particles", "is not in the jet collection 'Jet'"),
        ("sequences.constituents.energy", "Reco.energy", "'Reco.energy' is not in 'Jet.particles'"),
        ("sequences.constituents.energy", "Jet.particles.enrgy", "'Reco.enrgy'"),
        ("jet.energy", "Jet.enrgy", "'Jet.enrgy'; did you mean 'Jet.energy'?"),
    ],
)  # fmt: skip
def test_a_card_that_does_not_fit_is_refused_by_name(key, value, part, tmp_path):
    file = write_tuple(tmp_path / "toy.root", columns("_Jet_particles"))
    assert part in error_message(file, card(key, value))


def test_links_that_all_lead_elsewhere_are_refused_with_their_target(tmp_path):
    elsewhere = [[PHOTON] * 4, [], [PHOTON] * 3]
    file = write_tuple(tmp_path / "toy.root", columns("_Jet_particles", elsewhere))
    assert "'Jet.particles' leads to Photon, not to Reco" in error_message(file, card())


@pytest.mark.parametrize(
    "changes", [{"end": [[3, 5], [], [3]]}, {"begin": [[4, 3], [], [1]]}, {"end": [[3, 4], [], [300]]}]
)
def test_ranges_beyond_the_links_are_refused(changes, tmp_path):
    file = write_tuple(tmp_path / "toy.root", columns("_Jet_particles", **changes))
    assert "extend beyond the end of '_Jet_particles'" in error_message(file, card())


def test_relations_of_older_versions_are_numbered_after_the_vector_members():
    known = [f"Track.{each}_begin" for each in ("hits", "states", "trackerHits", "tracks")] + ["Track_0", "Track_1"]
    assert relation_branch("Track.tracks", known) == "Track#1"
    known = [f"Jet.{each}_begin" for each in ("clusters", "tracks", "particles")]
    assert relation_branch("Jet.particles", known) == "Jet#2"


@pytest.mark.parametrize("with_table", [True, False])
def test_toys_are_drafted_and_ingested(with_table, tmp_path):
    alone = IDS if with_table else [[RECO] * 4, [], [RECO] * 3]
    file = write_tuple(
        tmp_path / "toy.root",
        columns("_Jet_particles", alone, index=[[2, 0, -2, 0], [], [0, 1, 1]]),
        table=TABLE if with_table else {},
    )
    drafted = tmp_path / "card.yaml"
    assert run("draft", file, "--out", drafted) == 0
    text = drafted.read_text(encoding="utf-8")
    assert Dataset.load(drafted).sequences["constituents"].link["collections"] == (
        "Reco Photon" if with_table else "Reco"
    )
    assert ("has no table of collection ids" in text) != with_table


@real
def test_jets_of_a_real_file():
    tally = Tally()
    (jets,) = read(FILE, SHIPPED, tally=tally)
    assert entries(FILE, SHIPPED) == 100
    assert set(ak.fields(jets)) == fields(SHIPPED)
    assert (len(jets), ak.count(jets["Jet.particles.energy"])) == (516, 1367)
    assert (tally.links["constituents"], tally.dangling["constituents"]) == (1367, 0)
    # Delphes scales jets up from the sum of their particles, by 1.08 where nothing else is in them.
    share = ak.sum(jets["Jet.particles.energy"], axis=1) / jets["Jet.energy"]
    assert float(np.median(share)) == pytest.approx(0.92, abs=0.01)
    assert ak.all(share < 1 / 1.08 + 1e-4)


@real
def test_jets_have_the_constituents_of_a_plain_loop():
    (jets,) = read(FILE, SHIPPED)
    tree = uproot.open(FILE)["events"]
    names = ["Jet/Jet.particles_begin", "Jet/Jet.particles_end", "Jet#2/Jet#2.index"]
    names += ["ReconstructedParticles/ReconstructedParticles.energy"]
    expected = []
    for begins, ends, index, energy in zip(*(tree[name].array().tolist() for name in names), strict=True):
        expected += [[energy[at] for at in index[begin:end]] for begin, end in zip(begins, ends, strict=True)]
    assert jets["Jet.particles.energy"].tolist() == expected


@real
def test_the_same_jets_come_from_an_rntuple(tmp_path):
    tree = uproot.open(FILE)["events"]
    names = [*(f"Jet.{each}" for each in ("energy", "momentum.x", "momentum.y", "momentum.z"))]
    names += [
        f"Jet.{each}_{at}" for each in ("clusters", "tracks", "particles", "particleIDs") for at in ("begin", "end")
    ]
    names += ["Jet#2.index", "Jet#2.collectionID"]
    names += [
        f"ReconstructedParticles.{each}" for each in ("energy", "momentum.x", "momentum.y", "momentum.z", "charge")
    ]
    flat = {name: tree[f"{name.partition('.')[0]}/{name}"].array() for name in names}
    file = write_tuple(tmp_path / "fcc.root", flat, {"ReconstructedParticles": 7, "ParticleIDs": 11})
    shipped = SHIPPED.model_copy(update={"event": ["row"]})
    (expected,), (found,) = read(FILE, shipped), read(file, shipped)
    assert all(found[name].tolist() == expected[name].tolist() for name in expected.fields)


@real
def test_a_real_file_is_drafted_checked_and_ingested(tmp_path):
    drafted = tmp_path / "card.yaml"
    assert run("draft", FILE, "--out", drafted) == 0
    values = Dataset.load(drafted).model_dump(exclude_none=True)
    assert values["sequences"]["constituents"]["link"] == {
        "jet": "Jet.particles",
        "collections": "ReconstructedParticles",
    }
    classes = [
        each | {"files": [], "selection": cut}
        for each, cut in zip(values["classes"], ("Jet.energy < 5", "Jet.energy >= 5"), strict=True)
    ]
    path = write_card(drafted, values | {"files": [str(FILE)], "classes": classes})
    assert run("check", path, FILE) == 0
    assert run("ingest", path, FILE, "--out", tmp_path / "out") == 0
