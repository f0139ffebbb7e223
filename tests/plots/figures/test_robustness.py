"""Figures of robustness and importance, for two and for many taggers."""

import numpy as np
import pytest

from tagwerk.plots.figures.importance import plot_importance
from tagwerk.plots.figures.rank_importance import plot_rank_importance
from tagwerk.plots.figures.robustness import change_numbers, plot_robustness, probed_taggers
from tests.evaluation.robustness_results import comparison_of, result


@pytest.fixture(scope="module")
def comparison(tmp_path_factory):
    return comparison_of(tmp_path_factory.mktemp("study"))


def many(comparison, count=17):
    """Return a comparison of many taggers, which are copies of the first two."""
    taggers = [
        comparison.taggers[index % 2].model_copy(update={"name": f"t{index}", "title": f"Tagger {index}"})
        for index in range(count)
    ]
    return comparison.model_copy(update={"taggers": taggers, "robustness": [result(each.name) for each in taggers]})


def points(axes):
    """Return the positions of the markers of ratios."""
    lines = [line for line in axes.get_lines() if line.get_marker() == "o"]
    return [(line.get_xdata()[0], line.get_ydata()[0], line.get_color()) for line in lines]


def test_one_panel_per_perturbation_with_one_row_per_tagger(comparison):
    figure = plot_robustness(comparison)
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.texts[0].get_text() for axes in shown[:2]] == ["Smeared", "Shuffled"]
    taggers = [tagger for tagger, _ in probed_taggers(comparison)]
    assert [text.get_text() for text in shown[0].get_yticklabels()] == [tagger.title for tagger in reversed(taggers)]
    assert points(shown[0]) == [(0.8, row, tagger.color) for row, tagger in enumerate(reversed(taggers))]


def test_no_interval_is_drawn_where_nothing_changed_and_an_arrow_where_it_has_no_end(comparison):
    first, second = (axes for axes in plot_robustness(comparison).axes if axes.get_visible())
    rows = len(probed_taggers(comparison))
    assert len(second.get_lines()) == rows + 1  # one point each, and the line at one
    assert [line.get_marker() for line in first.get_lines()].count("|") == 2 * rows
    open_ended = result("lstm", high=None, low=0.0, ratio=None)
    figure = plot_robustness(comparison.model_copy(update={"robustness": [open_ended]}))
    markers = [line.get_marker() for line in figure.axes[0].get_lines()]
    assert sorted(markers[:3], key=str) == ["<", ">", "None"]


def test_importance_is_sorted_by_the_loss_in_each_panel(comparison):
    figure = plot_importance(comparison)
    for axes, (_, probed) in zip(figure.axes, probed_taggers(comparison), strict=True):
        losses = [bar.get_width() for bar in axes.patches]
        assert losses == sorted((-each.difference for each in probed.inputs), reverse=True)
        assert [text.get_text() for text in axes.get_yticklabels()] == ["mass", "constituents: Δη, Δφ"]


def test_rank_importance_has_a_point_per_range_of_ranks_and_tagger(comparison):
    (axes,) = plot_rank_importance(comparison).axes
    assert [text.get_text() for text in axes.get_xticklabels()] == ["1", "2 to 3"]
    assert [len(container[0].get_xdata()) for container in axes.containers] == [2] * len(probed_taggers(comparison))


def test_many_taggers_have_their_own_rows_panels_and_points(comparison):
    crowd = many(comparison)
    assert len(points(plot_robustness(crowd).axes[0])) == 17
    assert len(plot_importance(crowd).axes) == 17
    (axes,) = plot_rank_importance(crowd).axes
    positions = np.concatenate([container[0].get_xdata() for container in axes.containers])
    assert len(np.unique(positions)) == 34


def test_numbers_have_one_row_per_tagger_change_and_working_point(comparison):
    table = change_numbers(comparison, "perturbations")
    assert len(table) == len(probed_taggers(comparison)) * 2 * 3
    assert set(table["signal_efficiency"]) == {0.3, 0.5, 0.7}
    assert (table["auc_difference"] == table["auc"] - 0.9).all()
