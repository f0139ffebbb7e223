"""Whatever happens to a result or an input file is noticed and named."""

from pathlib import Path

import pandas as pd
import pytest

from tagwerk.checksums import add_checksum
from tagwerk.files import atomic_write
from tagwerk.provenance.lineage import trace
from tagwerk.provenance.recorder import recorded
from tagwerk.provenance.verify import verify
from tests.provenance.commands import provenance_of, write


@pytest.fixture
def model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.root").write_text("jets")
    part = write("ingest", Path("part"), files=[Path("a.root")])
    return write("train", Path("model"), summary=write("summarise", Path("summary.txt"), parts=[part]), parts=[part])


def test_untouched_files_are_what_they_were(model):
    """Two in each directory, the summary, and the input file."""
    assert verify(trace([model])) == (6, [])


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("a.root", "an input file"),
        ("part/below/b.txt", "written by `tagwerk ingest` on {:%Y-%m-%d}"),
        ("summary.txt", "written by `tagwerk summarise` on {:%Y-%m-%d}"),
        ("model/a.txt", "written by `tagwerk train` on {:%Y-%m-%d}"),
    ],
)
def test_a_changed_and_a_missing_file_are_named(model, path, what):
    what = what.format(provenance_of(model).started)
    Path(path).write_text("z")
    assert verify(trace([model])) == (6, [f"{path}: has changed, {what}"])
    Path(path).unlink()
    assert verify(trace([model])) == (6, [f"{path}: is missing, {what}"])


def test_damage_of_a_file_that_holds_its_checksum_is_noticed(tmp_path):
    def command(out):
        with atomic_write(out) as draft:
            pd.DataFrame({"a": range(1000)}).to_parquet(draft)
            add_checksum(draft)

    table = tmp_path / "scores.parquet"
    recorded("score", command)(out=table)
    assert verify(trace([table])) == (1, [])
    content = bytearray(table.read_bytes())
    content[40] ^= 1
    table.write_bytes(content)
    [problem] = verify(trace([table]))[1]
    assert problem.startswith(f"{table}: is damaged or was edited, written by `tagwerk score` on ")
