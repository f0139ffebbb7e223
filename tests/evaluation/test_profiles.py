"""Profiles are efficiencies in bins, for one threshold."""

import numpy as np
import pytest

from tagwerk.errors import UserError
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.profiles import default_variables, measure_profiles


def jets(count=8000, **variables):
    random = np.random.default_rng(1)
    return ComparedJets(
        np.arange(count) % 2 == 0,
        random.uniform(0.5, 2, count),
        np.arange(count),
        {"pt": random.exponential(1, count), "eta": random.normal(size=count)} | variables,
    )


def scores(sample):
    return np.random.default_rng(2).normal(size=(1, len(sample.signal))) + 2 * sample.signal + sample.variables["pt"]


def test_bins_by_hand():
    sample = jets()
    score = scores(sample)
    found = measure_profiles(sample, {"a": score}, {"a": np.array([[2.0, 3.0]])}, [0.5, 0.3], ["pt"])
    (bins,), profile = found.variables, found.profiles[1]
    assert len(bins.centres) == 8
    assert (profile.tagger, profile.variable, profile.working_point) == ("a", "pt", 0.3)
    pt, weight = sample.variables["pt"], sample.weight
    inside = (pt >= bins.edges[2]) & (pt < bins.edges[3])
    for is_signal, values in ((True, profile.signal), (False, profile.background)):
        mask = inside & (sample.signal == is_signal)
        assert values[2] == pytest.approx(weight[mask & (score[0] >= 3)].sum() / weight[mask].sum())
    assert bins.centres[2] == pytest.approx(np.median(pt[inside]))
    assert profile.background_low[2] < profile.background[2] < profile.background_high[2]


def test_bins_average_to_the_inclusive_efficiency():
    sample = jets()
    score = scores(sample)
    found = measure_profiles(sample, {"a": score}, {"a": np.array([[2.5]])}, [0.5], ["eta"])
    pt_bins, profile = found.variables[0], found.profiles[0]
    sums = np.histogram(sample.variables["eta"][sample.signal], pt_bins.edges, weights=sample.weight[sample.signal])[0]
    passing = sample.signal & (score[0] >= 2.5)
    inclusive = sample.weight[passing].sum() / sample.weight[sample.signal].sum()
    assert np.average(profile.signal, weights=sums) == pytest.approx(inclusive)


def test_seeds_are_averaged():
    sample = jets()
    both = np.concatenate([scores(sample), scores(sample) - 1])
    cuts = np.array([[2.0], [2.5]])
    alone = [
        measure_profiles(sample, {"a": both[[seed]]}, {"a": cuts[[seed]]}, [0.5], ["pt"]).profiles[0].signal
        for seed in (0, 1)
    ]
    together = measure_profiles(sample, {"a": both}, {"a": cuts}, [0.5], ["pt"]).profiles[0].signal
    assert together == pytest.approx(np.mean(alone, axis=0))


def test_a_bin_without_passing_background_has_only_a_bound_and_one_without_background_nothing():
    sample = jets()
    only_signal = np.where(sample.signal, sample.variables["pt"], sample.variables["pt"] / 1000)
    sample = jets(x=only_signal)
    found = measure_profiles(sample, {"a": scores(sample)}, {"a": np.array([[99.0]])}, [0.1], ["pt", "x"])
    in_pt, in_x = found.profiles
    assert set(in_pt.background) == set(in_pt.background_low) == {0}
    assert min(in_pt.background_high) > 0
    assert in_x.background[-1] is None
    assert in_x.background_high[-1] is None
    assert found.variables[1].background_jets[-1] == 0


def test_few_jets_have_two_bins_and_integers_merge():
    few = jets(40, n_tracks=np.arange(40) % 3.0)
    found = measure_profiles(few, {"a": scores(few)}, {"a": np.array([[2.0]])}, [0.5])
    assert {each.name: len(each.centres) for each in found.variables} == {"pt": 2, "eta": 2, "n_tracks": 2}


def test_defaults_are_those_that_the_jets_have():
    sample = jets(tau21=np.ones(8000), n_tracks=np.arange(8000.0), n_clusters=np.ones(8000))
    assert default_variables(sample) == ["pt", "eta", "n_tracks"]
    assert measure_profiles(sample, {}, {}, [0.5], ["tau21"]) is None


def test_an_unknown_variable_is_refused():
    with pytest.raises(UserError, match=r"key 'profiles': the scores have no variable 'm' \(there: pt, eta\)"):
        measure_profiles(jets(), {}, {}, [0.5], ["pt", "m"])


def test_jets_without_a_value_are_in_no_bin():
    sample = jets()
    x = np.where(np.arange(8000) < 4000, np.nan, sample.variables["pt"])
    sample = jets(x=x)
    found = measure_profiles(sample, {"a": scores(sample)}, {"a": np.array([[2.0]])}, [0.5], ["x"])
    half = ~np.isnan(x) & sample.signal
    expected = sample.weight[half].sum() ** 2 / (sample.weight[half] ** 2).sum()
    assert sum(found.variables[0].signal_jets) == pytest.approx(expected, rel=0.05)
