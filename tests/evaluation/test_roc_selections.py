"""ROC curves in slices of pT and of pairs of classes are those of the selected jets alone."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from tagwerk.evaluation.roc_selections import MIN_JETS, pt_slices, slice_selections, subsample
from tests.evaluation.gaussian_sample import gaussian_sample

STUDY = SimpleNamespace(signal="signal", backgrounds={"background": 1.0}, seed=1)


@pytest.mark.parametrize(
    ("jets", "slices"),
    [
        (8 * MIN_JETS + 400, [(None, 600.0), (600.0, 700.0), (700.0, 800.0), (800.0, None)]),
        (4 * MIN_JETS + 200, [(None, 700.0), (700.0, None)]),
        (2 * MIN_JETS, []),
    ],
)
def test_slices_of_pt_have_rounded_edges_and_enough_jets(jets, slices):
    sample, _ = gaussian_sample(jets)
    sample.variables["pt"][:] = np.linspace(500, 900, jets)
    found = pt_slices(sample)
    assert [tuple(edge if edge is None else round(edge, -2) for edge in each) for each in found] == slices
    assert all(edge is None or edge % 10 == 0 for each in found for edge in each)


@pytest.mark.parametrize("pt", [None, 600.0, np.nan])
def test_without_a_pt_that_varies_there_are_no_slices(pt):
    sample, scores = gaussian_sample(4000)
    sample = replace(sample, variables={} if pt is None else {"pt": np.full(4000, pt)})
    assert pt_slices(sample) == []
    assert slice_selections(STUDY, sample, {"one": scores}) == []


def test_a_slice_has_the_curve_of_its_jets_by_scikit_learn():
    sample, scores = gaussian_sample(4000, seeds=2, weighted=True)
    selections = slice_selections(STUDY, sample, {"one": scores[:1], "two": scores})
    assert sum(each.signal_jets + each.background_jets for each in selections) == 4000
    for each in selections:
        pt = sample.variables["pt"]
        keep = (pt >= (each.pt_low or 0)) & (pt < (each.pt_high or np.inf))
        truth, weight = sample.signal[keep], sample.weight[keep]
        aucs = [roc_auc_score(truth, score[keep], sample_weight=weight) for score in scores]
        assert each.curves["one"].auc.value == pytest.approx(aucs[0], abs=1e-12)
        assert each.curves["two"].auc.value == pytest.approx(np.mean(aucs), abs=1e-12)
        fpr, tpr, _ = roc_curve(truth, scores[0][keep], sample_weight=weight, drop_intermediate=False)
        assert each.curves["one"].background_efficiency[49] == pytest.approx(fpr[np.searchsorted(tpr, 0.5)], rel=1e-4)
        curve = each.curves["two"]
        assert (np.array(curve.low) <= curve.background_efficiency).all()
        assert (curve.background_efficiency <= np.array(curve.high)).all()


def test_the_interval_in_a_slice_covers_the_fluctuation_of_its_jets():
    """With N background jets, a cut of efficiency ε at fixed threshold fluctuates by sqrt(ε (1 − ε) / N), or more."""
    sample, scores = gaussian_sample(8000)
    each = slice_selections(STUDY, sample, {"one": scores})[0]
    curve, point = each.curves["one"], 79
    efficiency = curve.background_efficiency[point]
    binomial = np.sqrt(efficiency * (1 - efficiency) / each.background_jets)
    width = (curve.high[point] - curve.low[point]) / 2
    assert binomial < width < 2.5 * binomial


def test_a_subsample_numbers_its_events_anew():
    sample, _ = gaussian_sample(10)
    part = subsample(sample, np.arange(10) >= 5)
    assert part.event.tolist() == [0, 1, 1, 2, 2]
    assert part.variables["pt"].tolist() == sample.variables["pt"][5:].tolist()
    assert part.signal.tolist() == [True, False, True, False, True]
