"""Agreement of two taggers: correlation, overlap, and the gain of their combination."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm, spearmanr

from tagwerk.evaluation.agreement import measure_agreement, rank_correlation
from tagwerk.evaluation.bootstrap import replicas
from tagwerk.evaluation.combination import combined, log_odds
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.cuts import points
from tagwerk.evaluation.rejection_gain import cuts_at, rejection_gain

TARGETS = [0.3, 0.5]


def gaussians(jets, separations, correlation, seed=1):
    """Return jets and calibrated scores, whose log-odds are Gaussians of a common correlation."""
    random = np.random.default_rng(seed)
    signal, common = np.arange(jets) % 2 == 0, random.normal(size=jets)
    own = random.normal(size=(len(separations), jets))
    noise = np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own
    distance = np.array(separations)[:, None]
    scores = expit(distance * (noise + distance * (signal - 0.5)))
    return ComparedJets(signal, np.ones(jets), np.arange(jets)), scores


def test_correlations_are_spearmans():
    scores = np.round(np.random.default_rng(1).normal(size=(3, 200)), 1)  # with ties
    scores[2] += scores[0]
    assert rank_correlation(scores, np.ones(200)) == pytest.approx(spearmanr(scores.T).statistic)


def test_a_weight_of_two_is_two_jets_and_a_constant_score_has_no_correlation():
    scores = np.random.default_rng(2).normal(size=(2, 50))
    weight = np.where(np.arange(50) < 20, 2.0, 1.0)
    repeated = np.repeat(scores, weight.astype(int), axis=1)
    assert rank_correlation(scores, weight) == pytest.approx(rank_correlation(repeated, np.ones(70)))
    constant = rank_correlation(np.stack([scores[0], np.ones(50)]), weight)
    assert constant[0, 0] == 1
    assert np.isnan(constant[0, 1])


def test_a_tagger_agrees_with_itself():
    sample, scores = gaussians(2000, [2.0], 0)
    (pair,) = measure_agreement(sample, {"a": scores, "b": scores**2}, TARGETS)
    assert (pair.first, pair.second) == ("a", "b")
    assert (pair.signal_correlation, pair.background_correlation) == pytest.approx((1, 1))
    for overlap in pair.overlaps:
        assert (overlap.background.value, overlap.signal.value) == (1, 1)
    assert [each.gain for each in pair.gains] == pytest.approx([1, 1], abs=0.15)


def test_independent_taggers_have_the_overlap_and_the_gain_of_the_closed_form():
    sample, scores = gaussians(60_000, [1.5, 1.5], 0)
    (pair,) = measure_agreement(sample, {"a": scores[[0]], "b": scores[[1]]}, TARGETS)
    assert (pair.signal_correlation, pair.background_correlation) == pytest.approx((0, 0), abs=0.03)
    for overlap, gain in zip(pair.overlaps, pair.gains, strict=True):
        assert overlap.background.low * 0.8 < overlap.background_independent < overlap.background.high * 1.2
        assert overlap.signal.value == pytest.approx(overlap.signal_independent, rel=0.05)
        # The optimal combination of two independent Gaussians separates by √2 as much.
        alone, together = (norm.sf(norm.isf(gain.working_point) + d) for d in (1.5, 1.5 * 2**0.5))
        assert gain.gain == pytest.approx(alone / together, rel=0.15)
        assert gain.low < alone / together < gain.high * 1.1


def test_the_combination_of_a_tagger_with_noise_does_not_gain():
    """A fit to the jets that it is measured on would gain on average."""
    gains = []
    for seed in range(30):
        sample, scores = gaussians(400, [1.5, 1.5], 0, seed)
        noise = np.random.default_rng(seed).random((1, 400))
        (pair,) = measure_agreement(sample, {"a": scores[[0]], "noise": noise}, [0.5])
        gains.append(np.log(pair.gains[0].gain))
    assert np.mean(gains) < 2 * np.std(gains) / 30**0.5


def test_no_jet_is_scored_by_a_fit_to_itself():
    sample, scores = gaussians(200, [1.5, 1.2], 0.5)
    odds = log_odds(scores)
    before = combined(sample, odds, np.random.default_rng(3))
    signal = sample.signal.copy()
    signal[0] = not signal[0]
    changed = ComparedJets(signal, sample.weight, sample.event)
    after = combined(changed, odds, np.random.default_rng(3))
    assert after[0] == before[0]
    assert (after != before).sum() == 100


def test_jets_of_one_event_are_in_the_same_half():
    sample, scores = gaussians(200, [1.5, 1.2], 0.5)
    events = ComparedJets(sample.signal, sample.weight, np.arange(200) // 100)
    before = combined(events, log_odds(scores), np.random.default_rng(3))
    flipped = ComparedJets(np.where(events.event == 0, ~sample.signal, sample.signal), sample.weight, events.event)
    after = combined(flipped, log_odds(scores), np.random.default_rng(3))
    assert (after == before).tolist() == (events.event == 0).tolist()


def test_without_one_class_in_a_half_the_mean_is_taken():
    sample, scores = gaussians(40, [1.0, 2.0], 0.5)
    by_class = ComparedJets(sample.signal, sample.weight, sample.signal.astype(int))
    odds = log_odds(scores)
    assert combined(by_class, odds, np.random.default_rng(1)).tolist() == odds.mean(axis=0).tolist()


def test_a_cut_is_that_of_the_rejection_and_its_variance_that_of_the_bootstrap():
    sample, scores = gaussians(4000, [1.5, 1.6], 0.7)
    first, second = (cuts_at(sample, score, TARGETS) for score in scores)
    resampled = replicas(sample, scores, np.array(TARGETS), 400, np.random.default_rng(2)).background_efficiency
    for point, (one, two) in enumerate(zip(first, second, strict=True)):
        found = points(sample, scores[0], np.array(TARGETS))
        assert one.background_efficiency == found.background_efficiency[point]
        assert one.background_jets == found.background_jets[point] == one.passing[~sample.signal].sum()
        logs = np.log(resampled[:, :, point])
        assert (one.influence**2).sum() ** 0.5 == pytest.approx(logs[0].std(), rel=0.15)
        paired = ((one.influence - two.influence) ** 2).sum() ** 0.5
        assert paired == pytest.approx((logs[0] - logs[1]).std(), rel=0.15)


def test_a_gain_covers_one_more_jet():
    sample, scores = gaussians(2000, [2.0], 0)
    (cut,) = cuts_at(sample, scores[0], [0.5])
    same = rejection_gain(sample, "a", cut, cut)
    jets = cut.background_jets
    assert (same.gain, same.low, same.high) == pytest.approx((1, jets / (jets + 1), (jets + 1) / jets))


def test_a_cut_without_background_has_only_a_lower_bound():
    sample, scores = gaussians(400, [2.0], 0)
    (alone,) = cuts_at(sample, scores[0], [0.5])
    (perfect,) = cuts_at(sample, sample.signal * 1.0, [0.5])
    found = rejection_gain(sample, "a", alone, perfect)
    assert (found.gain, found.high) == (None, None)
    assert found.low == pytest.approx(alone.background_efficiency / (1 - (1 - 0.84134) ** (1 / 200)), rel=1e-4)
    assert rejection_gain(sample, "a", perfect, alone).low == 0


def test_one_tagger_agrees_with_none_and_equal_scores_are_harmless():
    sample, scores = gaussians(100, [2.0], 0)
    assert measure_agreement(sample, {"a": scores}, TARGETS) == []
    (pair,) = measure_agreement(sample, {"a": scores, "flat": np.full((1, 100), 0.5)}, TARGETS)
    assert pair.signal_correlation is None
    assert pair.overlaps[0].background.value < 0.5


def test_only_the_first_seed_counts():
    sample, scores = gaussians(500, [1.5, 1.2, 0.5], 0.5)
    one = measure_agreement(sample, {"a": scores[[0, 2]], "b": scores[[1, 2]]}, TARGETS)
    assert one == measure_agreement(sample, {"a": scores[[0]], "b": scores[[1]]}, TARGETS)
