"""Jet records in memory and on disk are read in the same way."""

import awkward as ak
import pytest

from tagwerk.errors import UserError
from tagwerk.readers.reading import read
from tagwerk.records.parts import ArrayPart, iterate_records, list_row_groups, parts_of
from tagwerk.records.store import read_records

FIELDS = {"event": [], "label": [], "jet": ["pt", "eta"], "constituents": ["pt"]}


@pytest.fixture(scope="module")
def part(toy):
    return ArrayPart("toy_0", read(toy.card, toy.files[0]))


def test_row_groups_in_memory_have_the_jets_and_values_of_those_on_disk(toy, part):
    for piece in ("train", "validation", "test"):
        memory, disk = (list_row_groups([each], [piece], FIELDS) for each in (part, toy.parts[0]))
        assert [group.jets for group in memory] == [group.jets for group in disk]
        assert [group.num_values for group in memory] == [_values(read_records(toy.parts[0], piece))]
        one, other = (ak.concatenate([group.read(FIELDS) for group in groups]) for groups in (memory, disk))
        for column in ("event", "label", ("jet", "pt"), ("jet", "eta"), ("constituents", "pt")):
            assert one[column].tolist() == other[column].tolist()


def _values(records):
    return int(4 * len(records) + ak.sum(ak.num(records.constituents)))


def test_records_are_iterated_piece_by_piece(toy, part):
    for piece in ("train", "test"):
        memory, disk = (ak.concatenate(list(iterate_records(each, piece))) for each in (part, toy.parts[0]))
        assert memory.event.tolist() == disk.event.tolist()
    assert list(iterate_records(part, "fold_0")) == []


def test_a_group_in_memory_has_at_most_ten_thousand_jets(part):
    many = ArrayPart("many", part.records[[0] * 25_000])
    piece = part.records.split[0]
    assert [group.jets for group in list_row_groups([many], [piece], {"event": []})] == [10_000, 10_000, 5_000]


def test_no_jets_and_missing_columns_are_refused(part):
    with pytest.raises(UserError, match=r"^toy_0/fold_0: no jets; ingest more jets$"):
        list_row_groups([part], ["fold_0"], FIELDS)
    for missing in ({"tracks": ["pt"]}, {"constituents": ["mass"]}):
        with pytest.raises(UserError, match=r"^toy_0: has no column '(tracks|constituents)"):
            list_row_groups([part], ["train"], missing)
    with pytest.raises(UserError, match=r"^toy_0: has no column 'tracks'"):
        list(iterate_records(part, "train", ["tracks"]))


def test_a_directory_and_an_array_may_be_given_alone_or_together(toy, part):
    assert parts_of(toy.parts[0]) == [toy.parts[0]] == parts_of(str(toy.parts[0]))
    first, second = parts_of([toy.parts[0], part.records])
    assert first == toy.parts[0]
    assert second.name == "array 1"
    with pytest.raises(UserError, match=r"^array 0: has no field 'event'"):
        parts_of(ak.Array([1, 2]))
