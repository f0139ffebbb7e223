"""Results for several classes."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from tagwerk.evaluation.class_comparison import compare_classes, separate
from tagwerk.evaluation.labelled_jets import LabelledJets
from tagwerk.scores.tagger_run import Run
from tests.evaluation.test_compared_jets import ABOUT

CLASSES = ["light", "c", "b"]
CENTRES = np.array([0.0, 1.0, 2.5])


def gaussians(jets=3000, seed=1, weights=False):
    """Return jets of three classes, a Gaussian of unit width each, and their true class probabilities (B, C)."""
    random = np.random.default_rng(seed)
    label = np.arange(jets) % 3
    x = random.normal(CENTRES[label])
    density = norm.pdf(x[:, None] - CENTRES)
    weight = random.uniform(0.5, 1.5, jets) if weights else np.ones(jets)
    return LabelledJets(label, weight, np.arange(jets)), density / density.sum(axis=1, keepdims=True)


def run(jets, probabilities, seed=1, classes=CLASSES):
    table = pd.DataFrame({"event": jets.event, "source": "toy", "label": jets.label, "weight": jets.weight})
    table[[f"p_{name}" for name in classes]] = probabilities
    return Run(Path(f"seed {seed}"), ABOUT, table, None, None)


def separated(jets, probabilities, pair, efficiency=0.5, count=100):
    found = separate(jets, {"x": probabilities}, pair, efficiency, count, np.random.default_rng(3))
    return found["x"]


@pytest.mark.parametrize("pair", [(1, 0), (2, 0), (2, 1), (0, 2)])
def test_one_against_one_is_as_for_two_gaussians(pair):
    jets, probabilities = gaussians(jets=6000)
    auc, rejection = separated(jets, probabilities[None], pair)
    distance = abs(CENTRES[pair[0]] - CENTRES[pair[1]])
    assert auc.value == pytest.approx(norm.cdf(distance / 2**0.5), abs=4 * auc.uncertainty)
    # The cut that keeps half of the signal is at its centre.
    assert rejection.low / 1.3 < 1 / norm.sf(distance) < rejection.high * 1.3


def test_weighted_aucs_are_those_of_scikit_learn():
    jets, p = gaussians(weights=True)
    for pair in [(2, 0), (0, 2), (1, 2), (1, None)]:
        signal, background = pair
        keep = np.full(len(p), True) if background is None else np.isin(jets.label, pair)
        other = 1 - p[:, signal] if background is None else p[:, background]
        score = p[:, signal] / (p[:, signal] + other)
        expected = roc_auc_score(jets.label[keep] == signal, score[keep], sample_weight=jets.weight[keep])
        assert separated(jets, p[None], pair, count=2)[0].value == pytest.approx(expected, abs=1e-12)


def test_the_mean_over_the_classes_against_the_rest_is_that_of_scikit_learn():
    jets, p = gaussians()
    mean = np.mean([separated(jets, p[None], (label, None), count=2)[0].value for label in range(3)])
    assert mean == pytest.approx(roc_auc_score(jets.label, p, multi_class="ovr"), abs=1e-12)


def test_the_values_are_means_over_the_seeds():
    jets, p = gaussians()
    other = np.roll(p, 1, axis=0)
    seeds = np.stack([p, 0.7 * p + 0.3 * other])
    single = [separated(jets, each[None], (2, 0), count=2)[0].value for each in seeds]
    both = separated(jets, seeds, (2, 0), count=20)[0]
    assert both.value == pytest.approx(np.mean(single))
    assert both.spread == pytest.approx(np.std(single, ddof=1))


def test_both_orders_of_a_pair_have_one_auc_with_one_uncertainty():
    jets, p = gaussians()
    result = compare_classes({"x": [run(jets, p)]}, CLASSES, 0.5, seed=1, count=20).taggers[0]
    for first, second in [("b", "c"), ("c", "light")]:
        one, other = (result.separation(*pair).auc for pair in ((first, second), (second, first)))
        assert one.value == pytest.approx(other.value, abs=1e-12)
        assert one.uncertainty == pytest.approx(other.uncertainty, abs=1e-12)


def test_jets_of_zero_weight_do_not_count():
    jets, p = gaussians(jets=600)
    weight = np.where(np.arange(600) < 300, 1.0, 0.0)
    weighted = LabelledJets(jets.label, weight, jets.event)
    half = LabelledJets(jets.label[:300], weight[:300], jets.event[:300])
    results = [
        compare_classes({"x": [run(sample, each)]}, CLASSES, 0.5, seed=1, count=10)
        for sample, each in ((weighted, p), (half, p[:300]))
    ]
    assert results[0] == results[1]
    assert results[0].jets == {"light": 100, "c": 100, "b": 100}


def test_a_class_without_test_jets_has_no_results_and_the_others_have():
    jets, p = gaussians(jets=900)
    keep = jets.label != 1
    result = compare_classes({"x": [run(jets.select(keep), p[keep])]}, CLASSES, 0.5, seed=1, count=10)
    assert result.jets["c"] == 0
    (tagger,) = result.taggers
    assert tagger.separation("c", None).auc is None
    assert tagger.separation("b", "c").rejection is None
    assert tagger.cell("c", "b").value is None
    assert tagger.separation("b", "light").auc.value > 0.9
    assert tagger.separation("b", None).auc.value > 0.9


def test_jets_of_one_class_alone_give_no_separation():
    jets, p = gaussians(jets=900)
    keep = jets.label == 1
    (tagger,) = compare_classes({"x": [run(jets.select(keep), p[keep])]}, CLASSES, 0.5, seed=1, count=5).taggers
    assert all(each.auc is None and each.rejection is None for each in tagger.separations)
    assert sum(tagger.cell("c", name).value for name in CLASSES) == pytest.approx(1)


def test_a_class_that_a_tagger_does_not_know_has_no_results_for_it_alone():
    jets, p = gaussians(jets=900)
    without = p * [1, 0, 1]
    runs = {"all": [run(jets, p)], "two": [run(jets, without)]}
    everything, two = compare_classes(runs, CLASSES, 0.5, seed=1, count=10).taggers
    assert two.separation("b", "c").auc is None
    assert two.separation("b", "light").auc == everything.separation("b", "light").auc
    assert everything.separation("b", "c").auc is not None


def test_two_classes_and_scores_without_all_classes_have_no_section():
    jets, p = gaussians(jets=300)
    scores = run(jets, p)
    assert compare_classes({"x": [scores]}, CLASSES[:2], 0.5, seed=1) is None
    assert compare_classes({"x": [scores]}, [*CLASSES, "tau"], 0.5, seed=1) is None


def test_a_class_may_have_a_signal_efficiency_of_its_own():
    jets, probabilities = gaussians()
    found = compare_classes({"x": [run(jets, probabilities)]}, CLASSES, 0.5, 1, count=20, efficiencies={"b": 0.9})
    points = {(each.signal, each.rejection.signal_efficiency) for each in found.taggers[0].separations}
    assert points == {("light", 0.5), ("c", 0.5), ("b", 0.9)}
    assert [found.efficiency_of(name) for name in CLASSES] == [0.5, 0.5, 0.9]
