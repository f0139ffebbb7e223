"""Thresholds are chosen on validation jets and measured on test jets; a flat efficiency is flat."""

import numpy as np
import pytest
from scipy.stats import norm

from tagwerk.errors import UserError
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.flat_bins import MIN_SIGNAL_JETS, flat_bins
from tagwerk.evaluation.thresholds import ScoredJets
from tagwerk.evaluation.working_points import measure_working_points, passes

TARGETS = [0.3, 0.7]


def gaussians(jets, seed, slope=2.0):
    """Return jets whose discriminant is Gaussian around (signal) 2 + slope x or (background) slope x, 0 < x < 1."""
    random = np.random.default_rng(seed)
    signal, x, y = np.arange(jets) % 2 == 0, random.random(jets), random.normal(size=jets)
    score = random.normal(size=jets) + 2 * signal + slope * x
    return ScoredJets(ComparedJets(signal, np.ones(jets), np.arange(jets), {"x": x, "y": y}), score[None])


@pytest.fixture(scope="module")
def points():
    test, validation = gaussians(40_000, 1), gaussians(40_000, 2)
    scores = {"a": test.scores, "b": test.scores + 1}
    seeds = {"a": [7], "b": [8]}
    return measure_working_points(test.jets, scores, TARGETS, seeds, {"a": validation}, ["x"]), test


def test_each_tagger_has_inclusive_points_and_flat_ones(points):
    kinds = [(each.tagger, each.seed, each.signal_efficiency, len(each.thresholds)) for each in points[0]]
    assert kinds == [
        (name, seed, target, n) for name, seed in (("a", 7), ("b", 8)) for n in (1, 10) for target in TARGETS
    ]


def test_without_validation_jets_thresholds_are_chosen_on_the_test_jets(points):
    assert {each.tagger: each.chosen_on for each in points[0]} == {"a": "validation", "b": "test"}
    inclusive = [each for each in points[0] if each.tagger == "b" and not each.variables]
    assert [each.signal.value for each in inclusive] == pytest.approx(TARGETS, abs=1e-4)


def test_an_inclusive_efficiency_depends_on_the_variable_and_a_flat_one_does_not(points):
    found, test = points
    inclusive, flat = (next(each for each in found if bool(each.variables) == is_flat) for is_flat in (False, True))
    cell = (test.jets.variables["x"] > 0.9) & test.jets.signal
    assert passes(inclusive, test.scores[0])[cell].mean() > 0.5
    assert passes(flat, test.scores[0], test.jets.variables)[cell].mean() == pytest.approx(0.3, abs=0.03)
    assert [each.value for each in flat.signal_by_cell] == pytest.approx([0.3] * 10, abs=0.04)
    assert flat.signal.value == pytest.approx(0.3, abs=0.01)


def test_efficiencies_of_two_gaussians_agree_with_the_closed_form():
    test, validation = gaussians(100_000, 13, slope=0), gaussians(100_000, 14, slope=0)
    found = measure_working_points(test.jets, {"a": test.scores}, TARGETS, {"a": [1]}, {"a": validation})
    for point in found:
        assert point.signal.value == pytest.approx(point.signal_efficiency, abs=0.01)
        exact = norm.sf(norm.isf(point.signal_efficiency) + 2)
        assert point.background.value == pytest.approx(exact, rel=0.1)
        assert point.background.low < point.background.value < point.background.high


def test_what_passes_is_what_was_measured(points):
    found, test = points
    for point in found[:4]:
        passing = passes(point, test.scores[0], test.jets.variables)
        assert passing[test.jets.signal].mean() == pytest.approx(point.signal.value)
        assert passing[~test.jets.signal].mean() == pytest.approx(point.background.value)


def test_a_jet_beyond_the_edges_is_in_the_outermost_bin_and_one_without_a_value_fails(points):
    flat = next(each for each in points[0] if each.variables)
    first, last = flat.thresholds[0], flat.thresholds[-1]
    score = np.array([first, first - 1e-9, last, np.inf])
    assert passes(flat, score, {"x": np.array([-5, -5, 5, np.nan])}).tolist() == [True, False, True, False]
    with pytest.raises(UserError, match="needs the variable 'x'"):
        passes(flat, score)


def test_two_variables_have_cells_in_which_the_last_varies_fastest():
    scored = gaussians(20_000, 5)
    found = measure_working_points(scored.jets, {"a": scored.scores}, [0.5], {"a": [1]}, {}, ["x", "y"])[1]
    assert [(each.name, len(each.edges)) for each in found.variables] == [("x", 4), ("y", 4)]
    thresholds = np.array(found.thresholds).reshape(5, 5)
    assert (np.diff(thresholds.mean(axis=1)) > 0.2).all()
    assert [each.value for each in found.signal_by_cell] == pytest.approx([0.5] * 25, abs=0.01)


def test_few_jets_have_fewer_bins():
    bins = flat_bins(gaussians(2 * 350, 6).jets, ["x"])
    assert len(bins[0].edges) == 2
    assert flat_bins(gaussians(4000, 6).jets, ["x"])[0].unit is None


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["x"], rf"key 'flat_in': 150 signal jets are too few for two bins of x with {MIN_SIGNAL_JETS}"),
        (["z"], r"no variable 'z' \(there: x, y, some, same\)"),
        (["some"], "1 signal jets have no value of 'some'"),
        (["same"], "too few for two bins of same"),
    ],
)
def test_a_variable_without_bins_is_refused(names, message):
    jets = gaussians(300, 7).jets
    some = np.where(np.arange(300) == 0, np.nan, jets.variables["x"])
    variables = dict(jets.variables) | {"some": some, "same": np.ones(300)}
    with pytest.raises(UserError, match=message):
        flat_bins(ComparedJets(jets.signal, jets.weight, jets.event, variables), names)


def test_equal_scores_let_everything_pass():
    jets = gaussians(100, 8).jets
    (point,) = measure_working_points(jets, {"a": np.full((1, 100), 0.5)}, [0.3], {"a": [1]}, {})
    assert (point.signal.value, point.background.value) == (1, 1)
