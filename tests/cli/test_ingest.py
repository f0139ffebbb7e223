from functools import partial

import awkward as ak
import pytest

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.split import SPLITS
from tagwerk.jets.identity import jet_identity
from tagwerk.jets.ragged import Ragged
from tagwerk.jets.topologies import TOPOLOGIES
from tagwerk.jets.trees import build_trees
from tagwerk.readers import layout, reading
from tagwerk.records.store import read_records
from tests.conftest import DATASET, changed, run, write_card


def test_a_bad_card_is_refused_in_one_line_with_status_two(config, failed):
    write_card(config.card, changed(DATASET, "sequences.constituents.max_lenght", 5))
    line = failed("ingest", config.card, config.files[0], "--out", config.parts[0])
    assert line == (
        f"tagwerk: {config.card}: unknown key 'max_lenght' (value 5); did you mean 'max_length'? "
        "(in 'sequences.constituents')"
    )
    assert not config.parts[0].exists()


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("selection", "jet_pt < 0", "no jet passes the selections"),
        ("jet.mass", "jet_mas", "no branch 'jet_mas'; did you mean 'jet_mass'?"),
        ("tree", "jet", "there is no tree 'jet'; did you mean 'jets'?"),
    ],
)
def test_ingest_names_the_file_that_does_not_fit_the_card(toy, tmp_path, failed, key, value, message):
    card = write_card(tmp_path / "toy.yaml", changed(DATASET, key, value))
    line = failed("ingest", card, toy.files[0], "--out", tmp_path / "part")
    assert line.startswith(f"tagwerk: {toy.files[0]}")
    assert message in line
    assert [path.name for path in tmp_path.iterdir()] == ["toy.yaml"]


def test_a_jet_of_two_classes_is_reported_with_the_card(toy, tmp_path, failed):
    overlapping = [jet_class | {"selection": "jet_pt > 0"} for jet_class in DATASET["classes"]]
    card = write_card(tmp_path / "toy.yaml", changed(DATASET, "classes", overlapping))
    line = failed("ingest", card, toy.files[0], "--out", tmp_path / "part")
    assert "narrow and wide" in line
    assert str(card) in line


@pytest.fixture(scope="module")
def with_trees(toy, tmp_path_factory):
    """A toy card with every tree over the eight hardest constituents, and the part ingested with it."""
    folder = tmp_path_factory.mktemp("with_trees")
    constituents = DATASET["sequences"]["constituents"] | {"trees": list(TOPOLOGIES), "max_length": 8}
    card = write_card(folder / "toy.yaml", changed(DATASET, "sequences.constituents", constituents))
    assert run("ingest", card, toy.files[0], "--out", folder / "toy_0") == 0
    return card, folder / "toy_0"


def test_trees_are_over_the_constituents_that_are_kept(with_trees):
    card, part = with_trees
    records = ak.concatenate([read_records(part, piece) for piece in SPLITS])
    values = {name: ak.to_numpy(ak.flatten(records.constituents[name])) for name in ("pt", "eta", "phi", "energy")}
    constituents = Ragged(values, ak.to_numpy(ak.num(records.constituents)))
    assert constituents.counts.max() == 8
    jet = {name: ak.to_numpy(records.jet[name]) for name in ("pt", "eta", "phi")}
    identity = jet_identity(ak.to_numpy(records.event), jet)
    for name, (_, topology) in Dataset.load(card).trees().items():
        assert records[name].tolist() == build_trees(constituents, topology, identity).lists().tolist()


def test_reading_in_chunks_gives_the_same_records(toy, with_trees, tmp_path, monkeypatch):
    card, unchunked = with_trees
    monkeypatch.setattr(reading, "read", partial(layout.read, step=7))
    assert run("ingest", card, toy.files[0], "--out", tmp_path / "toy_0") == 0
    for piece in SPLITS:
        records, expected = read_records(tmp_path / "toy_0", piece), read_records(unchunked, piece)
        assert records.fields == expected.fields
        assert records.tolist() == expected.tolist()
