"""The figure of training sizes shows every tagger at every size, with the bars that the numbers bear."""

import numpy as np
import pytest

from tagwerk.evaluation.comparison import Quantity
from tagwerk.plots.style import write_figure
from tagwerk.plots.training_sizes import sizes, total
from tests.evaluation.test_learning_curves import compared


@pytest.fixture(scope="module")
def comparison(tmp_path_factory):
    return compared(tmp_path_factory.mktemp("sizes"), (400, 1000, 20_000), seeds=(1, 2))[0]


def lines(axes):
    """Return the x, y and half-lengths of the bars of each line with error bars."""
    found = []
    for container in axes.containers:
        x, y = container.lines[0].get_data()
        ends = np.array([segment[:, 1] for segment in container.lines[2][0].get_segments()])
        found.append((np.asarray(x), np.asarray(y), np.diff(ends, axis=1)[:, 0] / 2))
    return found


def test_a_line_a_tagger_has_a_point_a_size(comparison):
    upper, lower = sizes(comparison).axes
    assert len(lines(upper)) == 2
    assert len(lines(lower)) == 1
    for x, y, _ in lines(upper):
        np.testing.assert_allclose(x, [400, 1000, 20_000], rtol=0.2)
        assert (np.diff(y) < 0).all()
    best = next(tagger for tagger in comparison.taggers if tagger.difference is None)
    assert lines(upper)[0][1][-1] == pytest.approx(1 - best.auc.value)


def test_points_of_two_taggers_do_not_lie_on_one_another(comparison):
    (one, *_), (other, *_) = lines(sizes(comparison).axes[0])
    assert (one < other).all()


def test_bars_hold_the_test_jets_and_the_trainings(comparison):
    upper, lower = sizes(comparison).axes
    best = [each for each in comparison.sizes if each.tagger == comparison.best]
    expected = [np.hypot(each.auc.uncertainty, each.auc.spread / np.sqrt(2)) for each in best]
    np.testing.assert_allclose(lines(upper)[0][2], expected, rtol=1e-6)
    others = [each.difference for each in comparison.sizes if each.difference is not None]
    np.testing.assert_allclose(lines(lower)[0][1], [each.auc for each in others])
    np.testing.assert_allclose(lines(lower)[0][2], [np.hypot(each.uncertainty, each.training) for each in others])


def test_a_single_training_adds_nothing():
    assert total(Quantity(value=0.9, uncertainty=0.003, spread=None), 1) == pytest.approx(0.003)
    assert total(Quantity(value=0.9, uncertainty=0.003, spread=0.008), 4) == pytest.approx(0.005)


def test_the_axis_names_the_sizes(comparison):
    lower = sizes(comparison).axes[1]
    assert lower.get_xticks().tolist() == [400, 1000, 20_000]


@pytest.mark.parametrize("few", [1, 2])
def test_one_size_or_one_tagger_is_drawn_too(comparison, few, tmp_path):
    kept = [each for each in comparison.sizes if each.jets == 400] if few == 1 else comparison.sizes[::2]
    write_figure(lambda: sizes(comparison.model_copy(update={"sizes": kept})), tmp_path, "sizes")
    assert (tmp_path / "sizes.png").stat().st_size > 10_000


def test_large_differences_on_few_jets_leave_those_on_many_their_room(comparison):
    def larger(each, jets, factor):
        found = each.difference
        if found is None or each.jets != jets:
            return each
        return each.model_copy(update={"difference": found.model_copy(update={"auc": factor * found.auc})})

    assert sizes(comparison).axes[1].get_yscale() == "linear"
    far = comparison.model_copy(update={"sizes": [larger(each, 400, 50) for each in comparison.sizes]})
    axes = sizes(far).axes[1]
    (difference,) = (each.difference.auc for each in far.sizes if each.jets == 20_000 and each.difference is not None)
    zero, shown = (axes.transData.transform((1000, value))[1] for value in (0, difference))
    assert abs(shown - zero) > 0.1 * axes.bbox.height
