"""The page in a real browser: every switch works, and what it shows are the numbers of the comparison."""

import re
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tagwerk.cli.compare import compare
from tagwerk.cli.report import report
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.curves import MIN_BACKGROUND_JETS
from tagwerk.evaluation.interactive import Interactive
from tagwerk.evaluation.tagger_results import Curve, TaggerResult
from tagwerk.report.tables import sorted_by_auc
from tagwerk.rounding import interval_text, measurement
from tests.evaluation.study_files import write_study
from tests.report.browser import Page, browser
from tests.report.large_study import write_large_study

pytestmark = pytest.mark.slow

MAX_SIZE = 6_000_000  # bytes, for 20 taggers
NARROW = 360  # pixels
CONTROLS = "select, input, main button, a[href]"


@dataclass
class Study:
    """A comparison, its page as a file and the page in the browser."""

    comparison: Comparison
    interactive: Interactive
    html: Path
    page: Page

    @property
    def taggers(self) -> list[TaggerResult]:
        """The taggers in the order of the page."""
        return sorted_by_auc(self.comparison)

    @property
    def curves(self) -> dict[str, Curve]:
        """The curves of the taggers and of the optimum, if there is one, in the order of the page."""
        limit = self.comparison.optimum
        return {each.name: each.curve for each in self.taggers} | ({} if limit is None else {limit.tagger: limit.curve})


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("downloads")) as page:
        yield page


@pytest.fixture(scope="module")
def small_folder(tmp_path_factory):
    """A comparison of three taggers with one seed each, on two classes and 400 jets: too few for slices."""
    root = tmp_path_factory.mktemp("small")
    card, summary, runs = write_study(root, jets=400)
    compare(card, summary, runs, out=root / "comparison")
    report(card, summary, root / "comparison", out=root / "report.html")
    return root / "comparison"


@pytest.fixture(scope="module")
def large_folder(tmp_path_factory):
    """A comparison of 20 taggers and an optimum with two seeds each, on three classes."""
    return compared(tmp_path_factory.mktemp("large"), taggers=20)


@pytest.fixture(scope="module")
def classes_folder(tmp_path_factory):
    """The same with four taggers, for what every tagger takes seconds to show."""
    return compared(tmp_path_factory.mktemp("classes"), taggers=4)


def compared(root, taggers):
    """Write study, comparison and page below `root`; return the folder of the comparison."""
    card, summary, runs = write_large_study(root, taggers=taggers, jets=3000, seeds=(1, 2))
    compare(card, summary, runs, out=root / "comparison")
    report(card, summary, root / "comparison", out=root / "report.html")
    return root / "comparison"


any_number_of_taggers = pytest.mark.parametrize("study", ["small", "classes", "large"], indirect=True)


@pytest.fixture(params=["small", "classes"])
def study(request, chromium):
    """A page, freshly opened on a wide screen."""
    folder = request.getfixturevalue(f"{request.param}_folder")
    chromium.set_size(1400, 900)
    chromium.console(), chromium.requests()
    chromium.open_interactive(folder.parent / "report.html")
    comparison = Comparison.load(folder / "comparison.json")
    yield Study(comparison, Interactive.load(folder / "interactive.json"), folder.parent / "report.html", chromium)
    assert chromium.console() == []
    assert {url.partition(":")[0] for url in chromium.requests()} <= {"file", "data", "blob"}


def test_the_page_is_one_small_file(large_folder):
    assert (large_folder.parent / "report.html").stat().st_size < MAX_SIZE
    assert "Not among the runs given" not in (large_folder.parent / "report.html").read_text()


@any_number_of_taggers
def test_the_first_screen_has_the_answer_and_one_figure(study):
    bottom = "return arguments[0].getBoundingClientRect().bottom"
    assert study.page.run(bottom, study.page.one("#verdict h2")) < 450
    if len(study.taggers) < 10:
        assert study.page.run(bottom, study.page.one("#answer-plot")) < 900
    points = study.page.run("return document.getElementById('answer-plot').data[0].x")
    assert points == [each.difference.auc for each in study.taggers if each.difference]


@any_number_of_taggers
def test_the_curves_are_those_of_the_comparison(study):
    lines = study.page.lines("roc-plot")
    assert set(lines) == set(study.curves)
    for name, curve in study.curves.items():
        drawn = np.array(curve.background_jets) >= MIN_BACKGROUND_JETS
        assert lines[name]["x"] == np.array(curve.signal_efficiency)[drawn].tolist()
        assert lines[name]["y"] == pytest.approx(1 / np.array(curve.background_efficiency)[drawn], rel=6e-5)


def test_every_class_pair_and_slice_has_its_curves(study):
    page, seen = study.page, 0
    for pair in range(len(page.all("#roc-pair option"))):
        page.choose("#roc-pair", pair)
        for option in range(len(page.all("#roc-slice option"))):
            page.choose("#roc-slice", option)
            selection = study.interactive.selections[int(page.one("#roc-slice").get_attribute("value"))]
            lines = page.lines("roc-plot")
            for name, curve in selection.curves.items():
                drawn = np.array(curve.background_jets) >= MIN_BACKGROUND_JETS
                assert lines[name]["y"] == pytest.approx(1 / np.array(curve.background_efficiency)[drawn])
                title = study.comparison.titles.get(name, "Limit: Tagger 4")
                assert f"{title} {measurement(curve.auc.value, curve.auc.uncertainty)}" in page.text("#roc-jets")
            assert page.text("#roc-jets").startswith(f"{selection.signal_jets:,} ")
            seen += 1
    assert seen == len(study.interactive.selections)


def test_every_tagger_can_be_switched_by_keyboard(study):
    page, names = study.page, list(study.curves)
    for name in names:
        page.press(f"#roc-taggers input[value={name}]", " ")
        assert set(page.lines("roc-plot")) == {*names} - {name}
        page.press(f"#roc-taggers input[value={name}]", " ")
    everything, nothing = page.all("#roc-taggers button")
    nothing.click()
    assert page.lines("roc-plot") == {}
    assert "no tagger is chosen" in page.text("#roc-jets")
    everything.send_keys("\n")
    assert set(page.lines("roc-plot")) == set(names)


@any_number_of_taggers
def test_many_taggers_differ_in_line_style(study):
    page, many = study.page, len(study.taggers) > 8
    script = "return document.getElementById('roc-plot').data.filter(each => each.meta).map(each => each.line.dash)"
    limit = {"longdash"} if study.comparison.optimum else set()
    assert set(page.run(script)) == ({"solid", "dash", "dashdot", "dot"} if many else {"solid"}) | limit


def test_hovering_shows_rejection_interval_and_jets(study):
    from selenium.webdriver import ActionChains

    page, tagger = study.page, study.taggers[0]
    for box in page.all("#roc-taggers input")[1:]:
        box.click()
    plot = page.one("#roc-plot .nsewdrag")
    page.run("arguments[0].scrollIntoView({block: 'center'})", plot)
    middle = (
        "const axis = document.getElementById('roc-plot')._fullLayout.xaxis; return axis.c2p(0.8) - axis._length / 2"
    )
    ActionChains(page.driver).move_to_element_with_offset(plot, round(page.run(middle)), 0).pause(0.3).perform()
    ActionChains(page.driver).move_by_offset(1, 1).pause(0.3).perform()
    page.wait(lambda: page.all("#roc-plot .hoverlayer .legendtext, #roc-plot .hoverlayer .hovertext"), "the values")
    texts = [each.text for each in page.all("#roc-plot .hoverlayer text") if each.text]
    efficiency = float(re.search(r"0\.\d+", " ".join(texts))[0])
    point = tagger.curve.signal_efficiency.index(efficiency)
    curve = tagger.curve
    values = (curve.background_efficiency[point], curve.high[point], curve.low[point])
    expected = interval_text(*(1 / each for each in values))
    assert any(f"{expected}, {round(curve.background_jets[point], 1):g} jet" in text for text in texts), texts


def test_it_zooms_by_numbers_and_by_mouse(study):
    from selenium.webdriver import ActionChains

    page = study.page
    span = "return document.getElementById('roc-plot').layout.xaxis.range"
    page.fill("#roc-from", 0.4)
    page.fill("#roc-to", 0.6)
    assert page.run(span) == [0.4, 0.6]
    plot = page.one("#roc-plot .nsewdrag")
    page.run("arguments[0].scrollIntoView({block: 'center'})", plot)
    drag = ActionChains(page.driver).move_to_element_with_offset(plot, -100, -40).click_and_hold()
    drag.move_by_offset(200, 80).release().perform()
    low, high = page.run(span)
    assert 0.4 < low < 0.5 < high < 0.6


def test_the_slider_at_a_working_point_shows_its_numbers(study):
    page = study.page
    for option, tagger in enumerate(study.taggers):
        page.choose("#threshold-tagger", option)
        for button, rejection in zip(page.all("#threshold-points button"), tagger.rejections, strict=True):
            button.send_keys("\n")
            assert page.text("#value-rejection") == interval_text(rejection.value, rejection.low, rejection.high)
            assert page.text("#value-jets").startswith(f"{round(rejection.background_jets, 1):,g} jet")
            scan = study.interactive.scans[tagger.name]
            point = study.interactive.signal_efficiency.index(rejection.signal_efficiency)
            shown = [float(each) for each in page.text("#value-threshold").split(", ")]
            assert shown == [seed[point] for seed in scan.thresholds]
            assert len(shown) == len(tagger.trainings)
            assert page.text("#value-signal").startswith(f"{scan.signal_efficiency[point]:.2f}"[:3])


def test_the_slider_moves_by_keyboard_and_a_higher_threshold_passes_less(study):
    from selenium.webdriver.common.keys import Keys

    page = study.page
    page.all("#threshold-points button")[1].click()
    before = page.text("#value-threshold"), page.text("#value-signal"), page.text("#value-background")
    for _ in range(10):
        page.press("#threshold-slider", Keys.ARROW_RIGHT)
    after = page.text("#value-threshold"), page.text("#value-signal"), page.text("#value-background")
    tighter, looser = ([float(text.split(" ")[0].strip("> ,")) for text in texts] for texts in (after, before))
    assert tighter[0] > looser[0]
    assert tighter[1] < looser[1]
    assert tighter[2] <= looser[2]
    assert "signal efficiency" in page.one("#threshold-slider").get_attribute("aria-valuetext")
    page.press("#threshold-slider", Keys.HOME)
    assert page.text("#value-signal").startswith("1")
    page.press("#threshold-slider", Keys.END)


def test_the_purity_is_that_of_the_chosen_signal_fraction(study):
    page, tagger = study.page, study.taggers[0]
    page.all("#threshold-points button")[1].click()
    background = tagger.rejections[1].background_efficiency
    point = study.interactive.signal_efficiency.index(tagger.rejections[1].signal_efficiency)
    signal = study.interactive.scans[tagger.name].signal_efficiency[point]
    for fraction in (0.5, 0.01, 0.0001):
        page.fill("#threshold-fraction", fraction)
        expected = fraction * signal / (fraction * signal + (1 - fraction) * background)
        shown = page.text("#value-purity")
        if background > 0 and not shown.startswith(">"):
            digits = len(shown.split(" ")[0].partition(".")[2])
            assert float(shown.split(" ")[0]) == pytest.approx(expected, abs=0.51 * 10**-digits)
    page.fill("#threshold-fraction", 2)
    assert page.text("#value-purity") == "give a signal fraction from 0 to 1"


def test_the_mass_behind_the_cut_is_that_of_the_scan(study):
    page, masses = study.page, study.interactive.mass
    page.choose("#threshold-tagger", len(study.taggers) - 1)
    page.all("#threshold-points button")[0].click()
    scan = study.interactive.scans[study.taggers[-1].name]
    point = study.interactive.signal_efficiency.index(study.taggers[-1].rejections[0].signal_efficiency)
    heights = np.array(scan.mass[masses.points.index(point)])
    before, after = page.run("return document.getElementById('mass-plot').data.slice(0, 2).map(each => each.y)")
    assert before[:-1] == pytest.approx(np.array(masses.mass) / sum(masses.mass))
    assert after[:-1] == pytest.approx(heights / (heights.sum() or 1))


@any_number_of_taggers
def test_the_table_of_results_has_the_numbers_of_the_comparison(study):
    rows = study.page.one("#results table").find_elements("css selector", "tbody tr")
    for row, tagger in zip(rows, study.taggers, strict=True):
        texts = [each.text for each in row.find_elements("css selector", "th, td")]
        assert texts[0] == tagger.title
        assert texts[1].startswith(measurement(tagger.auc.value, tagger.auc.uncertainty))
        for text, rejection in zip(texts[3:], tagger.rejections, strict=True):
            value = interval_text(rejection.value, rejection.low, rejection.high).split(" (")[0]
            assert text.startswith(value)


def test_every_table_sorts_by_every_column(study):
    page = study.page
    page.run("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    for table in page.all("main table"):
        rows = len(table.find_elements("css selector", "tbody tr"))
        for column, button in enumerate(table.find_elements("css selector", "thead button.sort")):
            page.run("arguments[0].focus()", button)
            button.send_keys("\n")
            first = column_texts(page, table, column)
            head = table.find_elements("css selector", "thead th")[column]
            order = head.get_attribute("aria-sort")
            page.run("arguments[0].click()", button)
            second = column_texts(page, table, column)
            assert {order, head.get_attribute("aria-sort")} == {"ascending", "descending"}
            assert sorted(first) == sorted(second)
            assert len(first) == rows
            numbers = [re.match(r"[\d.,]+(?= |$|\n)", text) for text in first]
            if all(numbers) and len({float(each[0].replace(",", "")) for each in numbers}) == rows:
                assert first == second[::-1]


def column_texts(page, table, column):
    script = "return [...arguments[0].tBodies[0].rows].map(row => row.cells[arguments[1]].innerText.trim())"
    return page.run(script, table, column)


def test_the_results_sort_by_auc_and_by_rejection(study):
    page = study.page
    table = page.one("#results table")
    heads = table.find_elements("css selector", "thead button.sort")
    for column, key in (
        (1, lambda each: each.auc.value),
        (4, lambda each: order_of(each.rejections[1])),
    ):
        for sign in (-1, 1):
            page.run("arguments[0].click()", heads[column])
            titles = column_texts(page, table, 0)
            values = {each.title: key(each) for each in study.taggers}
            shown = [sign * values[title] for title in titles]
            assert shown == sorted(shown)


def order_of(rejection):
    """Where a rejection has no upper end, the table shows the lower."""
    return rejection.low if rejection.high is None else rejection.value


def test_every_link_downloads_its_file(study):
    page, links = study.page, study.page.all("a.download")
    names = [link.get_attribute("download") for link in links]
    assert {"comparison.json", "interactive.json", "roc.pdf", "roc.csv", "roc_shown.csv", "mass_shown.csv"} <= {*names}
    assert all(link.is_displayed() for link in links)
    for link in links:
        assert link.get_attribute("href").startswith("data:")
        check_file(page.download(link), study)
    assert len(set(names)) == len(names)


def check_file(path, study):
    if path.suffix == ".pdf":
        assert path.read_bytes().startswith(b"%PDF-")
        assert path.read_bytes() == (study.html.parent / "comparison" / path.name).read_bytes()
    elif path.suffix == ".csv":
        table = pd.read_csv(path)
        assert len(table) > 1
        original = study.html.parent / "comparison" / path.name
        if original.exists():
            assert path.read_bytes() == original.read_bytes()
    elif path.name == "comparison.json":
        assert Comparison.load(path) == study.comparison
    else:
        assert Interactive.load(path) == study.interactive


@any_number_of_taggers
def test_nothing_overflows_a_narrow_screen(study):
    study.page.set_size(NARROW, 800)
    assert study.page.run("return document.documentElement.scrollWidth") <= NARROW
    inner = "return [...document.querySelectorAll('.plot')].map(each => each.getBoundingClientRect().right)"
    assert max(study.page.run(inner)) <= NARROW
    study.page.one("#contents a[href='#method']").click()
    assert study.page.run("return location.hash") == "#method"


def test_paper_shows_static_figures_and_no_controls(study):
    page = study.page
    printed = b64decode(page.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})["data"])
    assert printed.startswith(b"%PDF-")
    assert printed.count(b"/Type /Page\n") >= 3 or len(printed) > 100_000
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert all(picture.is_displayed() for picture in page.all("main img"))
        assert not any(each.is_displayed() for each in page.all(f"select, input, .plot, #contents, {CONTROLS}")
                       if each.get_attribute("class") != "sort")  # fmt: skip
    finally:
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_every_control_has_a_name_and_is_reached_by_keyboard(study):
    page = study.page
    unnamed = page.run(
        "return [...document.querySelectorAll(arguments[0])].filter(each => !(each.labels?.length || "
        "each.textContent.trim() || each.ariaLabel)).map(each => each.outerHTML)",
        CONTROLS,
    )
    assert unnamed == []
    assert page.run("return [...document.querySelectorAll(arguments[0])].every(each => each.tabIndex === 0)", CONTROLS)


def test_without_scripts_the_static_page_is_complete(small_folder, tmp_path):
    with browser(tmp_path, scripts=False) as page:
        page.open(small_folder.parent / "report.html")
        pictures = page.all("main img")
        assert len(pictures) >= 5
        assert all(picture.is_displayed() for picture in pictures)
        assert not any(each.is_displayed() for each in page.all("select, input, button, .plot"))
        anchors = [each.get_attribute("hash") for each in page.all("#contents a") if each.is_displayed()]
        assert "#threshold" not in anchors
        assert all(page.one(anchor).is_displayed() for anchor in anchors)
