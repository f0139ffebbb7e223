"""What is written: rounded jets in a random order of constituents, with the likelihood ratio of these very numbers."""

import awkward as ak
import numpy as np
import pytest
import vector

from tagwerk.simulate.exact_jets import RoundedJets, draw, exact_jets
from tagwerk.simulate.exact_law import JetLaw
from tagwerk.simulate.exact_likelihood import OrderedJets, log_likelihood_ratio
from tests.simulate.exact_cards import generator


@pytest.fixture(scope="module")
def jets():
    return ak.concatenate(list(exact_jets(generator(), "two_prong_0001")))


def reordered(jets):
    """Return the law's view of jet records, from their constituents alone."""
    constituents = jets.constituents[ak.argsort(jets.constituents.pt, ascending=False)]
    padded = {
        name: ak.to_numpy(ak.fill_none(ak.pad_none(constituents[name], 8), 0)).astype(np.float64)
        for name in ("pt", "eta", "phi")
    }
    eta, phi = (ak.to_numpy(jets[f"jet_{name}"]).astype(np.float64)[:, None] for name in ("eta", "phi"))
    delta_phi = (padded["phi"] - phi + np.pi) % (2 * np.pi) - np.pi
    return OrderedJets(padded["pt"], padded["eta"] - eta, delta_phi, ak.to_numpy(ak.num(jets.constituents)))


def test_the_ratio_in_the_file_is_that_of_its_own_numbers_in_any_order(jets):
    written = ak.to_numpy(jets.log_likelihood_ratio)
    np.testing.assert_allclose(log_likelihood_ratio(generator(), reordered(jets)), written, rtol=1e-12, atol=1e-12)


def test_constituents_are_in_a_random_order(jets):
    leading = ak.to_numpy(ak.argmax(jets.constituents.pt, axis=1))[ak.num(jets.constituents) > 3]
    assert 0 < (leading == 0).mean() < 0.6


def test_a_jet_is_the_sum_of_its_massless_constituents(jets):
    momentum = {name: ak.values_astype(jets.constituents[name], np.float64) for name in ("pt", "eta", "phi")}
    total = ak.sum(vector.zip(momentum | {"mass": 0.0 * momentum["pt"]}), axis=1)
    np.testing.assert_allclose(jets.jet_pt, total.pt, rtol=1e-5)
    np.testing.assert_allclose(jets.jet_mass, total.mass, rtol=1e-3, atol=0.02)
    energy = momentum["pt"] * np.cosh(momentum["eta"])
    np.testing.assert_allclose(ak.flatten(jets.constituents.energy), ak.flatten(energy), rtol=1e-6)


def test_jets_are_labelled_by_their_process(jets):
    assert ak.all(jets.jet_signal == 1)
    assert not any(ak.any(chunk.jet_signal) for chunk in exact_jets(generator(), "one_prong_0000"))


def test_a_part_is_reproducible_and_parts_differ(jets):
    again = ak.concatenate(list(exact_jets(generator(), "two_prong_0001")))
    assert ak.array_equal(again, jets)
    other = ak.concatenate(list(exact_jets(generator(), "two_prong_0000")))
    assert not set(other.jet_eta.tolist()) & set(jets.jet_eta.tolist())
    assert not set(other.event.tolist()) & set(jets.event.tolist())


def test_the_first_jets_are_the_same_whatever_their_number(jets):
    more = ak.concatenate(list(exact_jets(generator(jets_per_file=1200), "two_prong_0001")))
    assert len(more) == 1200
    assert len(set(more.event.tolist())) == 1200
    assert ak.array_equal(more[:50], jets)


def test_equal_momenta_after_rounding_are_told_apart_downwards():
    card = generator(states__core__pt_ratio=[1000, 0.001], states__prong__pt_ratio=[1000, 0.001])
    drawn = draw(card, JetLaw.of(card, "one_prong"), 200, np.random.default_rng(1))
    assert (np.diff(drawn.pt, axis=1) < 0).all()
    assert np.isfinite(log_likelihood_ratio(card, drawn.ordered())).all()


def test_azimuths_are_relative_to_the_axis_across_the_seam():
    jets = RoundedJets(
        *(np.array([value], np.float32) for value in (0.5, 3.1)),
        *(np.array([[value]], np.float32) for value in (100.0, 0.6, -3.1)),
        np.array([1]),
    )
    assert jets.ordered().delta_eta[0, 0] == pytest.approx(0.1, abs=1e-6)
    assert jets.ordered().delta_phi[0, 0] == pytest.approx(2 * np.pi - 6.2, abs=1e-6)
