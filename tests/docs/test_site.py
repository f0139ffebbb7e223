"""The site is built without a warning, is whole, loads nothing from elsewhere, and its search works in a browser."""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

import tagwerk
from tagwerk.cli import STAGES
from tests.docs.pages import ROOT
from tests.report.browser import browser

pytestmark = pytest.mark.slow
LOADING = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}


def build(pages: Path, out: Path) -> subprocess.CompletedProcess[str]:
    """Build a site with the options of `make docs`."""
    (recipe,) = re.findall(r"\tsphinx-build (.* docs) build/docs\n", (ROOT / "Makefile").read_text(encoding="utf-8"))
    options = [str(pages) if word == "docs" else word for word in recipe.split()]
    command = [sys.executable, "-m", "sphinx", *options, str(out)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the site."""
    out = tmp_path_factory.mktemp("site")
    done = build(ROOT / "docs", out)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def pages(site):
    """The parsed pages, by path."""
    return {path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in site.rglob("*.html")}


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("[gone](gone.md)", "gone.md"),
        ("[gone](index.md#gone)", "gone"),
        ("![gone](gone.png)", "gone.png"),
        ("$\\gone$", "latex2mathml"),
    ],
)
def test_a_page_with_a_mistake_fails_the_build(text, warning, tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text(f"# Title\n\n{text}\n")
    done = build(tmp_path / "docs", tmp_path / "site")
    assert done.returncode == 1
    assert warning in done.stderr


def test_every_page_of_the_folder_is_in_the_navigation(site, pages):
    links = {urlsplit(link["href"]).path for link in pages[site / "index.html"].select(".sidebar-tree a")}
    missing = {path.stem for path in (ROOT / "docs").glob("*.md")} - {link.removesuffix(".html") for link in links}
    assert missing == {"index"}


def test_all_links_lead_to_a_place_on_a_page(site, pages):
    ids = {path: {each["id"] for each in page.select("[id]")} for path, page in pages.items()}
    broken = []
    for path, page in pages.items():
        for link in page.select("a[href]"):
            parts = urlsplit(link["href"])
            if not parts.scheme and path.name not in ("genindex.html", "search.html"):
                target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
                anchor = unquote(parts.fragment)
                if not target.exists() or (anchor and target in ids and anchor not in ids[target]):
                    broken.append(f"{path.relative_to(site)}: {link['href']}")
    assert broken == []


def test_nothing_is_loaded_from_elsewhere(site, pages):
    elsewhere = [
        f"{path.relative_to(site)}: {element[attribute]}"
        for path, page in pages.items()
        for name, attribute in LOADING.items()
        for element in page.select(f"{name}[{attribute}]")
        if urlsplit(element[attribute]).scheme not in ("", "data") or element[attribute].startswith("//")
    ]
    styles = [
        f"{path.relative_to(site)}: {found}"
        for path in site.rglob("*.css")
        for found in re.findall(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//[^)'\"]+", path.read_text(encoding="utf-8"))
    ]
    assert elsewhere + styles == []


def test_the_reference_has_all_commands_and_all_public_names(site, pages):
    headings = {heading.get_text() for heading in pages[site / "commands.html"].select("h2")}
    assert {heading.removesuffix("¶").removesuffix("#") for heading in headings} == {
        f"tagwerk {name}" for name in STAGES
    }
    documented = {each["id"] for each in pages[site / "api.html"].select("dt[id]")}
    assert {f"tagwerk.{name}" for name in tagwerk.__all__ if name != "__version__"} <= documented


def test_formulas_are_drawn_without_scripts(site, pages):
    assert len(pages[site / "taggers.html"].select("math")) > 20
    assert pages[site / "taggers.html"].select("script[src*=ax]") == []


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("downloads")) as page:
        yield page


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        ("padding", "Padding and masks"),
        ("working_points", "Cards"),
        ("bfloat16", "Taggers"),
        ("lxplus", "On a batch cluster"),
    ],
)
def test_the_first_hit_of_a_search_leads_to_the_page(site, chromium, query, heading):
    chromium.open(site / "index.html")
    chromium.press(".sidebar-search", query, "\n")
    chromium.wait(lambda: "found" in chromium.run("return document.body.innerText"), "the results")
    first, *_ = chromium.all("#search-results ul.search > li > a")
    first.click()
    chromium.wait(lambda: "highlight=" in chromium.driver.current_url or chromium.all("h1"), "the page")
    assert chromium.text("h1").startswith(heading)
    requested = {urlsplit(url).scheme for url in chromium.requests()}
    assert requested
    assert requested <= {"file", "data"}
    assert chromium.console() == []


@pytest.mark.parametrize("name", ["index", "worth_a_try", "api", "cards", "shipped_taggers"])
def test_pages_fit_a_narrow_window(site, chromium, name):
    chromium.set_size(390, 800)
    chromium.open(site / f"{name}.html")
    assert chromium.run("return document.documentElement.scrollWidth") <= 390
