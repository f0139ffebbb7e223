import hashlib
import os
from pathlib import Path

import pandas as pd
import pytest
from pydantic import BaseModel

from tagwerk.checksums import add_checksum, stored_checksum, write_json
from tagwerk.provenance.digests import combined, digest, digests


class Model(BaseModel):
    number: int = 1


def test_a_file_from_elsewhere_has_the_checksum_of_its_bytes(tmp_path):
    for name in ("a.root", "a.json", "a.parquet", "empty.json", "empty.parquet"):
        content = b"" if name.startswith("empty") else b"any bytes that are no table"
        (tmp_path / name).write_bytes(content)
        assert digest(tmp_path / name) == hashlib.sha256(content).hexdigest()
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "b.parquet")
    assert digest(tmp_path / "b.parquet") == hashlib.sha256((tmp_path / "b.parquet").read_bytes()).hexdigest()


def test_a_file_of_a_stage_has_the_checksum_that_it_holds(tmp_path):
    write_json(tmp_path / "a.json", Model())
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "a.parquet")
    add_checksum(tmp_path / "a.parquet")
    for name in ("a.json", "a.parquet"):
        assert digest(tmp_path / name) == stored_checksum(tmp_path / name)
        assert f'"sha256": "{digest(tmp_path / name)}"'.encode() in (tmp_path / name).read_bytes()


def test_the_checksum_of_a_directory_is_that_of_its_list_as_sha256sum_writes_it(tmp_path):
    (tmp_path / "b").mkdir()
    for name in ("a.txt", "b/c.txt", ".hidden", "provenance.json"):
        (tmp_path / name).write_text(name)
    a, c = (hashlib.sha256(name).hexdigest() for name in (b"a.txt", b"b/c.txt"))
    assert digests(tmp_path) == {"a.txt": a, "b/c.txt": c}
    assert digest(tmp_path) == hashlib.sha256(f"{a}  a.txt\n{c}  b/c.txt\n".encode()).hexdigest()


def test_the_order_does_not_count_and_names_do():
    assert combined({"a": "1", "b": "2"}) == combined({"b": "2", "a": "1"}) != combined({"a": "2", "b": "1"})


@pytest.mark.parametrize("name", ["missing.root", "root://host//store/a.root"])
def test_what_cannot_be_read_has_none(tmp_path, name):
    assert digest(tmp_path / name if "://" not in name else name) is None


def test_what_cannot_be_read_again_has_no_checksum(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert digest(tmp_path / "pipe") is None
    assert digest(Path("/dev/zero")) is None
