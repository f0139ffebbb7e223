import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.cards.split import SPLITS
from tagwerk.errors import UserError
from tagwerk.records.parts import iterate_records
from tagwerk.records.store import read_records, write_records
from tagwerk.records.tree_momenta import tree_with_momenta
from tests.conftest import jet_array, jets


def write(directory, *chunks):
    """Write chunks of records, each with the index of its split."""
    with write_records(directory, SPLITS) as writer:
        for records, split in chunks:
            writer.append(records, np.asarray(split, np.int64))
    return writer.counts


@given(st.lists(jets(), min_size=1, max_size=3), st.data())
def test_records_come_back_in_their_split_and_order(tmp_path_factory, chunks, data):
    splits = [data.draw(st.lists(st.sampled_from([0, 1, 2]), min_size=len(c), max_size=len(c))) for c in chunks]
    directory = tmp_path_factory.mktemp("records") / "part"
    counts = write(directory, *zip(chunks, splits, strict=True))
    everything, split = ak.concatenate(chunks), np.concatenate(splits)
    for index, name in enumerate(SPLITS):
        back = read_records(directory, name)
        assert ak.to_list(back) == ak.to_list(everything[split == index])
        assert counts[name] == len(back)


def test_only_the_fields_that_are_asked_for_are_read(tmp_path):
    write(tmp_path / "part", (jet_array([(1, 0, 0, 1)]), [2]))
    assert read_records(tmp_path / "part", "test", ["event", "jet"]).fields == ["event", "jet"]


def test_records_are_read_by_chunk_as_written(tmp_path):
    chunks = [jet_array([(1, 0, 0, 1)], []), jet_array([(2, 0, 0, 2)]), jet_array([(3, 0, 0, 3)])]
    write(tmp_path / "part", (chunks[0], [0, 0]), (chunks[1], [1]), (chunks[2], [0]))
    read = list(iterate_records(tmp_path / "part", "train"))
    assert [ak.to_list(records) for records in read] == [ak.to_list(chunks[0]), ak.to_list(chunks[2])]
    assert list(iterate_records(tmp_path / "part", "test")) == []
    assert [records.fields for records in iterate_records(tmp_path / "part", "validation", ["jet"])] == [["jet"]]


def test_empty_chunks_change_nothing(tmp_path):
    chunk = jet_array([(1, 0, 0, 1)], [])
    write(tmp_path / "part", (chunk[:0], []), (chunk, [0, 0]), (chunk[:0], []), (chunk, [1, 0]))
    assert len(read_records(tmp_path / "part", "train")) == 3
    assert len(read_records(tmp_path / "part", "test")) == 0


def test_selected_records_are_written_without_the_others(tmp_path):
    records = jet_array([(1, 0, 0, 1), (2, 0, 0, 2)], [], [(3, 0, 0, 3)])
    write(tmp_path / "part", (records[[2, 0]], [0, 0]))
    assert read_records(tmp_path / "part", "train").constituents.pt.tolist() == [[3], [1, 2]]


def test_an_error_leaves_no_part(tmp_path):
    records = jet_array([(1, 0, 0, 1)])
    with pytest.raises(TypeError):
        write(tmp_path / "part", (records, [0]), (None, [0]))
    assert list(tmp_path.iterdir()) == []


def test_a_missing_part_is_named(tmp_path):
    with pytest.raises(UserError, match=r"part/train.parquet: no such file; run `tagwerk ingest`"):
        read_records(tmp_path / "part", "train")


def test_files_that_cannot_be_iterated_over_are_named(tmp_path):
    with pytest.raises(UserError, match=r"part/train.parquet: no such file; run `tagwerk ingest`"):
        list(iterate_records(tmp_path / "part", "train"))
    write(tmp_path / "part", (jet_array([(1, 0, 0, 1)]), [0]))
    with pytest.raises(UserError, match=r"part/train.parquet: has no column 'tracks'"):
        list(iterate_records(tmp_path / "part", "train", ["event", "tracks"]))
    content = (tmp_path / "part/train.parquet").read_bytes()
    (tmp_path / "part/train.parquet").write_bytes(content[:4] + b"?" * 60 + content[64:])
    with pytest.raises(UserError, match=r"part/train.parquet: not a valid Parquet file"):
        list(iterate_records(tmp_path / "part", "train"))


@pytest.mark.parametrize("share", [0, 0.3, 0.99])
def test_a_truncated_file_is_refused_in_one_line(tmp_path, share):
    write(tmp_path / "part", (jet_array([(1, 0, 0, 1)] * 50), [0]))
    file = tmp_path / "part/train.parquet"
    content = file.read_bytes()
    file.write_bytes(content[: int(share * len(content))])
    with pytest.raises(UserError) as error:
        read_records(tmp_path / "part", "train")
    assert str(error.value).startswith(f"{file}: not a valid Parquet file")
    assert "\n" not in str(error.value)


def test_a_missing_field_is_named(tmp_path):
    write(tmp_path / "part", (jet_array([(1, 0, 0, 1)]), [0]))
    with pytest.raises(UserError, match=r"part/train.parquet: .*'tracks'"):
        read_records(tmp_path / "part", "train", ["event", "tracks"])


@pytest.mark.parametrize("wrong", [60000, 7, 0], ids=["out of range", "not before its merge", "repeated"])
def test_a_damaged_tree_is_named_and_not_read_out_of_bounds(toy, tmp_path, wrong):
    records = read_records(toy.parts[0], "train")
    name = "constituents_cambridge_aachen"
    softer = ak.to_list(records[name].softer)
    jet = next(index for index, children in enumerate(softer) if len(children) == 3)
    softer[jet] = [wrong, *softer[jet][1:]]
    tree = ak.zip({"harder": records[name].harder, "softer": ak.values_astype(ak.Array(softer), np.uint16)})
    with pytest.raises(
        UserError, match=rf"'{name}' is not a tree of 'constituents' \(.*\); run `tagwerk ingest` again"
    ):
        tree_with_momenta(ak.with_field(records, tree, name), "constituents", name)
