"""Thresholds keep at least the fraction of the signal that was asked for, and hardly more."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.cuts import points
from tagwerk.evaluation.thresholds import ScoredJets, inclusive_thresholds, threshold

SCORES = st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.3, 0.5, 0.9]), min_size=1, max_size=30)


def test_by_hand():
    score = np.array([0.9, 0.8, 0.7, 0.6])
    assert threshold(score, np.ones(4), np.array([0.25, 0.5, 0.51, 0.99])).tolist() == [0.9, 0.8, 0.7, 0.6]
    assert threshold(score, np.array([3, 1, 1, 5.0]), np.array([0.3, 0.31, 0.5, 0.51])).tolist() == [0.9, 0.8, 0.7, 0.6]


def test_with_negative_weights_the_first_threshold_that_reaches_the_fraction_counts():
    score = np.array([0.9, 0.8, 0.7, 0.6])
    # Efficiencies from the tightest threshold on: 2/3, 1/3, 2/3, 1.
    assert threshold(score, np.array([2, -1, 1, 1.0]), np.array([0.5, 0.6, 0.9])).tolist() == [0.9, 0.9, 0.6]


@given(SCORES, st.floats(0.01, 0.99))
def test_it_is_the_tightest_one(scores, fraction):
    score = np.array(scores)
    (cut,) = threshold(score, np.ones(len(score)), np.array([fraction]))
    assert np.mean(score >= cut) >= fraction
    assert np.mean(score > cut) < fraction


def test_all_scores_equal_let_all_jets_pass():
    assert threshold(np.full(5, 0.3), np.ones(5), np.array([0.1])).tolist() == [0.3]


def test_it_is_the_cut_of_the_rejection():
    random = np.random.default_rng(1)
    signal = np.arange(500) % 2 == 0
    score, weight = np.round(random.normal(signal, 1), 1), random.uniform(0.5, 2, 500)
    sample = ComparedJets(signal, weight, np.arange(500))
    efficiency = np.array([0.2, 0.5, 0.8])
    cuts = threshold(score[signal], weight[signal], efficiency)
    background = [weight[~signal & (score >= cut)].sum() / weight[~signal].sum() for cut in cuts]
    assert background == pytest.approx(points(sample, score, efficiency).background_efficiency)


def test_taggers_without_validation_jets_are_cut_on_the_test_jets():
    sample = ComparedJets(np.array([True, True, False]), np.ones(3), np.arange(3))
    other = ScoredJets(ComparedJets(np.array([True]), np.ones(1), np.arange(1)), np.array([[0.4], [0.6]]))
    scores = {"one": np.array([[0.9, 0.8, 0.1], [0.7, 0.6, 0.1]]), "two": np.array([[0.9, 0.8, 0.1]])}
    found = inclusive_thresholds(sample, scores, np.array([0.5]), {"one": other})
    assert {name: each.tolist() for name, each in found.items()} == {"one": [[0.4], [0.6]], "two": [[0.9]]}
