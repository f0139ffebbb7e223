"""Damaged outputs are moved aside in the workflow; one that is made again with the same content keeps its time."""

import os

import pandas as pd
import pytest

from tagwerk.checksums import add_checksum, unusable_file
from tagwerk.damage import message_to_workflow, restore_times
from tagwerk.errors import UserError, error_context


def shard(path, values):
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame({"a": values}).to_parquet(path)
    add_checksum(path)
    return path


def test_the_output_of_a_damaged_file_is_moved_aside_and_named(tmp_path):
    path = shard(tmp_path / "part/train.parquet", [1])
    with pytest.raises(UserError) as mistake, error_context(tmp_path / "card.yaml"):
        raise unusable_file(path, "is damaged", "tagwerk ingest")
    message = message_to_workflow(mistake.value)
    aside = tmp_path / "part.damaged.1"
    start = f"{tmp_path}/card.yaml: {path}: is damaged; {tmp_path}/part is now in {aside}: restart snakemake to make it"
    assert message.startswith(start)
    assert (aside / "part/train.parquet").exists()
    assert not path.parent.exists()
    # Another job has met the same damage.
    again = message_to_workflow(mistake.value)
    assert again.endswith(f"run `tagwerk ingest` again: restart snakemake, which makes {tmp_path}/part again")
    assert [each.name for each in tmp_path.iterdir()] == ["part.damaged.1"]


@pytest.mark.parametrize(
    ("message", "end"),
    [
        ("a.json: no such file; run `tagwerk check` first", "first: restart snakemake, which makes it"),
        (
            "a: column 'x' is missing; run `tagwerk ingest` again",
            "again: remove the path named here and restart snakemake",
        ),
        ("a.yaml: unknown key 'x'", "unknown key 'x'"),
    ],
)
def test_other_mistakes_move_nothing(tmp_path, message, end):
    assert message_to_workflow(UserError(message)).endswith(end)


@pytest.mark.parametrize("values", [[1], [2]])
def test_only_the_same_content_gets_the_time_of_the_damaged_file(tmp_path, values):
    damaged = shard(tmp_path / "part.damaged.1/part/train.parquet", [1])
    content = bytearray(damaged.read_bytes())
    content[20] ^= 1
    damaged.write_bytes(content)
    os.utime(damaged, (1_000_000, 1_000_000))
    again = shard(tmp_path / "part/train.parquet", values)
    restore_times(tmp_path)
    assert (again.stat().st_mtime == 1_000_000) is (values == [1])


@pytest.mark.parametrize("content", [b"", b"PAR1"])
def test_a_damaged_file_without_a_checksum_gives_no_time(tmp_path, content):
    damaged = shard(tmp_path / "part.damaged.1/part/train.parquet", [1])
    damaged.write_bytes(content)
    os.utime(damaged, (1_000_000, 1_000_000))
    again = shard(tmp_path / "part/train.parquet", [1])
    restore_times(tmp_path)
    assert again.stat().st_mtime > 1_000_000
