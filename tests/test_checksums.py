"""Every flipped bit in a stage's output is detected, unless it changes nothing."""

from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from pydantic import BaseModel, ConfigDict

from tagwerk.checksums import (
    add_checksum,
    check_listed_file,
    checksum_matches,
    missing_file,
    read_json,
    stored_checksum,
    unreadable_file,
    unusable_file,
    verify_checksum,
    write_json,
)
from tagwerk.errors import UserError
from tests.conftest import without_checksum


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = "a"
    numbers: list[float] = [1.5, 2.5]


def flipped(path, bit):
    """Flip a bit of a file; return the original content."""
    before = path.read_bytes()
    content = bytearray(before)
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)
    return before


def json_file(folder):
    write_json(folder / "a.json", Model())
    return folder / "a.json", lambda path: Model.model_validate_json(read_json(path, "tagwerk check"))


def parquet_file(folder):
    path = folder / "a.parquet"
    pd.DataFrame({"a": np.arange(10), "b": list("abcdefghij")}).to_parquet(path)
    add_checksum(path)
    return path, pd.read_parquet


def npz_file(folder):
    path = folder / "a.npz"
    np.savez(path, a=np.arange(10), about=np.array("b"))
    add_checksum(path)
    return path, lambda path: {name: array.tolist() for name, array in np.load(path).items()}


def npy_file(folder):
    path = folder / "a.npy"
    np.save(path, np.arange(10))
    add_checksum(path)
    return path, lambda path: np.load(path).tolist()


KINDS = pytest.mark.parametrize("make", [json_file, parquet_file, npz_file, npy_file])


@KINDS
def test_other_libraries_read_a_file_with_a_checksum(tmp_path, make):
    path, load = make(tmp_path)
    assert checksum_matches(path)
    verify_checksum(path, "tagwerk score")
    assert load(path) is not None


@KINDS
def test_every_flipped_bit_is_detected_or_changes_nothing(tmp_path, make):
    path, load = make(tmp_path)
    original, size = load(path), path.stat().st_size
    mark = path.read_bytes().rindex(b'"sha256": "')
    drawn = np.random.default_rng(1).choice(8 * size, min(8 * size, 1500), replace=False)
    for bit in {*drawn.tolist(), *range(8 * mark, 8 * (mark + 12))}:
        before = flipped(path, bit)
        if checksum_matches(path) is not False:
            assert mark <= bit // 8 < mark + 11
            with suppress(ValueError):  # not JSON, which is an error on loading
                loaded = load(path)
                assert loaded.equals(original) if isinstance(original, pd.DataFrame) else loaded == original
        path.write_bytes(before)
    assert checksum_matches(path)


@KINDS
@pytest.mark.parametrize("change", [lambda content: content[:-7], lambda content: content + b" ", lambda content: b""])
def test_a_truncated_or_extended_file_does_not_match(tmp_path, make, change):
    path, _ = make(tmp_path)
    path.write_bytes(change(path.read_bytes()))
    assert not checksum_matches(path)


def test_an_edited_file_is_refused_until_its_checksum_is_removed(tmp_path):
    path, load = json_file(tmp_path)
    path.write_text(path.read_text().replace("1.5", "1.6"))
    with pytest.raises(UserError) as mistake:
        read_json(path, "tagwerk summarise")
    message = f"{path}: is damaged or was edited (its SHA-256 does not match); run `tagwerk summarise` again"
    assert str(mistake.value) == message
    path.write_text(without_checksum(path.read_text()))
    assert load(path).numbers == [1.6, 2.5]


def test_a_file_listed_in_another_is_checked_against_it(tmp_path):
    table, about = tmp_path / "history.csv", tmp_path / "about.json"
    table.write_text("epoch,loss\n1,0.5\n")
    check_listed_file(table, about, "tagwerk train")
    write_json(about, Model(), [table])
    check_listed_file(table, about, "tagwerk train")
    assert Model.model_validate_json(read_json(about, "tagwerk train")) == Model()
    for bit in range(8 * table.stat().st_size):
        before = flipped(table, bit)
        with pytest.raises(UserError, match=r"history.csv: is damaged or was edited .* run `tagwerk train` again"):
            check_listed_file(table, about, "tagwerk train")
        table.write_bytes(before)
    table.unlink()
    with pytest.raises(UserError, match=r"history.csv: no such file; run `tagwerk train` first"):
        check_listed_file(table, about, "tagwerk train")


def test_for_an_incomplete_directory_the_message_says_what_to_remove(tmp_path):
    message = str(missing_file(tmp_path / "a.json", "tagwerk check"))
    assert message.endswith("a.json: no such file; run `tagwerk check` first")
    (tmp_path / "part").mkdir()
    (tmp_path / "part/test.parquet").touch()
    message = str(missing_file(tmp_path / "part/train.parquet", "tagwerk ingest"))
    assert f"no such file; run `tagwerk ingest` first; to use snakemake, remove {tmp_path}/part first" in message


def test_a_modified_file_is_checked_again(tmp_path):
    path, _ = json_file(tmp_path)
    assert checksum_matches(path)
    flipped(path, 100)
    assert checksum_matches(path) is False


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError("[Errno 24] ..."), MemoryError()])
def test_what_may_be_intact_is_not_called_damaged(tmp_path, error):
    mistake = unreadable_file(tmp_path / "part/a.parquet", "not Parquet", "tagwerk ingest", error)
    assert str(mistake).startswith(f"{tmp_path}/part/a.parquet: cannot be read (")
    assert mistake.damaged is None


def test_a_file_that_makes_no_sense_is_called_damaged_with_the_output_that_it_is_part_of(tmp_path):
    mistake = unreadable_file(tmp_path / "part/a.parquet", "not Parquet", "tagwerk ingest", OSError("no footer"))
    assert str(mistake) == f"{tmp_path}/part/a.parquet: not Parquet (no footer); run `tagwerk ingest` again"
    assert mistake.damaged == tmp_path / "part"
    assert unusable_file(tmp_path / "summary.json", "is none", "tagwerk summarise").damaged == tmp_path / "summary.json"


@pytest.mark.parametrize("size", [0, 5, 1 << 20, (1 << 20) + 5, 3 << 20])
def test_a_checksum_is_found_wherever_it_is(tmp_path, size):
    """Also across the blocks in which a file is read, and far from its end."""
    path = tmp_path / "a.npy"
    path.write_bytes(b"a" * 700_000)
    add_checksum(path)
    assert checksum_matches(path)
    with path.open("ab") as file:
        file.write(b"b" * size)
    assert checksum_matches(path) is (size == 0)
    assert (stored_checksum(path) is None) is (size > 0)
