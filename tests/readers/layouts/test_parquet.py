import os
from pathlib import Path

import awkward as ak
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tagwerk.cards.dataset import Dataset
from tagwerk.readers.layouts.parquet import entries
from tests.conftest import DATASET, changed, jet_records, run, toy_branches, write_card, write_root
from tests.readers.layouts.reading import error_message, fields, read

ROOT = Path(__file__).resolve().parents[3]
FILE = Path(os.environ.get("TAGWERK_TEST_DATA", ROOT / "../shared/data")) / "jetclass/JetClassII_example.parquet"
JETCLASS2 = Dataset.load(ROOT / "config/datasets/jetclass2.yaml")
real = pytest.mark.skipif(not FILE.exists(), reason=f"there is no {FILE}")
CARD = DATASET | {"layout": "parquet"}
TOY = toy_branches(0, 100)
LISTS = [name for name in TOY if name.startswith("c_")]


def table(**columns):
    """Toy jets as plain columns; None drops a column."""
    plain = {
        name: ak.to_arrow(each, extensionarray=False) if name in LISTS else pa.array(each) for name, each in TOY.items()
    }
    return pa.table({name: each for name, each in (plain | columns).items() if each is not None})


def write(path, columns=None, **options):
    pq.write_table(table() if columns is None else columns, path, **options)
    return path


def card(key=None, value=None):
    return Dataset.model_validate(CARD if key is None else changed(CARD, key, value))


def assert_toy(file, dataset=None, name=lambda name: name):
    found = ak.concatenate(list(read(file, dataset or card(), step=30)))
    for each in ("event", "is_wide", "jet_pt", *LISTS):
        assert found[name(each)].tolist() == TOY[each].tolist(), each


@pytest.mark.parametrize("options", [{}, {"row_group_size": 7}, {"compression": "zstd", "use_dictionary": False}])
def test_jets_are_those_that_were_written(options, tmp_path):
    file = write(tmp_path / "toy.parquet", **options)
    assert entries(file, card()) == 100
    assert_toy(file)


def test_the_same_jets_come_from_root_and_parquet(tmp_path):
    root = write_root(tmp_path / "toy.root", TOY)
    (from_root,) = read(root, Dataset.model_validate(DATASET))
    (from_parquet,) = read(write(tmp_path / "toy.parquet"), card())
    expected, found = (jet_records(jets, card(), "x") for jets in (from_root, from_parquet))
    assert found.tolist() == expected.tolist()


def test_chunks_are_no_larger_than_the_step_whatever_the_row_groups(tmp_path):
    for size in (7, 100):
        file = write(tmp_path / "toy.parquet", row_group_size=size)
        lengths = [len(jets) for jets in read(file, card(), step=30)]
        assert sum(lengths) == 100
        assert max(lengths) <= 30
        rows = ak.concatenate([jets["row"] for jets in read(file, card(), step=30)])
        assert rows.tolist() == list(range(100))


def kinds():
    lists = {name: table().column(name).combine_chunks() for name in LISTS}
    number = table().column("is_wide")
    yield "large lists", {name: each.cast(pa.large_list(pa.float32())) for name, each in lists.items()}
    yield "doubles", {name: each.cast(pa.list_(pa.float64())) for name, each in lists.items()}
    yield "half precision", {"c_charge": lists["c_charge"].cast(pa.list_(pa.float16()))}
    yield "booleans", {"is_wide": number.cast(pa.bool_())}
    yield "unsigned", {"is_wide": number.cast(pa.uint8()), "event": table().column("event").cast(pa.uint64())}


@pytest.mark.parametrize("columns", [pytest.param(columns, id=name) for name, columns in kinds()])
def test_every_kind_of_number_is_read(columns, tmp_path):
    assert_toy(write(tmp_path / "toy.parquet", table(**columns)))


def test_a_selection_drops_the_padding_of_fixed_length_lists(tmp_path):
    padded = {name: ak.to_numpy(ak.fill_none(ak.pad_none(TOY[name], 15, clip=True), 0)) for name in LISTS}
    fixed = {name: pa.FixedSizeListArray.from_arrays(pa.array(each.ravel()), 15) for name, each in padded.items()}
    file = write(tmp_path / "toy.parquet", table(**fixed), row_group_size=13)
    (padded_jets,) = read(file, card())
    assert set(ak.num(padded_jets.c_pt).tolist()) == {15}
    records = jet_records(padded_jets, card("sequences.constituents.selection", "pt > 0"), "x")
    assert ak.num(records.constituents).tolist() == ak.num(TOY["c_pt"]).tolist()
    assert np.allclose(ak.flatten(records.constituents.pt), ak.flatten(ak.sort(TOY["c_pt"], ascending=False)))


def in_records(of_lists):
    """Toy jets in columns of records, their constituents in a list of records or a record of lists."""
    jet = {name.removeprefix("jet_"): each for name, each in TOY.items() if name.startswith("jet_")}
    c = ak.zip({name.removeprefix("c_"): TOY[name] for name in LISTS}, depth_limit=1 if of_lists else 2)
    return ak.zip({"event": TOY["event"], "is_wide": TOY["is_wide"], "jet": ak.zip(jet), "c": c}, depth_limit=1)


@pytest.mark.parametrize("of_lists", [True, False])
@pytest.mark.parametrize("extension", [True, False])
def test_fields_of_records_have_names_with_dots(of_lists, extension, tmp_path):
    file = tmp_path / "toy.parquet"
    ak.to_parquet(in_records(of_lists), file, extensionarray=extension)
    dotted = changed(CARD, "jet", {name: f"jet.{name}" for name in ("pt", "eta", "phi", "mass")})
    names = {name: f"c.{name}" for name in ("pt", "eta", "phi", "energy")}
    dotted = changed(dotted, "sequences.constituents", names | {"extra": {"charge": "c.charge"}})
    assert_toy(file, Dataset.model_validate(dotted), lambda name: name.replace("jet_", "jet.").replace("c_", "c."))


@pytest.mark.parametrize("name", ["c.pt", "c pt", "c-pt", "größe", "a/b", "c:pt"])
def test_column_names_are_used_as_they_are(name, tmp_path):
    columns = table().rename_columns([name if each == "c_pt" else each for each in table().column_names])
    (jets,) = read(write(tmp_path / "toy.parquet", columns), card("sequences.constituents.pt", name))
    assert jets[name].tolist() == TOY["c_pt"].tolist()


@pytest.mark.parametrize(
    ("name", "column", "kind"),
    [
        ("is_wide", pa.array(["no", "yes"] * 50), "string"),
        ("is_wide", pa.array(["no", "yes"] * 50).dictionary_encode(), "dictionary<values=string"),
        ("is_wide", pa.array([["no"], ["yes"]] * 50), "string"),
        ("jet_pt", pa.array([b"x"] * 100), "binary"),
        ("jet_pt", pa.nulls(100), "null"),
        ("event", pa.array(range(100), pa.timestamp("us")), "timestamp[us]"),
        ("c_pt", pa.array([["x"]] * 100), "string"),
    ],
)
def test_a_column_that_is_not_numeric_is_refused_by_name_and_type(name, column, kind, tmp_path):
    line = error_message(write(tmp_path / "toy.parquet", table(**{name: column})), card())
    assert f"column '{name}' holds {kind}" in line


def test_columns_that_are_not_read_need_not_be_numeric(tmp_path):
    more = {"text": pa.array(["x"] * 100), "absent": pa.array([None] * 100, pa.float32())}
    assert_toy(write(tmp_path / "toy.parquet", table(**more)))


def holes():
    lists = TOY["c_pt"].tolist()
    number = TOY["jet_pt"].tolist()
    yield (
        "jet_pt",
        [None if at in (17, 18, 90) else each for at, each in enumerate(number)],
        "3 of 100 rows, first in row 17",
    )
    yield "c_pt", [None if at in (17, 90) else each for at, each in enumerate(lists)], "2 of 100 rows, first in row 17"
    yield (
        "c_pt",
        [[None, *each[1:], None] if at == 99 else each for at, each in enumerate(lists)],
        "1 of 100 rows, first in row 99",
    )
    yield "c_pt", [[None] if at < 50 else each for at, each in enumerate(lists)], "50 of 100 rows, first in row 0"


@pytest.mark.parametrize(("name", "values", "rows"), list(holes()))
@pytest.mark.parametrize("size", [7, 100])
def test_nulls_are_refused_with_their_column_and_count_and_never_filled(name, values, rows, size, tmp_path):
    file = write(tmp_path / "toy.parquet", table(**{name: pa.array(values)}), row_group_size=size)
    assert f"column '{name}' is null in {rows}" in error_message(file, card(), step=20)


def test_null_records_are_refused_too(tmp_path):
    records = pa.array([None if at == 3 else {"pt": 1.0} for at in range(100)])
    file = write(tmp_path / "toy.parquet", table(jet=records))
    assert "column 'jet.pt' is null in 1 of 100 rows, first in row 3" in error_message(file, card("jet.pt", "jet.pt"))


def test_a_missing_column_is_refused_with_the_nearest(tmp_path):
    file = write(tmp_path / "toy.parquet")
    assert "there is no column 'jet_ptt'; did you mean 'jet_pt'?" in error_message(file, card("jet.pt", "jet_ptt"))


def test_two_columns_of_one_name_are_refused(tmp_path):
    plain = table()
    file = write(tmp_path / "toy.parquet", plain.append_column("jet_pt", plain.column("jet_eta")))
    assert "2 columns are named 'jet_pt'" in error_message(file, card())


def test_links_are_refused(tmp_path):
    file = write(tmp_path / "toy.parquet")
    assert "Parquet files have no links" in error_message(file, card("sequences.constituents.link", {"counts": "n"}))


def test_jets_without_any_constituents_have_empty_lists(tmp_path):
    empty = pa.array([[]] * 100, pa.list_(pa.float32()))
    (jets,) = read(write(tmp_path / "toy.parquet", table(**dict.fromkeys(LISTS, empty))), card())
    assert jets.c_pt.tolist() == [[]] * 100


def test_a_file_without_rows_gives_no_jets_of_the_same_types(tmp_path):
    file = write(tmp_path / "toy.parquet", table().slice(0, 0))
    (empty,), (full,) = read(file, card()), read(write(tmp_path / "full.parquet"), card())
    assert len(empty) == 0
    assert {name: str(empty[name].type.content) for name in empty.fields} == {
        name: str(full[name].type.content) for name in full.fields
    }


@pytest.mark.parametrize("damage", ["empty", "short", "text", "flipped"])
def test_a_damaged_file_is_named(damage, tmp_path):
    file = write(tmp_path / "toy.parquet", write_page_checksum=True, use_dictionary=False, compression="none")
    content = bytearray(file.read_bytes())
    at = content.find(TOY["jet_pt"].tobytes())
    assert at > 0
    content[at + 20] ^= 4
    damaged = {"empty": b"", "short": content[:-20], "text": b"jets", "flipped": content}
    file.write_bytes(damaged[damage])
    line = error_message(file, card())
    assert {"empty": "is empty", "flipped": "is damaged near row 0"}.get(
        damage, "cannot be read as a Parquet file"
    ) in line


def test_a_missing_file_is_named(tmp_path):
    assert "no such file" in error_message(tmp_path / "none.parquet", card())


def test_a_file_is_drafted_checked_and_ingested(tmp_path):
    file, drafted = write(tmp_path / "toy.parquet"), tmp_path / "card.yaml"
    assert run("draft", file, "--out", drafted) == 0
    assert Dataset.load(drafted).layout == "parquet"
    assert run("check", drafted, file) == 0
    assert run("ingest", drafted, file, "--out", tmp_path / "out") == 0
    records = ak.concatenate([ak.from_parquet(part) for part in sorted((tmp_path / "out").glob("*.parquet"))])
    assert len(records) == 100


def test_a_file_without_jets_is_reported_by_the_draft(tmp_path, capsys):
    file = write(tmp_path / "x.parquet", pa.table({"a": ["x"], "b": [1]}))
    assert run("draft", file) != 0
    message = "no jets with constituents were found in the Parquet columns: a (string), b (int64)"
    assert message in capsys.readouterr().err


@real
def test_jetclass_two_has_each_jet_in_one_of_three_parts(tmp_path):
    (jets,) = read(FILE, JETCLASS2)
    assert entries(FILE, JETCLASS2) == 100
    assert set(jets.fields) == fields(JETCLASS2)
    records = jet_records(jets, JETCLASS2, "x")
    assert np.bincount(records.label).tolist() == [21, 15, 64]
    # The file gives the number of constituents, and their sum as the jet.
    columns = pq.read_table(FILE)
    assert ak.num(jets.part_px).tolist() == columns["jet_nparticles"].to_pylist()
    pt = np.hypot(ak.sum(jets.part_px, axis=1), ak.sum(jets.part_py, axis=1))
    assert np.allclose(pt, jets.jet_pt, rtol=1e-3)


@real
def test_the_parts_of_jetclass_two_agree_with_the_truth_particles():
    (jets,) = read(FILE, JETCLASS2)
    truth = ak.from_parquet(FILE, columns=["aux_genpart_isResX", "aux_genpart_isResY", "aux_genpart_isQcdParton"])
    has_x, has_y = ak.any(truth.aux_genpart_isResX, axis=1), ak.any(truth.aux_genpart_isResY, axis=1)
    label = np.asarray(jets.jet_label)
    assert ((label >= 161) == ~np.asarray(has_x)).all()
    assert ((label >= 15) & (label < 161) == np.asarray(has_y)).all()


@real
def test_jetclass_two_has_mirrored_differences_in_eta():
    relative = {"pt": "part_px", "eta": "part_deta", "phi": "part_dphi", "relative": ["eta", "phi"]}
    values = JETCLASS2.model_dump(exclude_none=True)
    found = []
    for mirrored in (True, False):
        sequence = relative | {"mirrored": mirrored, "extra": {}}
        card_ = Dataset.model_validate(changed(values, "substructure", []) | {"sequences": {"constituents": sequence}})
        (jets,) = read(FILE, card_)
        found.append(jet_records(jets, card_, "x").constituents.eta)
    (jets,) = read(FILE, JETCLASS2)
    pt = np.hypot(jets.part_px, jets.part_py)
    eta = np.arcsinh(jets.part_pz / pt)
    assert np.allclose(ak.sum(found[0], axis=1), ak.sum(eta, axis=1), atol=1e-3)
    assert not np.allclose(ak.sum(found[1], axis=1), ak.sum(eta, axis=1), atol=0.1)


@real
def test_jetclass_two_is_checked_and_ingested(tmp_path):
    values = JETCLASS2.model_dump(exclude_none=True) | {"files": [str(FILE)]}
    path = write_card(tmp_path / "card.yaml", values)
    assert run("check", path, FILE) == 0
    assert run("ingest", path, FILE, "--out", tmp_path / "out") == 0
