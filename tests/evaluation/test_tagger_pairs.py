"""Differences of every pair of taggers, in AUC and in the logarithm of the rejection."""

import numpy as np
import pytest

from tagwerk.evaluation.bootstrap import replicas
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.measured import measure
from tagwerk.evaluation.multiple_testing import holm
from tagwerk.evaluation.paired import difference
from tagwerk.evaluation.tagger_pairs import delong_of_means, log_rejection_difference, paired_differences

POINTS = np.array([0.3, 0.5])


def measured(separations, jets=2000, count=400, seed=1):
    """Return sample, scores (S, B) and performance by tagger, given the separations of its seeds."""
    random = np.random.default_rng(seed)
    signal = np.arange(jets) % 2 == 1
    sample = ComparedJets(signal, np.ones(jets), np.arange(jets))
    noise = random.normal(size=jets)
    scores = {
        name: noise + 0.5 * random.normal(size=(len(seeds), jets)) + np.array(seeds)[:, None] * signal
        for name, seeds in separations.items()
    }
    resampled = replicas(sample, np.concatenate([*scores.values()]), POINTS, count, np.random.default_rng(2))
    rows = iter(range(sum(map(len, scores.values()))))
    taggers = {
        name: measure(sample, seeds, POINTS, resampled.of_runs([next(rows) for _ in seeds]))
        for name, seeds in scores.items()
    }
    return sample, scores, taggers


def pairs_of(separations, **options):
    sample, scores, taggers = measured(separations, **options)
    return paired_differences(taggers, delong_of_means(sample, scores), POINTS), taggers


def test_every_pair_is_there_once_the_higher_auc_first():
    pairs, _ = pairs_of({"a": [1.0], "b": [2.0], "c": [1.5]})
    assert [(pair.first, pair.second) for pair in pairs] == [("b", "c"), ("b", "a"), ("c", "a")]
    assert all(pair.auc > 0 for pair in pairs)
    assert [each.signal_efficiency for each in pairs[0].rejections] == POINTS.tolist()


def test_differences_are_those_of_the_paired_comparison():
    pairs, taggers = pairs_of({"a": [1.4, 1.5, 1.6], "b": [1.5, 1.6, 1.8]})
    expected = difference(taggers["b"], taggers["a"])
    (pair,) = pairs
    values = (pair.auc, pair.uncertainty, pair.training, pair.significance)
    assert values == (expected.auc, expected.uncertainty, expected.training, expected.significance)
    assert pair.p_value == pair.p_holm


def test_p_values_of_one_quantity_are_corrected_together():
    pairs, _ = pairs_of({name: [1.5 + 0.02 * step] for step, name in enumerate("abcde")})
    assert [pair.p_holm for pair in pairs] == pytest.approx(holm([pair.p_value for pair in pairs]))
    for point in range(2):
        each = [pair.rejections[point] for pair in pairs]
        assert [one.p_holm for one in each] == pytest.approx(holm([one.p_value for one in each]))


def test_delong_agrees_with_the_bootstrap_for_means_over_seeds():
    pairs, _ = pairs_of({"a": [1.4, 1.6], "b": [1.5], "c": [1.6, 1.6, 1.7]}, count=1500)
    for pair in pairs:
        assert pair.uncertainty_delong == pytest.approx(pair.uncertainty, rel=0.1)


def test_the_logarithm_of_the_ratio_has_its_interval():
    _, _, taggers = measured({"a": [1.5], "b": [1.8]}, jets=8000)
    result = log_rejection_difference(taggers["b"], taggers["a"], 1)
    ratio = difference(taggers["b"], taggers["a"], POINTS).ratios[1]
    assert result["value"] == pytest.approx(np.log(ratio.value))
    assert result["uncertainty"] == pytest.approx(np.log(ratio.high / ratio.low) / 2, rel=0.15)
    assert result["training"] is None
    reverse = log_rejection_difference(taggers["a"], taggers["b"], 1)
    assert reverse["value"] == -result["value"]
    assert reverse["significance"] == pytest.approx(result["significance"])


def test_the_uncertainty_of_the_logarithm_is_the_spread_over_independent_samples():
    results = [
        log_rejection_difference(taggers["b"], taggers["a"], 1)
        for _, _, taggers in (measured({"a": [1.5], "b": [1.6]}, 2000, count=64, seed=seed) for seed in range(300))
    ]
    uncertainty = np.mean([each["uncertainty"] for each in results])
    assert uncertainty == pytest.approx(np.std([each["value"] for each in results]), rel=0.1)


def test_the_same_few_jets_behind_both_cuts_are_no_certainty():
    _, scores, taggers = measured({"a": [2.0]}, jets=400)
    jets = taggers["a"].background_jets[0, 1]
    result = log_rejection_difference(taggers["a"], taggers["a"], 1)
    assert (result["value"], result["significance"]) == (0, 0)
    assert result["uncertainty"] == pytest.approx(1 / jets)
    assert len(scores["a"]) == 1


def test_from_less_than_one_effective_jet_there_is_no_difference():
    pairs, taggers = pairs_of({"a": [1.5], "b": [6.0], "c": [1.6]}, jets=300)
    assert taggers["b"].background_jets[0].max() < 1
    undefined = [pair for pair in pairs if "b" in (pair.first, pair.second)]
    assert len(undefined) == 2
    for pair in undefined:
        for each in pair.rejections:
            assert (each.value, each.uncertainty, each.significance, each.p_value, each.p_holm) == (None,) * 5
        assert pair.p_holm < 1e-4
    (defined,) = (pair for pair in pairs if pair not in undefined)
    assert all(each.p_holm == each.p_value for each in defined.rejections)


def test_a_single_tagger_has_no_pairs():
    assert pairs_of({"a": [1.5]})[0] == []
