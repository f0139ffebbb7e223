"""Stages that a signal stops leave nothing behind, and the next run writes what an undisturbed one does."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.cli.test_memory import write_jets
from tests.conftest import DATASET, run, write_card

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def jets(tmp_path_factory):
    """A card, and a file that takes seconds to ingest."""
    folder = tmp_path_factory.mktemp("jets")
    return write_card(folder / "toy.yaml", DATASET), write_jets(folder / "toy.root", 20)


def drafts(folder):
    return list(folder.glob(".*"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_an_ingest_that_is_stopped_in_the_middle_leaves_no_draft(jets, tmp_path, number):
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    def start(out):
        command = [sys.executable, "-m", "tagwerk", "ingest", *map(str, jets), "--out", str(out)]
        environment = os.environ | {"TMPDIR": str(temporary)}
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)

    undisturbed, out = tmp_path / "a/part", tmp_path / "b/part"
    assert run("ingest", *jets, "--out", undisturbed) == 0
    process = start(out)
    while not (
        out.parent.exists() and any(draft.stat().st_size for each in drafts(out.parent) for draft in each.iterdir())
    ):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    process.send_signal(number)
    error = process.communicate()[1]
    if number == signal.SIGTERM:
        assert process.returncode == 143
        assert error.splitlines()[-1] == "tagwerk: stopped by SIGTERM"
        assert list(out.parent.iterdir()) == []
    else:
        assert len(drafts(out.parent)) == 1
    process = start(out)
    assert process.communicate() is not None
    assert process.returncode == 0
    assert [path.name for path in out.parent.iterdir()] == ["part"]
    assert [path for path in temporary.rglob("*") if path.is_file()] == []
    assert {path.name for path in out.iterdir()} == {path.name for path in undisturbed.iterdir()}
    for file in undisturbed.glob("*.parquet"):
        assert (out / file.name).read_bytes() == file.read_bytes()
