"""The scan of thresholds agrees with the comparison, and its cuts reproduce what it says of them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.cards.load_study import load_cards
from tagwerk.evaluation.compare import compare_runs
from tagwerk.evaluation.compared_jets import sample_and_scores
from tagwerk.evaluation.runs import read_runs
from tagwerk.evaluation.threshold_scan import (
    BinnedMass,
    MassScan,
    mass_scan,
    scan_efficiencies,
    threshold_scan,
    thresholds,
)
from tests.evaluation.gaussian_sample import gaussian_sample
from tests.evaluation.study_files import write_study


@pytest.fixture(scope="module", params=[(1,), (1, 2, 3)], ids=["one seed", "three seeds"])
def compared(request, tmp_path_factory):
    root = tmp_path_factory.mktemp("study")
    card, _, folders = write_study(root, jets=1000, seeds=request.param, taggers=("lstm",), working_points=[0.333, 0.5])
    cards = load_cards(card)
    runs = read_runs(folders, cards.study.taggers, ["qcd", "top"])
    sample, scores = sample_and_scores(runs, ["qcd", "top"], "top", "qcd")
    (tagger,) = compare_runs(cards, runs, sample, scores, count=50).taggers
    masses = mass_scan(sample, scan_efficiencies(tagger), {0.333, 0.5})
    return sample, scores, tagger, threshold_scan(sample, scores, tagger, masses), masses


def test_the_points_are_those_of_the_curve_and_the_working_points(compared):
    _, _, tagger, scan, _ = compared
    efficiencies = scan_efficiencies(tagger)
    assert efficiencies == sorted({*tagger.curve.signal_efficiency, 0.333})
    for rejection in tagger.rejections:
        point = efficiencies.index(rejection.signal_efficiency)
        assert 1 / scan.background_efficiency[point] == pytest.approx(rejection.value, rel=1e-4)
        assert 1 / scan.high[point] == pytest.approx(rejection.low, rel=1e-4)
        assert 1 / scan.low[point] == pytest.approx(rejection.high, rel=1e-4)
        assert scan.background_jets[point] == pytest.approx(rejection.background_jets, rel=1e-4)


def test_what_passes_the_thresholds_is_what_the_scan_says(compared):
    sample, scores, tagger, scan, masses = compared
    for point, efficiency in enumerate(scan_efficiencies(tagger)):
        passing = np.stack([score >= seed[point] for score, seed in zip(scores, scan.thresholds, strict=True)])
        assert passing[:, sample.signal].mean() == pytest.approx(scan.signal_efficiency[point], abs=0.003)
        assert passing[:, ~sample.signal].mean() == pytest.approx(scan.background_efficiency[point], abs=0.003)
        assert scan.signal_efficiency[point] >= efficiency - 1e-5
        assert scan.signal_low[point] <= scan.signal_efficiency[point] <= scan.signal_high[point]
    edges, mass = masses.edges, sample.variables["mass"][~sample.signal]
    for index, point in enumerate(masses.points):
        passing = np.mean([s[~sample.signal] >= cut[point] for s, cut in zip(scores, scan.thresholds, strict=True)], 0)
        in_range = (mass >= edges[0]) & (mass <= edges[-1])
        assert sum(scan.mass[index]) == pytest.approx(passing[in_range].sum(), abs=0.5)


def test_the_mass_is_given_at_every_working_point_and_fiftieth(compared):
    _, _, tagger, scan, masses = compared
    chosen = [scan_efficiencies(tagger)[point] for point in masses.points]
    assert chosen == sorted({*(np.arange(1, 51) / 50), 0.333})
    assert len(scan.mass) == len(scan.mass_error) == 51
    assert all(len(heights) == len(masses.edges) - 1 <= 30 for heights in scan.mass)


def test_thresholds_are_the_tightest_cuts_that_keep_the_fraction():
    sample, _ = gaussian_sample(8)
    score = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])  # signal: 0.2, 0.4, 0.6, 0.8
    assert thresholds(sample, score, np.array([0.25, 0.3, 0.5, 1.0])).tolist() == [0.8, 0.6, 0.6, 0.2]


def test_negative_weights_count_down():
    sample, _ = gaussian_sample(8)
    sample = replace(sample, weight=np.array([1, 1, 1, 1, 1, 1, 1, -0.5]))
    score = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
    assert thresholds(sample, score, np.array([0.1, 0.5])).tolist() == [0.6, 0.4]  # 0.5, 1.5, 2.5 of 2.5


def test_a_mass_histogram_is_that_of_the_background_that_passes():
    sample = replace(gaussian_sample(6)[0], weight=np.array([1, 1, 2, 1, 3, 1.0]))
    sample.variables["mass"][:] = [50, 50, 50, 50, 150, 50]
    binned = BinnedMass.of(sample, np.array([0.0, 100, 200]))
    assert binned.jets.tolist() == [0, 2, 4]  # background and signal in turn
    heights, errors = binned.histogram(np.array([1, 0.5, 0]))
    assert heights.tolist() == [2.0, 0.0]
    assert errors.tolist() == [2**0.5, 0.0]


@given(st.lists(st.one_of(st.integers(-1, 5), st.just(np.nan)), min_size=1, max_size=20))
def test_bins_of_the_mass_are_those_of_numpy(mass):
    mass = np.array(mass, float)
    sample = replace(gaussian_sample(len(mass))[0], signal=np.zeros(len(mass), bool), variables={"mass": mass})
    heights, _ = BinnedMass.of(sample, np.arange(5.0)).histogram(1.0)
    assert heights.tolist() == np.histogram(mass[np.isfinite(mass)], np.arange(5.0))[0].tolist()


@pytest.mark.parametrize("mass", [None, 100.0, np.nan])
def test_without_a_mass_that_varies_there_is_no_mass(mass):
    sample, _ = gaussian_sample(100)
    variables = {} if mass is None else {"mass": np.full(100, mass)}
    assert mass_scan(replace(sample, variables=variables), [0.5], {0.5}) is None


def test_jets_without_a_mass_are_left_out():
    sample, _ = gaussian_sample(1000)
    sample.variables["mass"][:500] = np.nan
    masses = mass_scan(sample, [0.5], {0.5})
    assert isinstance(masses, MassScan)
    assert 240 < sum(masses.mass) <= 250
