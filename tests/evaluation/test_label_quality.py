"""The quality of constituents' labels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import confusion_matrix, roc_auc_score

from tagwerk.evaluation.label_quality import (
    LabelledConstituents,
    accuracy,
    baseline,
    confusion,
    event_fraction,
    gain,
    origin_auc,
    origin_results,
)

NAMES = ["tau", "underlying", "pileup"]


def certain(truth, label, weight=None, event=None):
    """Constituents whose labels of one or several seeds are certain."""
    truth, labels = np.array(truth), np.atleast_2d(label)
    weight = np.ones(len(truth)) if weight is None else np.array(weight, float)
    event = np.arange(len(truth)) if event is None else np.array(event)
    return LabelledConstituents(truth, weight, event, np.eye(3, dtype=np.float32)[labels])


def random_constituents(seed, count=300, per_event=3, seeds=2):
    random = np.random.default_rng(seed)
    truth = random.integers(0, 3, count)
    probabilities = random.dirichlet(np.ones(3), (seeds, count)) + 0.3 * np.eye(3)[truth]
    probabilities /= probabilities.sum(axis=2, keepdims=True)
    weight = np.repeat(random.uniform(0.5, 2, -(-count // per_event)), per_event)[:count]
    event = np.arange(count) // per_event
    return LabelledConstituents(truth, weight, event, probabilities.astype(np.float32))


def repeated(constituents, times):
    """Each constituent several times in the same event."""
    return LabelledConstituents(
        np.repeat(constituents.truth, times),
        np.repeat(constituents.weight, times),
        np.repeat(constituents.event, times),
        np.repeat(constituents.probabilities, times, axis=1),
    )


def test_by_hand():
    # Four tau tracks, of which three are found; three of the underlying event, one of which is taken for one of them.
    tracks = certain([0, 0, 0, 0, 1, 1, 1, 2], [0, 0, 0, 1, 1, 1, 0, 1])
    cells = {(each.truth, each.predicted): each.value for each in confusion(tracks, NAMES)}
    assert cells["tau", "tau"] == 3 / 4
    assert cells["tau", "underlying"] == 1 / 4
    assert cells["underlying", "tau"] == pytest.approx(1 / 3)
    assert cells["pileup", "pileup"] == 0
    tau, underlying, pileup = origin_results(tracks, NAMES)
    assert (tau.constituents, underlying.constituents, pileup.constituents) == (4, 3, 1)
    assert tau.purity.value == 3 / 4
    assert underlying.purity.value == 2 / 4
    assert pileup.purity is None  # no track has this label
    # Of 4 · 4 pairs of a tau track with another one, 3 · 3 are in order, and 3 + 3 have equal probabilities.
    assert tau.auc.value == pytest.approx((3 * 3 + 0.5 * (3 * 1 + 1 * 3)) / 16)
    assert accuracy(tracks).value == 5 / 8
    assert baseline(tracks).value == 4 / 8
    assert gain(tracks).value == 1 / 8


def test_weights_and_seeds_by_hand():
    tracks = certain([0, 1, 1], [[0, 0, 1], [1, 1, 1]], weight=[1, 2, 1])
    # The seeds are right for weights of 1 + 1 and 2 + 1 of 4, and the second origin has 3 of 4.
    assert accuracy(tracks).value == pytest.approx((2 / 4 + 3 / 4) / 2)
    assert accuracy(tracks).spread == pytest.approx(np.std([0.5, 0.75], ddof=1))
    assert baseline(tracks).value == 3 / 4
    assert gain(tracks).value == pytest.approx(-1 / 8)
    # The first seed labels weights of 3 as of the first origin, 1 of it rightly; the second seed none.
    assert origin_results(tracks, NAMES)[0].purity is None
    assert origin_results(tracks, NAMES)[1].purity.value == pytest.approx((1 + 3 / 4) / 2)


@given(st.integers(0, 2**32 - 1))
def test_it_is_that_of_scikit_learn_and_rows_add_up_to_one(seed):
    tracks = random_constituents(seed, count=60)
    labels = tracks.probabilities.argmax(axis=2)
    options = {"sample_weight": tracks.weight, "labels": range(3)}
    expected = np.mean([confusion_matrix(tracks.truth, each, normalize="true", **options) for each in labels], axis=0)
    found = confusion(tracks, NAMES)
    np.testing.assert_allclose([each.value for each in found], expected.ravel(), atol=1e-12)
    assert all(each.low <= each.value + 1e-12 and each.value - 1e-12 <= each.high for each in found)
    purity = np.mean([confusion_matrix(tracks.truth, each, normalize="pred", **options) for each in labels], axis=0)
    for origin, result in enumerate(origin_results(tracks, NAMES)):
        assert result.purity.value == pytest.approx(purity[origin, origin])
        scores = tracks.probabilities[:, :, origin]
        aucs = [roc_auc_score(tracks.truth == origin, each, sample_weight=tracks.weight) for each in scores]
        assert result.auc.value == pytest.approx(np.mean(aucs))
        assert result.auc.spread == pytest.approx(np.std(aucs, ddof=1))


@given(st.integers(0, 2**32 - 1), st.permutations(range(3)))
def test_the_order_of_constituents_and_of_origins_does_not_matter(seed, order):
    tracks = random_constituents(seed, count=60)
    row = np.random.default_rng(seed).permutation(60)
    renamed = LabelledConstituents(
        np.argsort(order)[tracks.truth[row]],
        tracks.weight[row],
        tracks.event[row],
        tracks.probabilities[:, row][..., order],
    )
    assert accuracy(renamed).value == pytest.approx(accuracy(tracks).value)
    assert accuracy(renamed).low == pytest.approx(accuracy(tracks).low)
    first = {each.origin: each for each in origin_results(tracks, NAMES)}
    for each in origin_results(renamed, [NAMES[index] for index in order]):
        assert each.auc.value == pytest.approx(first[each.origin].auc.value)
        assert each.auc.uncertainty == pytest.approx(first[each.origin].auc.uncertainty)


def test_the_interval_is_that_of_a_binomial_for_independent_constituents():
    passing = (np.arange(1000) % 4 == 0)[None]
    tracks = certain(np.zeros(1000, int), np.zeros(1000, int))
    found = event_fraction(tracks, passing)
    assert found.high - found.low == pytest.approx(2 * (0.25 * 0.75 / 1000) ** 0.5, rel=0.05)
    assert found.spread is None


def test_constituents_of_one_event_that_agree_count_once():
    tracks = random_constituents(1, per_event=1)
    four = repeated(tracks, 4)
    for quantity in (accuracy, baseline):
        once, often = quantity(tracks), quantity(four)
        assert (often.low, often.high) == (pytest.approx(once.low), pytest.approx(once.high))
    assert gain(four).uncertainty == pytest.approx(gain(tracks).uncertainty)
    for origin in range(3):
        assert origin_auc(four, origin).uncertainty == pytest.approx(origin_auc(tracks, origin).uncertainty)


def test_where_none_passes_the_bound_is_that_of_the_events():
    tracks = repeated(certain(np.zeros(50, int), np.zeros(50, int)), 4)
    cell = confusion(tracks, NAMES)[1]
    assert (cell.value, cell.low) == (0, 0)
    assert cell.high == pytest.approx(1 - 0.158655 ** (1 / 50), rel=1e-4)


def test_the_uncertainties_are_those_of_pseudo_experiments():
    """Events of three tracks, which a common fluctuation lets a network find or lose together."""
    random, found = np.random.default_rng(3), []
    for _ in range(400):
        truth = np.tile([0, 1, 1], 200)
        shift = np.repeat(random.normal(size=200), 3)
        x = np.where(truth == 0, 1.0, 0.0) + 0.7 * shift + 0.5 * random.normal(size=600)
        p = norm.cdf(x - 0.5)
        probabilities = np.stack([p, 1 - p, 0 * p], axis=1)[None].astype(np.float32)
        tracks = LabelledConstituents(truth, np.ones(600), np.arange(600) // 3, probabilities)
        auc, correct, win = origin_auc(tracks, 0), accuracy(tracks), gain(tracks)
        found.append(
            [auc.value, auc.uncertainty, correct.value, (correct.high - correct.low) / 2, win.value, win.uncertainty]
        )
    for value, uncertainty in np.array(found).T.reshape(3, 2, -1):
        assert uncertainty.mean() == pytest.approx(value.std(ddof=1), rel=0.1)


def test_an_origin_without_constituents_has_no_numbers():
    tracks = certain([0, 0, 1], [0, 1, 1])
    pileup = origin_results(tracks, NAMES)[2]
    assert (pileup.constituents, pileup.purity, pileup.auc) == (0, None, None)
    assert [each.value for each in confusion(tracks, NAMES)[6:]] == [None, None, None]


def test_an_origin_in_a_single_event_has_no_auc():
    assert origin_auc(certain([0, 1, 1], [0, 1, 0]), 0) is None
