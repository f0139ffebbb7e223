"""Every figure of the pages is listed with what makes it, and what makes it is there."""

import re
from importlib import import_module

import pytest

from tests.docs.pages import PAGES, ROOT

FOLDER = ROOT / "docs/figures"
LISTED = dict(
    re.findall(r"^\| `(\w+\.png)` \| (.+) \|$", (FOLDER / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
)


def test_the_list_has_all_figures_and_no_other():
    assert LISTED.keys() == {path.name for path in FOLDER.glob("*.png")}


def test_every_figure_is_shown_on_a_page():
    shown = {
        name
        for page in PAGES
        for name in re.findall(r"\]\((?:docs/)?figures/(\w+\.png)\)", page.read_text(encoding="utf-8"))
    }
    assert shown == LISTED.keys()


@pytest.mark.parametrize("name", LISTED)
def test_what_makes_a_figure_is_there(name):
    by = LISTED[name]
    scripts = re.findall(r"python (docs/figures/\w+\.py)", by)
    written = re.findall(r"`(?:[\w/]+/)?(\w+)\.png`", by)
    assert bool(scripts) != bool(written)
    for script in scripts:
        assert (ROOT / script).exists()
    for figure in written:
        base = figure.removesuffix("_one_prong")
        is_of_search = f'"{base}"' in (ROOT / "src/tagwerk/cli/tune.py").read_text(encoding="utf-8")
        assert is_of_search or import_module(f"tagwerk.plots.figures.{base}").FIGURE
    for study in re.findall(r"study=(\w+)", by):
        assert (ROOT / f"config/studies/{study}.yaml").exists()
