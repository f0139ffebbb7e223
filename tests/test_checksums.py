"""No flipped bit of a file that a stage wrote goes unseen where it matters."""

from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from pydantic import BaseModel, ConfigDict

from tagwerk.checksums import add, check, check_listed, is_intact, missing, read_json, write_json
from tagwerk.errors import UserError
from tests.conftest import without_checksum


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = "a"
    numbers: list[float] = [1.5, 2.5]


def flipped(path, bit):
    """Flip a bit of a file; return the content before."""
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
    add(path)
    return path, pd.read_parquet


def npz_file(folder):
    path = folder / "a.npz"
    np.savez(path, a=np.arange(10), about=np.array("b"))
    add(path)
    return path, lambda path: {name: each.tolist() for name, each in np.load(path).items()}


def npy_file(folder):
    path = folder / "a.npy"
    np.save(path, np.arange(10))
    add(path)
    return path, lambda path: np.load(path).tolist()


KINDS = pytest.mark.parametrize("make", [json_file, parquet_file, npz_file, npy_file])


@KINDS
def test_a_file_with_its_checksum_is_read_by_others_as_before(tmp_path, make):
    path, load = make(tmp_path)
    assert is_intact(path)
    check(path, "tagwerk score")
    assert load(path) is not None


@KINDS
def test_every_flipped_bit_is_seen_or_changes_nothing(tmp_path, make):
    path, load = make(tmp_path)
    whole, size = load(path), path.stat().st_size
    mark = path.read_bytes().rindex(b'"sha256": "')
    drawn = np.random.default_rng(1).choice(8 * size, min(8 * size, 1500), replace=False)
    for bit in {*drawn.tolist(), *range(8 * mark, 8 * (mark + 12))}:
        before = flipped(path, bit)
        if is_intact(path) is not False:
            assert mark <= bit // 8 < mark + 11
            with suppress(ValueError):  # no JSON, of which loading says so
                found = load(path)
                assert found.equals(whole) if isinstance(whole, pd.DataFrame) else found == whole
        path.write_bytes(before)
    assert is_intact(path)


@KINDS
@pytest.mark.parametrize("change", [lambda content: content[:-7], lambda content: content + b" ", lambda content: b""])
def test_a_file_that_was_cut_or_made_longer_is_not_intact(tmp_path, make, change):
    path, _ = make(tmp_path)
    path.write_bytes(change(path.read_bytes()))
    assert not is_intact(path)


def test_an_edited_file_is_refused_until_its_checksum_is_taken_out(tmp_path):
    path, load = json_file(tmp_path)
    path.write_text(path.read_text().replace("1.5", "1.6"))
    with pytest.raises(UserError) as mistake:
        read_json(path, "tagwerk summarise")
    said = f"{path}: is damaged, or was edited (its SHA-256 is another); run `tagwerk summarise` again"
    assert str(mistake.value) == said
    path.write_text(without_checksum(path.read_text()))
    assert load(path).numbers == [1.6, 2.5]


def test_a_file_that_another_lists_is_checked_by_it(tmp_path):
    table, about = tmp_path / "history.csv", tmp_path / "about.json"
    table.write_text("epoch,loss\n1,0.5\n")
    check_listed(table, about, "tagwerk train")
    write_json(about, Model(), [table])
    check_listed(table, about, "tagwerk train")
    assert Model.model_validate_json(read_json(about, "tagwerk train")) == Model()
    for bit in range(8 * table.stat().st_size):
        before = flipped(table, bit)
        with pytest.raises(UserError, match=r"history.csv: is damaged, or was edited .* run `tagwerk train` again"):
            check_listed(table, about, "tagwerk train")
        table.write_bytes(before)
    table.unlink()
    with pytest.raises(UserError, match=r"history.csv: no such file; run `tagwerk train` first"):
        check_listed(table, about, "tagwerk train")


def test_of_a_directory_with_a_hole_it_is_said_what_to_remove(tmp_path):
    assert str(missing(tmp_path / "a.json", "tagwerk check")).endswith(
        "a.json: no such file; run `tagwerk check` first"
    )
    (tmp_path / "part").mkdir()
    (tmp_path / "part/test.parquet").touch()
    said = str(missing(tmp_path / "part/train.parquet", "tagwerk ingest"))
    assert f"no such file; run `tagwerk ingest` first, or snakemake, but remove {tmp_path}/part before" in said


def test_a_file_that_is_written_anew_is_looked_at_anew(tmp_path):
    path, _ = json_file(tmp_path)
    assert is_intact(path)
    flipped(path, 100)
    assert is_intact(path) is False
