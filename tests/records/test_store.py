import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.cards.split import SPLITS
from tagwerk.errors import UserError
from tagwerk.records.store import iterate_records, read_records, write_records
from tagwerk.records.tree_momenta import tree_of
from tests.conftest import jet_array, jets


def write(directory, *chunks):
    """Write chunks of records, each with the index of its split."""
    with write_records(directory, SPLITS) as writer:
        for records, split in chunks:
            writer.append(records, np.asarray(split, np.int64))
    return writer.counts


@given(st.lists(jets(), min_size=1, max_size=3), st.data())
def test_what_is_written_comes_back_in_its_split_and_order(tmp_path_factory, chunks, data):
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


def test_records_come_a_chunk_at_a_time_as_they_were_written(tmp_path):
    chunks = [jet_array([(1, 0, 0, 1)], []), jet_array([(2, 0, 0, 2)]), jet_array([(3, 0, 0, 3)])]
    write(tmp_path / "part", (chunks[0], [0, 0]), (chunks[1], [1]), (chunks[2], [0]))
    read = list(iterate_records(tmp_path / "part", "train"))
    assert [ak.to_list(each) for each in read] == [ak.to_list(chunks[0]), ak.to_list(chunks[2])]
    assert list(iterate_records(tmp_path / "part", "test")) == []
    assert [each.fields for each in iterate_records(tmp_path / "part", "validation", ["jet"])] == [["jet"]]


def test_chunks_without_jets_before_and_between_change_nothing(tmp_path):
    some = jet_array([(1, 0, 0, 1)], [])
    write(tmp_path / "part", (some[:0], []), (some, [0, 0]), (some[:0], []), (some, [1, 0]))
    assert len(read_records(tmp_path / "part", "train")) == 3
    assert len(read_records(tmp_path / "part", "test")) == 0


def test_records_picked_from_others_are_written_without_those(tmp_path):
    some = jet_array([(1, 0, 0, 1), (2, 0, 0, 2)], [], [(3, 0, 0, 3)])
    write(tmp_path / "part", (some[[2, 0]], [0, 0]))
    assert read_records(tmp_path / "part", "train").constituents.pt.tolist() == [[3], [1, 2]]


def test_after_an_error_no_part_is_there(tmp_path):
    some = jet_array([(1, 0, 0, 1)])
    with pytest.raises(TypeError):
        write(tmp_path / "part", (some, [0]), (None, [0]))
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_was_not_ingested_is_named(tmp_path):
    with pytest.raises(UserError, match=r"part/train.parquet: no such file; run `tagwerk ingest`"):
        read_records(tmp_path / "part", "train")


def test_what_cannot_be_iterated_over_is_named(tmp_path):
    with pytest.raises(UserError, match=r"part/train.parquet: no such file; run `tagwerk ingest`"):
        list(iterate_records(tmp_path / "part", "train"))
    write(tmp_path / "part", (jet_array([(1, 0, 0, 1)]), [0]))
    with pytest.raises(UserError, match=r"part/train.parquet: has no column 'tracks'"):
        list(iterate_records(tmp_path / "part", "train", ["event", "tracks"]))
    content = (tmp_path / "part/train.parquet").read_bytes()
    (tmp_path / "part/train.parquet").write_bytes(content[:4] + b"?" * 60 + content[64:])
    with pytest.raises(UserError, match=r"part/train.parquet: not a whole Parquet file"):
        list(iterate_records(tmp_path / "part", "train"))


@pytest.mark.parametrize("share", [0, 0.3, 0.99])
def test_a_truncated_file_is_refused_in_one_line(tmp_path, share):
    write(tmp_path / "part", (jet_array([(1, 0, 0, 1)] * 50), [0]))
    file = tmp_path / "part/train.parquet"
    content = file.read_bytes()
    file.write_bytes(content[: int(share * len(content))])
    with pytest.raises(UserError) as mistake:
        read_records(tmp_path / "part", "train")
    assert str(mistake.value).startswith(f"{file}: not a whole Parquet file")
    assert "\n" not in str(mistake.value)


def test_a_field_that_the_records_lack_is_named(tmp_path):
    write(tmp_path / "part", (jet_array([(1, 0, 0, 1)]), [0]))
    with pytest.raises(UserError, match=r"part/train.parquet: .*'tracks'"):
        read_records(tmp_path / "part", "train", ["event", "tracks"])


@pytest.mark.parametrize("wrong", [60000, 7, 0], ids=["far outside", "not before its merge", "twice"])
def test_a_damaged_tree_is_named_and_nothing_is_read_beyond_it(toy, tmp_path, wrong):
    records = read_records(toy.parts[0], "train")
    name = "constituents_cambridge_aachen"
    softer = ak.to_list(records[name].softer)
    place = next(index for index, each in enumerate(softer) if len(each) == 3)
    softer[place] = [wrong, *softer[place][1:]]
    tree = ak.zip({"harder": records[name].harder, "softer": ak.values_astype(ak.Array(softer), np.uint16)})
    with pytest.raises(UserError, match=rf"'{name}' is no tree of 'constituents' \(.*\); run `tagwerk ingest` again"):
        tree_of(ak.with_field(records, tree, name), "constituents", name)
