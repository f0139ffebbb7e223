"""The ensemble is the mean of the probabilities, and gains where trainings differ."""

import numpy as np
import pytest
from scipy.special import expit

from tagwerk.cards.tagger import Tagger
from tagwerk.evaluation.bootstrap import replicas
from tagwerk.evaluation.compare import compare
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.ensemble import ensemble_discriminant, ensemble_result
from tagwerk.evaluation.measured import measure
from tests.evaluation.study_files import TAGGERS, write_study

POINTS = np.array([0.3, 0.5, 0.7])


def test_two_trainings_by_hand():
    probabilities = np.array([[[0.2, 0.6, 0.2], [0.0, 0.0, 1.0]], [[0.4, 0.2, 0.4], [0.0, 0.0, 1.0]]])
    assert ensemble_discriminant(probabilities, 1, {0: 1.0}) == pytest.approx([0.4 / (0.3 + 0.4), 0.5])
    assert ensemble_discriminant(probabilities, 0, {2: 1.0}) == pytest.approx([0.5, 0])
    mixed = ensemble_discriminant(probabilities, 1, {0: 0.5, 2: 0.5})
    assert mixed == pytest.approx([0.4 / (0.4 + (0.3 + 0.3) / 2), 0])


def result_of(trainings, jets=4000):
    random = np.random.default_rng(1)
    signal = np.arange(jets) % 2 == 1
    sample = ComparedJets(signal, np.ones(jets), np.arange(jets))
    common = random.normal(size=jets)
    p_signal = expit(2 * (common + random.normal(size=(trainings, jets)) + 1.5 * (2 * signal - 1)))
    ensemble = ensemble_discriminant(np.stack([1 - p_signal, p_signal], axis=-1), 1, {0: 1.0})
    scores = np.stack([*p_signal, ensemble])
    resampled = replicas(sample, scores, POINTS, 200, np.random.default_rng(2))
    single = measure(sample, p_signal, POINTS, resampled.of_runs(range(trainings)))
    both = measure(sample, ensemble[None], POINTS, resampled.of_runs([trainings]))
    card = Tagger.model_validate(TAGGERS["lstm"])
    return ensemble_result("lstm", card, both, single, POINTS), single


def test_independent_fluctuations_of_trainings_average_out():
    result, single = result_of(5)
    assert result.title == "LSTM, ensemble of 5"
    assert result.metrics["auc"].value > single.auc.max()
    assert result.gain.auc == pytest.approx(result.metrics["auc"].value - single.auc.mean())
    assert result.gain.significance > 5
    assert result.gain.training is None
    assert result.metrics["auc"].spread is None
    assert [each.signal_efficiency for each in result.rejections] == POINTS.tolist()
    assert all(ratio.value > 1 for ratio in result.gain.ratios)


def test_the_ensemble_of_equal_trainings_gains_nothing():
    result, _ = result_of(1)
    assert (result.gain.auc, result.gain.significance) == (0, 0)


def test_a_study_has_an_ensemble_of_each_tagger_with_several_seeds(tmp_path):
    card, _, runs = write_study(tmp_path, jets=1000, seeds=(1, 2), taggers=("lstm", "boosted_trees"))
    comparison = compare(card, runs[:3], count=50)
    (ensemble,) = comparison.ensembles
    assert (ensemble.tagger, ensemble.trainings) == ("lstm", 2)
    assert {tagger.name for tagger in comparison.taggers} == {"lstm", "boosted_trees"}
    assert {(pair.first, pair.second) for pair in comparison.pairs} == {("boosted_trees", "lstm")}
