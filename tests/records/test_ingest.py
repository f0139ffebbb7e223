"""Several files in one directory of jet records."""

import awkward as ak
import pyarrow.parquet as pq
import pytest

from tagwerk.cards.split import SPLITS
from tagwerk.checks.check_result import load_checks
from tagwerk.errors import UserError
from tagwerk.records.ingest import ingest_files
from tagwerk.records.store import read_records
from tests.conftest import DATASET, changed, run, toy_branches, write_card, write_root


def test_the_records_of_several_files_are_those_of_each(toy, tmp_path):
    results = ingest_files(toy.card, toy.files, tmp_path / "both")
    assert [result.file for result in results] == [str(file) for file in toy.files]
    for piece in SPLITS:
        together = read_records(tmp_path / "both", piece)
        apart = ak.concatenate([read_records(part, piece) for part in toy.parts])
        fields = [field for field in apart.fields if field != "source"]
        assert together.fields == apart.fields
        assert together[fields].tolist() == apart[fields].tolist()
        assert together.source.tolist() == [f"both/{name}" for name in apart.source.tolist()]


def test_small_files_share_row_groups(toy, tmp_path):
    ingest_files(toy.card, toy.files, tmp_path / "both")
    assert pq.ParquetFile(tmp_path / "both/train.parquet").num_row_groups == 1


def test_files_of_one_name_have_distinct_sources(toy, tmp_path):
    files = [write_root(tmp_path / folder / "jets.root", toy_branches(1000 * index, 20)) for index, folder in
             enumerate(["a", "b"]) if (tmp_path / folder).mkdir() is None]  # fmt: skip
    ingest_files(toy.card, files, tmp_path / "part")
    sources = {name for piece in SPLITS for name in read_records(tmp_path / "part", piece).source.tolist()}
    assert sources == {"part/a-jets", "part/b-jets"}


def test_one_bad_file_is_named_and_nothing_is_written(toy, tmp_path):
    broken = tmp_path / "broken.root"
    broken.write_bytes(b"no ROOT file")
    with pytest.raises(UserError, match=r"broken.root"):
        ingest_files(toy.card, [toy.files[0], broken], tmp_path / "part")
    assert [path.name for path in tmp_path.iterdir()] == ["broken.root"]


def test_a_file_of_no_piece_is_refused_before_any_is_read(toy, tmp_path):
    split = {"files": {"train": [str(toy.files[0])], "test": ["x.root"]}, "validation_from_train": 0.2}
    card = write_card(tmp_path / "toy.yaml", changed(DATASET, "split", split))
    with pytest.raises(UserError, match=r"toy.yaml: key 'split.files': .*toy_1.root is in none of train"):
        ingest_files(card, toy.files, tmp_path / "part")


def test_the_checks_of_all_files_are_in_one_file(toy, tmp_path):
    check = tmp_path / "check.json"
    assert run("ingest", toy.card, *toy.files, "--out", tmp_path / "both", "--check", check) == 0
    assert run("ingest", toy.card, toy.files[1], "--out", tmp_path / "toy_1", "--check", tmp_path / "one.json") == 0
    both, one = load_checks(check), load_checks(tmp_path / "one.json")
    assert len(both) == 2
    assert both[1:] == one
