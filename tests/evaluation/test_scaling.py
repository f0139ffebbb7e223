"""The losses behind the fits: by hand, and their covariance against the bootstrap."""

import numpy as np
import pandas as pd
import pytest

from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.scaling import covariance_of_means, jet_losses, training_variances
from tagwerk.evaluation.scaling_results import FittedParameter
from tagwerk.plots.figures.loss_scaling import plot_scaling, scaling_numbers
from tagwerk.report.markdown import markdown
from tagwerk.report.scaling_tables import parameter_cell, scaling_rows, scaling_sentence
from tests.evaluation.test_learning_curves import compared


def test_the_loss_of_a_jet_by_hand():
    scores = pd.DataFrame({"label": [0, 1, 1], "p_a": [0.5, 0.5, 1.0], "p_b": [0.5, 1.5, 0.0]})
    assert jet_losses(scores, ["a", "b"]) == pytest.approx([np.log(2), -np.log(0.75), -np.log(1e-7)])


def test_the_covariance_of_means_is_that_of_resampled_events():
    random = np.random.default_rng(1)
    event = np.arange(3000) // 2
    losses = np.stack([random.exponential(size=1500)[event], random.exponential(size=3000)])
    losses[1] += 0.5 * losses[0]
    weight = random.uniform(0.5, 1.5, 3000)
    sample = ComparedJets(np.arange(3000) % 3 == 0, weight, event)
    counts = random.poisson(1.0, (2000, 1500))[:, event] * weight
    expected = np.cov((counts @ losses.T / counts.sum(axis=1, keepdims=True)).T)
    np.testing.assert_allclose(covariance_of_means(losses, sample), expected, rtol=0.12)


def test_the_spread_over_trainings_is_pooled_by_hand():
    variances, freedom = training_variances([np.array([0.9, 1.1]), np.array([2.0, 2.0]), np.array([3.0])])
    assert freedom == 2
    assert variances == pytest.approx([0.01 / 2, 0.04 / 2, 0.09])
    assert training_variances([np.array([0.9]), np.array([2.0])]) is None


@pytest.fixture(scope="module")
def comparison(tmp_path_factory):
    return compared(tmp_path_factory.mktemp("scaling"), (400, 4000, 100_000), seeds=(1, 2))[0]


def test_every_tagger_has_a_fit_through_its_losses(comparison):
    assert [fit.tagger for fit in comparison.scaling] == ["lstm", "boosted_trees"]
    for fit in comparison.scaling:
        assert [point.jets for point in fit.points] == [400, 4000, 100_000]
        for point in fit.points:
            allowed = 3 * np.hypot(point.uncertainty, point.training)
            assert fit.loss(point.jets) == pytest.approx(point.loss, abs=allowed)
        assert fit.trainings == 2
        assert fit.ndf == 0


@pytest.mark.parametrize(("ndf", "curves"), [(0, 1), (1, 2)])
def test_only_a_law_that_could_have_failed_is_extrapolated(comparison, ndf, curves):
    bounded = FittedParameter(value=0.3, low=0.2, high=0.4)
    fits = [fit.model_copy(update={"ndf": ndf, "exponent": bounded}) for fit in comparison.scaling]
    axes = plot_scaling(comparison.model_copy(update={"scaling": fits})).axes[0]
    assert len({line.get_linestyle() for line in axes.lines} - {"None"}) == curves


def test_figure_and_table_have_the_fits(comparison):
    axes = plot_scaling(comparison).axes[0]
    assert len(axes.containers) == 2
    assert len(scaling_numbers(comparison)) == 6
    best, other = scaling_rows(comparison)
    assert best.cells[0].order < other.cells[0].order
    assert "does not test the law" in scaling_sentence(comparison)
    assert f"| {best.heading} | {best.cells[0].text} |" in markdown(comparison)


def test_bounds_are_written_as_such(comparison):
    parameter = comparison.scaling[0].exponent.model_copy(update={"value": 0.4, "low": 0.3, "high": 0.6})
    assert parameter_cell(parameter)[:3] == ("0.40", "0.20", "0.10")
    assert parameter_cell(parameter.model_copy(update={"low": None})).text == "< 0.60"
    assert parameter_cell(parameter.model_copy(update={"high": None})).text == "> 0.30"
    assert parameter_cell(parameter.model_copy(update={"low": None, "high": None})).text == "undetermined"


def test_two_sizes_are_too_few(tmp_path):
    assert compared(tmp_path, (400, 4000))[0].scaling == []


def test_a_law_that_misses_the_losses_of_three_sizes_is_named(comparison):
    exact, missed = (
        fit.model_copy(update={"chi2": chi2, "ndf": 0})
        for fit, chi2 in zip(comparison.scaling, (1e-7, 3.98), strict=True)
    )
    changed = comparison.model_copy(update={"scaling": [exact, missed]})
    assert {row.heading: row.cells[4].text for row in scaling_rows(changed)} == {
        exact.title: "none left",
        missed.title: "4.0 / 0",
    }
    assert f"No such law has the losses of {missed.title}" in scaling_sentence(changed)
    assert "No such law" not in scaling_sentence(changed.model_copy(update={"scaling": [exact]}))
