import json

import numpy as np
import pandas as pd
import pytest

from tagwerk.cards.reweighting import Reweighting
from tagwerk.summaries.reweighted import ReweightingFactors
from tagwerk.summaries.spectra import BinnedSums, Spectra, effective_jets

FLAT = np.ones((1, 1, 1))


def jets_of(random, number, slope, width):
    """Jets with a falling pT spectrum and a Gaussian η."""
    return {"pt": 500 + random.exponential(slope, number), "eta": random.normal(0, width, number)}


def reweighted(classes, weights=None, **card):
    """Return the reweighting of jets by class, (N,) per variable; the first class is the reference."""
    card = Reweighting(reference=next(iter(classes)), **card)
    spectra = Spectra(card, {name: pd.DataFrame(jets) for name, jets in classes.items()})
    for label, (name, jets) in enumerate(classes.items()):
        weight = np.ones(len(jets["pt"])) if weights is None else weights[name]
        for half in (slice(None, 100), slice(100, None)):
            chunk = {variable: values[half] for variable, values in jets.items()}
            spectra.add(np.full(len(chunk["pt"]), label), weight[half], chunk)
    return spectra.result({name: len(jets["pt"]) for name, jets in classes.items()})


@pytest.fixture(scope="module")
def samples():
    random = np.random.default_rng(5)
    return [
        {"qcd": jets_of(random, 20_000, 80, 1.0), "top": jets_of(random, 20_000, 150, 0.8)} for _ in ("train", "other")
    ]


def test_binned_sums_of_four_jets_include_underflow_and_overflow():
    table = BinnedSums(2, (np.array([1.0]), np.array([0.0, 10.0])))
    table.add(np.array([0, 0, 1, 1]), np.array([1, 2, 3, 4]), (np.array([0, 1, -99, 99]), np.array([-5, 10, 5, 5])))
    assert table.sums.tolist() == [[[1, 0, 0], [0, 0, 2]], [[0, 3, 0], [0, 4, 0]]]
    assert table.squares.tolist() == [[[1, 0, 0], [0, 0, 4]], [[0, 9, 0], [0, 16, 0]]]


def test_effective_jets_of_equal_and_of_unequal_weights_by_hand():
    assert effective_jets(12 * FLAT, 12 * FLAT, FLAT) == 12
    assert effective_jets(3 * FLAT, 5 * FLAT, FLAT) == 9 / 5  # (1 + 2)² / (1² + 2²)
    assert effective_jets(3 * FLAT, 5 * FLAT, 7 * FLAT) == pytest.approx(9 / 5)


def test_spectra_of_other_jets_agree_within_errors_after_reweighting(samples):
    """The factors of one sample applied to the jets of another, in the bins of the factors."""
    reweighting, other = reweighted(samples[0], bins=(10, 5)), samples[1]
    for variable, edges in zip(("pt", "eta"), reweighting.edges, strict=True):
        shares, errors = [], []
        for label, (name, jets) in enumerate(other.items()):
            weight = reweighting.factor(np.full(20_000, label), jets["pt"], jets["eta"])
            bins = [-np.inf, *edges, np.inf]
            sums = np.histogram(jets[variable], bins, weights=weight)[0]
            squares = np.histogram(jets[variable], bins, weights=weight**2)[0]
            shares.append(sums / sums.sum())
            errors.append(np.sqrt(squares) / sums.sum())
            assert name != "top" or weight.mean() == pytest.approx(1, abs=0.02)
        # The factors fluctuate like the jets that they come from, which doubles the variance.
        pull = (shares[0] - shares[1]) / np.sqrt(2 * (errors[0] ** 2 + errors[1] ** 2))
        assert (pull**2).sum() < 3 * len(pull)
        plain = np.histogram(other["top"][variable], bins)[0] / 20_000
        assert (((shares[0] - plain) / errors[0]) ** 2).sum() > 50 * len(pull)


def test_the_closure_equals_reweighting_jet_by_jet(samples):
    jets = samples[0]
    reweighting = reweighted(jets)
    for variable, closure in reweighting.closure.items():
        bins = [-np.inf, *closure.edges, np.inf]
        for label, (name, of_class) in enumerate(jets.items()):
            weight = reweighting.factor(np.full(20_000, label), of_class["pt"], of_class["eta"])
            index = np.searchsorted(bins[1:-1], of_class[variable], side="right")
            assert closure.before[name] == np.bincount(index, minlength=len(bins) - 1).tolist()
            assert closure.after[name] == pytest.approx(np.bincount(index, weight, len(bins) - 1))
            assert closure.errors[name] == pytest.approx(np.sqrt(np.bincount(index, weight**2, len(bins) - 1)))
            assert reweighting.effective[name] == pytest.approx(weight.sum() ** 2 / (weight**2).sum())


def test_the_closure_has_finer_bins_than_the_factors(samples):
    reweighting = reweighted(samples[0])
    for variable, edges in zip(("pt", "eta"), reweighting.edges, strict=True):
        fine = reweighting.closure[variable].edges
        assert set(edges) < set(fine)
        assert len(fine) > 2 * len(edges)


def test_no_jet_is_lost_and_each_class_keeps_its_sum_of_weights(samples):
    reweighting = reweighted(samples[0], largest=1.5)
    for closure in reweighting.closure.values():
        for name in ("qcd", "top"):
            assert sum(closure.before[name]) == 20_000
            assert sum(closure.after[name]) == pytest.approx(20_000)
    assert np.max(reweighting.factors["top"]) <= 1.5 + 1e-9


def test_spectra_are_weighted():
    random = np.random.default_rng(2)
    pt, eta = 500 + random.uniform(0, 100, 1000), random.uniform(-1, 1, 1000)
    classes = {name: {"pt": pt, "eta": eta} for name in ("qcd", "top")}
    heavy = np.where(pt > np.median(pt), 3.0, 1.0)
    reweighting = reweighted(classes, {"qcd": heavy, "top": np.ones(1000)}, bins=(2, 1))
    assert reweighting.factors["top"] == [[pytest.approx(0.5)], [pytest.approx(1.5)]]
    assert reweighting.effective["qcd"] == pytest.approx((500 + 1500) ** 2 / (500 + 500 * 9))


def test_jets_beyond_the_range_of_the_reference_have_the_factor_of_the_outermost_bin(samples):
    reweighting = reweighted(samples[0])
    table = np.array(reweighting.factors["top"])
    far = reweighting.factor(np.array([1, 1]), np.array([0.0, 1e9]), np.array([-50.0, 50.0]))
    assert far.tolist() == [table[0, 0], table[-1, -1]]


def test_factors_survive_a_round_trip_through_json(samples):
    reweighting = reweighted(samples[0])
    again = ReweightingFactors.model_validate(json.loads(reweighting.model_dump_json()))
    assert again == reweighting
    jets, label = samples[1]["top"], np.ones(20_000, int)
    assert (again.factor(label, jets["pt"], jets["eta"]) == reweighting.factor(label, jets["pt"], jets["eta"])).all()
