"""The figure of rejection against cost."""

import numpy as np
import pytest
from matplotlib.lines import CARETUPBASE

from tagwerk.cards.load_study import load_cards
from tagwerk.evaluation.compare import compare
from tagwerk.evaluation.cost import known_rejection
from tagwerk.plots.figures.pareto_front import cost_numbers, plot_cost
from tagwerk.report.cost_table import pareto_rows, pareto_sentence
from tests.evaluation.study_files import write_study


@pytest.fixture(scope="module")
def comparison(tmp_path_factory):
    card, _, folders = write_study(tmp_path_factory.mktemp("study"), jets=1000)
    return with_rates(compare(load_cards(card), folders, count=30), [5e3, 1e5, 2e2])


def with_rates(comparison, rates):
    pairs = zip(comparison.taggers, rates, strict=True)
    return comparison.model_copy(
        update={"taggers": [tagger.model_copy(update={"jets_per_second": rate}) for tagger, rate in pairs]}
    )


def front(axes):
    """Return the points of the Pareto front that is drawn."""
    (line,) = [each for each in axes.get_lines() if each.get_drawstyle() == "steps-post"]
    return line.get_xydata()


def test_every_tagger_is_drawn_at_its_time_and_rejection(comparison):
    numbers = cost_numbers(comparison)
    assert numbers["microseconds_per_jet"].tolist() == pytest.approx([10, 200, 5000])
    drawn = {each.get_label(): each.lines[0].get_xydata()[0] for each in plot_cost(comparison).axes[0].containers}
    for row in numbers.itertuples():
        label = f"{row.tagger}, {row.parameters:,} parameters"
        assert drawn[label] == pytest.approx([row.microseconds_per_jet, row.rejection])


def test_the_front_rises_with_the_cost_and_nothing_is_above_it(comparison):
    for axes in plot_cost(comparison).axes:
        points = front(axes)
        assert (np.diff(points, axis=0) >= 0).all()
        for container in axes.containers:
            x, y = container.lines[0].get_xydata()[0]
            assert y <= points[points[:, 0] <= x, 1].max()


def test_taggers_on_the_front_of_a_panel_have_black_edges_there(comparison):
    """The tagger of the lowest AUC is the fastest, and the dearest to train."""
    worst, *others = sorted(comparison.taggers, key=lambda each: each.auc.value)
    dear = worst.model_copy(update={"training_seconds": 1e6})
    figure = plot_cost(with_rates(comparison.model_copy(update={"taggers": [dear, *others]}), [1e6, 1e5, 2e2]))
    edges = []
    for axes in figure.axes:
        points = [each.lines[0] for each in axes.containers]
        black = {tuple(line.get_xydata()[0]) for line in points if line.get_markeredgecolor() == "black"}
        assert black == {tuple(point) for point in front(axes)}
        (own,) = [line for line in points if line.get_color() == worst.color]
        edges.append(own.get_markeredgecolor() == "black")
    assert edges == [True, False, True, False]


def test_the_lower_panels_have_the_auc_and_the_cost_of_training_is_in_core_time(comparison):
    first = comparison.taggers[0].model_copy(update={"training_threads": 4})
    figure = plot_cost(comparison.model_copy(update={"taggers": [first, *comparison.taggers[1:]]}))
    drawn = {each.get_label(): each.lines[0].get_xydata()[0] for each in figure.axes[3].containers}
    point = drawn[f"{first.title}, {first.parameters:,} parameters"]
    assert point == pytest.approx([4 * first.training_seconds, first.auc.value])


def test_a_single_tagger_is_within_the_axes(comparison):
    (alone,) = [tagger for tagger in comparison.taggers if tagger.name == comparison.best]
    for axes in plot_cost(comparison.model_copy(update={"taggers": [alone]})).axes:
        x, _ = axes.containers[0].lines[0].get_xydata()[0]
        low, high = axes.get_xlim()
        assert 1.2 * low < x < high / 1.2


@pytest.mark.parametrize("rates", [[5e3, 1e5, 2e2], [8e3, 7e3, 6e3], [5e3, 3e3, 1e3], [1.0, 0.5, 0.01]])
def test_ticks_have_labels_without_exponents(comparison, rates):
    figure = plot_cost(with_rates(comparison, rates))
    figure.canvas.draw()
    axis, (low, high) = figure.axes[2].xaxis, figure.axes[2].get_xlim()
    labels = [each.get_text() for each in axis.get_ticklabels(which="both") if each.get_text()]
    assert not any("e" in label for label in labels)
    shown = [label for label in labels if low <= float(label.replace(",", "")) <= high]
    assert len(shown) >= 2


def test_a_tagger_without_a_time_is_named_and_left_out(comparison):
    first, *others = comparison.taggers
    partly = with_rates(comparison, [0.0, 1e5, 2e2])
    assert first.title not in cost_numbers(partly)["tagger"].tolist()
    assert f"without a time: {first.title}" in plot_cost(partly).get_suptitle().replace("\n", " ")
    assert pareto_sentence(partly).endswith(f"Without a time per jet: {first.title}.")
    assert [row.heading for row in pareto_rows(partly)] == [each.title for each in others]


def test_taggers_that_were_all_trained_elsewhere_have_no_panels_of_training(comparison):
    elsewhere = [each.model_copy(update={"training_seconds": None}) for each in comparison.taggers]
    figure = plot_cost(comparison.model_copy(update={"taggers": elsewhere}))
    assert [axes.get_xlabel() for axes in figure.axes] == ["", "Time per jet scored [µs]"]
    assert [len(axes.containers) for axes in figure.axes] == [3, 3]


def test_a_bound_is_an_arrow(comparison):
    first, *others = comparison.taggers
    bound = {"value": None, "high": None, "low": 77.0, "background_efficiency": 0.0}
    rejections = [each.model_copy(update=bound) for each in first.rejections]
    first = first.model_copy(update={"rejections": rejections})
    figure = plot_cost(comparison.model_copy(update={"taggers": [first, *others]}))
    labels = [each.get_label() for each in figure.axes[0].containers]
    container = figure.axes[0].containers[labels.index(f"{first.title}, {first.parameters:,} parameters")]
    assert container.lines[0].get_ydata()[0] == known_rejection(rejections[1]) == 77
    (arrow,) = [cap for cap in container.lines[1] if cap.get_marker() == CARETUPBASE]
    assert arrow.get_ydata()[0] > 77
