"""The text of the gallery's page on Shakespeare's characters: where it is from, and what is said if there is none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs/gallery/shakespeare.py"


def run(folder, **variables):
    """The page at small size, in this folder."""
    environment = os.environ | {"GALLERY_SMALL": "1", "MPLBACKEND": "agg", **variables}
    return subprocess.run([sys.executable, PAGE], cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.slow
def test_a_text_that_is_not_there_is_named_and_never_replaced(tmp_path):
    hint = "give a file: --config text=FILE"
    for source, message in {
        "missing.txt": f"missing.txt: there is no such file; {hint}",
        str(tmp_path): f"{tmp_path}/shakespeare_input.txt: there is no such file; {hint}",
        "http://127.0.0.1:9/a.txt": f"http://127.0.0.1:9/a.txt: cannot be downloaded (ConnectionError); {hint}",
    }.items():
        page = run(tmp_path, GALLERY_TEXT=source)
        assert page.returncode == 1
        assert page.stderr.splitlines()[-1] == message
        assert "characters" not in page.stdout


@pytest.mark.slow
def test_all_networks_have_the_same_time_and_the_test_text_is_the_last_tenth(tmp_path):
    (tmp_path / "shakespeare_input.txt").write_text("to be or not " * 2000, encoding="utf-8")
    page = run(tmp_path, GALLERY_TEXT=str(tmp_path))
    assert page.returncode == 0, page.stderr
    assert "26,000 characters, 7 different ones; 20,800 for training, 2,600 to test on" in page.stdout
    rows = [line for line in page.stdout.splitlines() if line.startswith("| ")][1:]
    assert [row.split(" | ")[0].strip("| ") for row in rows] == ["Large LSTM", "Small LSTM", "Transformer"]
    assert (tmp_path / "results/gallery/shakespeare_loss.png").stat().st_size > 10_000
