"""Every page of the gallery runs at small size, and what its text shows is there."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import run, write_card

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs/gallery").glob("*.py"))
LARGEST = 150_000  # bytes of a figure
JETS = "results/datasets/top/jets"


def prose(page: Path) -> str:
    """Return the text of a page without its code."""
    cells = re.split(r"^# %%(.*)\n", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return "\n".join(text for kind, text in zip(cells[1::2], cells[2::2], strict=True) if "[markdown]" in kind)


def shown(page: Path) -> set[str]:
    """Return the names of the figures that the text of a page shows."""
    return set(re.findall(r"!\[[^\]]+\]\(\.\./figures/gallery/(\w+\.png)\)", prose(page)))


@pytest.fixture(scope="module")
def jets(tmp_path_factory):
    """A folder with four files of 120 jets each, as `make demo` writes them, under the same names."""
    folder = tmp_path_factory.mktemp("gallery")
    card = yaml.safe_load((ROOT / "config/datasets/top.yaml").read_text(encoding="utf-8"))
    card["generator"] |= {"files": 2, "jets_per_file": 120}
    path = write_card(folder / "config/datasets/top.yaml", card)
    for part in ("qcd_0000", "qcd_0001", "top_0000", "top_0001"):
        file = folder / f"{part}.root"
        assert run("simulate", path, part, "--out", file) == 0
        assert run("ingest", path, file, "--out", folder / JETS / part) == 0
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_runs_and_draws_the_figures_that_it_shows(page, jets, tmp_path):
    folder = jets if JETS in page.read_text(encoding="utf-8") else tmp_path
    environment = os.environ | {"GALLERY_SMALL": "1", "MPLBACKEND": "agg", "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, page], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    drawn = {path.name for path in (folder / "results/gallery").glob(f"{page.stem}_*.png")}
    assert drawn == shown(page)
    assert done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_figures_of_a_page_are_those_of_its_full_run_and_small(page):
    stored = {path.name: path.stat().st_size for path in (ROOT / "docs/figures/gallery").glob(f"{page.stem}_*.png")}
    assert stored.keys() == shown(page) != set()
    assert {name: size for name, size in stored.items() if size > LARGEST} == {}


def test_every_figure_belongs_to_a_page_and_every_page_is_in_the_index():
    figures = {path.name for path in (ROOT / "docs/figures/gallery").glob("*")}
    assert figures == set().union(*map(shown, PAGES))
    index = (ROOT / "docs/gallery/index.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\((\w+)\.py\)", index)) == {page.stem for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_a_notebook_in_percent_format_that_begins_with_its_title(page):
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# %% [markdown]\n# # ")
    assert all(line.startswith("#") for line in prose(page).splitlines() if line)
    assert "TEXT" not in prose(page)
    ast.parse(text)
