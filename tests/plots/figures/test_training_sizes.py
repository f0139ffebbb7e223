"""The figure of training sizes shows every tagger at every size, with its uncertainties."""

import numpy as np
import pytest

from tagwerk.evaluation.quantities import Quantity
from tagwerk.plots.figures.training_sizes import plot_sizes, total_uncertainty
from tagwerk.plots.style import write_figure
from tests.evaluation.test_learning_curves import compared


@pytest.fixture(scope="module")
def comparison(tmp_path_factory):
    return compared(tmp_path_factory.mktemp("sizes"), (400, 1000, 20_000), seeds=(1, 2))[0]


def lines(axes):
    """Return x, y and half the lengths of the error bars of each line."""
    result = []
    for container in axes.containers:
        x, y = container.lines[0].get_data()
        ends = np.array([segment[:, 1] for segment in container.lines[2][0].get_segments()])
        result.append((np.asarray(x), np.asarray(y), np.diff(ends, axis=1)[:, 0] / 2))
    return result


def test_there_is_one_line_per_tagger_with_one_point_per_size(comparison):
    upper, lower = plot_sizes(comparison).axes
    assert len(lines(upper)) == 2
    assert len(lines(lower)) == 1
    for x, y, _ in lines(upper):
        np.testing.assert_allclose(x, [400, 1000, 20_000], rtol=0.2)
        assert (np.diff(y) < 0).all()
    best = next(tagger for tagger in comparison.taggers if tagger.difference is None)
    assert lines(upper)[0][1][-1] == pytest.approx(1 - best.auc.value)


def test_points_of_two_taggers_do_not_overlap(comparison):
    (first, *_), (second, *_) = lines(plot_sizes(comparison).axes[0])
    assert (first < second).all()


def test_bars_include_test_jets_and_trainings(comparison):
    upper, lower = plot_sizes(comparison).axes
    best = [point for point in comparison.sizes if point.tagger == comparison.best]
    expected = [np.hypot(point.auc.uncertainty, point.auc.spread / np.sqrt(2)) for point in best]
    np.testing.assert_allclose(lines(upper)[0][2], expected, rtol=1e-6)
    others = [point.difference for point in comparison.sizes if point.difference is not None]
    np.testing.assert_allclose(lines(lower)[0][1], [each.auc for each in others])
    np.testing.assert_allclose(lines(lower)[0][2], [np.hypot(each.uncertainty, each.training) for each in others])


def test_a_single_training_adds_no_uncertainty():
    assert total_uncertainty(Quantity(value=0.9, uncertainty=0.003, spread=None), 1) == pytest.approx(0.003)
    assert total_uncertainty(Quantity(value=0.9, uncertainty=0.003, spread=0.008), 4) == pytest.approx(0.005)


def test_the_ticks_are_the_sizes(comparison):
    lower = plot_sizes(comparison).axes[1]
    assert lower.get_xticks().tolist() == [400, 1000, 20_000]


@pytest.mark.parametrize("few", [1, 2])
def test_one_size_or_one_tagger_is_drawn_too(comparison, few, tmp_path):
    points = [point for point in comparison.sizes if point.jets == 400] if few == 1 else comparison.sizes[::2]
    write_figure(lambda: plot_sizes(comparison.model_copy(update={"sizes": points})), tmp_path, "sizes")
    assert (tmp_path / "sizes.png").stat().st_size > 10_000


def test_large_differences_for_few_jets_do_not_squeeze_those_for_many(comparison):
    def larger(point, jets, factor):
        delta = point.difference
        if delta is None or point.jets != jets:
            return point
        return point.model_copy(update={"difference": delta.model_copy(update={"auc": factor * delta.auc})})

    assert plot_sizes(comparison).axes[1].get_yscale() == "linear"
    far = comparison.model_copy(update={"sizes": [larger(point, 400, 50) for point in comparison.sizes]})
    axes = plot_sizes(far).axes[1]
    (delta,) = (point.difference for point in far.sizes if point.jets == 20_000 and point.difference is not None)
    zero, height = (axes.transData.transform((1000, value))[1] for value in (0, delta.auc))
    assert abs(height - zero) > 0.1 * axes.bbox.height
