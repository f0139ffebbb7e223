"""The confusion matrix."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix as reference

from tagwerk.evaluation.confusion import confusion_matrix
from tagwerk.evaluation.labelled_jets import LabelledJets


def random_jets(seed, jets=200, classes=3, seeds=2):
    random = np.random.default_rng(seed)
    label = random.integers(0, classes, jets)
    weight = random.uniform(0.2, 2, jets)
    return LabelledJets(label, weight, np.arange(jets) // 2), random.dirichlet(np.ones(classes), (seeds, jets))


@given(st.integers(0, 2**32 - 1), st.integers(2, 5))
def test_it_is_that_of_scikit_learn_and_its_rows_add_up_to_one(seed, classes):
    jets, probabilities = random_jets(seed, classes=classes)
    found = confusion_matrix(jets, probabilities)
    for each, p in zip(found.seeds, probabilities, strict=True):
        expected = reference(
            jets.label, p.argmax(axis=1), sample_weight=jets.weight, normalize="true", labels=range(classes)
        )
        np.testing.assert_allclose(each, expected, atol=1e-12)
    np.testing.assert_allclose(found.value.sum(axis=1), 1)
    assert (found.low <= found.value + 1e-12).all()
    assert (found.high >= found.value - 1e-12).all()


def test_by_hand():
    jets = LabelledJets(np.array([0, 0, 0, 1]), np.array([1.0, 2.0, 1.0, 5.0]), np.arange(4))
    first = [[0.6, 0.4], [0.4, 0.6], [0.5, 0.5], [0.1, 0.9]]  # of equal probabilities the first class counts
    assert confusion_matrix(jets, np.array([first])).value.tolist() == [[0.5, 0.5], [0.0, 1.0]]


def test_the_interval_has_the_width_of_a_binomial_and_is_wider_for_correlated_jets():
    label, chosen = np.zeros(1000, int), np.arange(1000) % 4 == 0
    probabilities = np.stack([~chosen, chosen], axis=1).astype(float)[None]
    single = confusion_matrix(LabelledJets(label, np.ones(1000), np.arange(1000)), probabilities)
    sigma = (0.25 * 0.75 / 1000) ** 0.5
    assert (single.high - single.low)[0, 1] == pytest.approx(2 * sigma, rel=0.05)
    # Every jet four times in the same event: a quarter of the information.
    four = LabelledJets(np.repeat(label, 4), np.ones(4000), np.repeat(np.arange(1000), 4))
    repeated = confusion_matrix(four, np.repeat(probabilities, 4, axis=1))
    assert (repeated.high - repeated.low)[0, 1] == pytest.approx((single.high - single.low)[0, 1])


def test_a_class_without_jets_has_no_numbers_and_nothing_passing_gives_a_bound():
    jets = LabelledJets(np.zeros(50, int), np.ones(50), np.arange(50))
    probabilities = np.tile([0.8, 0.1, 0.1], (1, 50, 1))
    found = confusion_matrix(jets, probabilities)
    assert np.isnan(found.value[1:]).all()
    assert found.value[0].tolist() == [1, 0, 0]
    assert found.low[0, 1] == 0
    assert found.high[0, 1] == pytest.approx(1 - 0.158655 ** (1 / 50), rel=1e-4)
