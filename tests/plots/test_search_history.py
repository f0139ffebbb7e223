"""The figure of a search shows every trial at its number, loss and settings."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from tagwerk.plots.search_history import plot_search
from tagwerk.plots.style import write_figure
from tagwerk.tuning.search_result import SearchResult, TrialResult
from tests.tuning.conftest import RATE, UNITS, space_of

BLUE, GREY, RED, BLACK = "#3f90da", to_hex("0.55"), "#bd1f01", "#000000"


def trial_result(number, state, loss, rate, units, error=0.01):
    values = {RATE: rate, UNITS: units}
    return TrialResult(number, state, loss, 0.0, error, 3, 1.0, values, is_start=number == 0, note="")


TRIALS = [
    trial_result(0, "complete", 0.4, 0.02, [6]),
    trial_result(1, "complete", 0.5, 0.05, [8]),
    trial_result(2, "pruned", 0.45, 0.004, [8], np.nan),
    trial_result(3, "complete", 0.3, 0.01, [4, 4], 0.0),
    trial_result(4, "pruned", 2.0, 0.09, [6], np.nan),
    trial_result(5, "pruned", np.nan, 0.1, [6], np.nan),
]
RESULT = SearchResult(space_of(), TRIALS, best=TRIALS[3], start=TRIALS[0])


@pytest.fixture(scope="module")
def figure():
    return plot_search(RESULT, "A search", "40 validation jets")


def points(axes):
    """Return x, y, marker and colour of all points."""
    return [
        (float(line.get_xdata()[0]), float(line.get_ydata()[0]), line.get_marker(), to_hex(line.get_color()))
        for line in axes.get_lines()
        if line.get_marker() not in ("None", "", None)
    ]


def test_each_trial_is_at_its_number_and_loss(figure):
    top = figure.axes[0].get_ylim()[1]
    assert 0.5 < top < 2
    assert points(figure.axes[0]) == [
        (0, 0.4, "o", BLUE),
        (0, 0.4, "D", BLACK),
        (1, 0.5, "o", BLUE),
        (2, 0.45, "x", GREY),
        (3, 0.3, "*", RED),
        (4, pytest.approx(top), "^", GREY),
    ]


def test_the_line_is_the_lowest_loss_of_the_completed_trials(figure):
    (line,) = (line for line in figure.axes[0].get_lines() if line.get_drawstyle() == "steps-post")
    assert line.get_xdata().tolist() == [0, 1, 3, 5]
    assert line.get_ydata().tolist() == [0.4, 0.4, 0.3, 0.3]


def test_each_trial_is_at_its_settings(figure):
    rate, units = figure.axes[1:]
    assert rate.get_xscale() == "log"
    assert [x for x, *_ in points(rate)] == [0.02, 0.02, 0.05, 0.004, 0.01, 0.09]
    assert [text.get_text() for text in units.get_xticklabels()] == ["6", "8", "4, 4"]
    assert [round(x) for x, *_ in points(units)] == [0, 0, 1, 1, 2, 0]
    assert [y for _, y, *_ in points(units)][:5] == [0.4, 0.4, 0.5, 0.45, 0.3]


def test_bars_are_the_uncertainties_of_differences(figure):
    bars = [collection for collection in figure.axes[0].collections if len(collection.get_segments()) == 1]
    heights = [float(np.ptp(bar.get_segments()[0][:, 1])) for bar in bars]
    assert heights == pytest.approx([0.02, 0.02, 0.02])  # the second marker of the initial card has one too


def test_the_figure_files_are_reproducible(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write_figure(lambda: plot_search(RESULT, "A search", "40 validation jets"), tmp_path / folder, "search")
    for name in ("search.png", "search.pdf"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_one_setting_and_one_trial_are_enough():
    single = SearchResult(space_of({UNITS: {"choices": [[6], [8]]}}), TRIALS[:1], best=TRIALS[0], start=TRIALS[0])
    assert points(plot_search(single, "A search", "40 validation jets").axes[0]) == [
        (0, 0.4, "*", RED),
        (0, 0.4, "D", BLACK),
    ]
