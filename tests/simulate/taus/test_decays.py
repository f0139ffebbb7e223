import awkward as ak
import numpy as np
import pytest

from tagwerk.simulate.pythia import process_source
from tagwerk.simulate.taus.decays import decay_modes, find_taus, no_taus
from tagwerk.simulate.visible_particles import NONE, visible_particles


@pytest.mark.parametrize(
    ("products", "mode"),
    [
        ([16, 211], 0),
        ([16, 321], 0),
        ([16, 111, 211], 1),
        ([16, 111, 111, 211], 2),
        ([16, 111, 111, 111, 211], 2),
        ([16, 211, 211, 211], 3),
        ([16, 111, 211, 211, 211], 4),
        ([16, 211, 211, 211, 211, 211], 5),
        ([16, 311, 211], 5),
        ([16, 22, 111, 211], 5),
    ],
)
def test_a_decay_mode_counts_charged_and_neutral_pions(products, mode):
    both = [*products, 16, 211]
    tau = np.repeat([0, 1], [len(products), 2])
    assert decay_modes(np.array(both), tau, 2).tolist() == [mode, 0]


def test_the_two_taus_of_a_boson_add_up_to_less_than_its_mass(tau_record):
    taus, _ = find_taus(tau_record)
    per_event = np.bincount(taus.event, minlength=len(tau_record))
    assert per_event.min() == 2  # a few events have a third, of a heavy hadron
    assert np.mean(per_event == 2) > 0.98
    two = np.flatnonzero((per_event[taus.event] == 2) & (taus.ordinal == 0))
    px, py = taus.pt * np.cos(taus.phi), taus.pt * np.sin(taus.phi)
    pz, energy = taus.pt * np.sinh(taus.eta), np.hypot(taus.pt * np.cosh(taus.eta), taus.mass)
    visible = [each[two] + each[two + 1] for each in (px, py, pz, energy)]
    mass = np.sqrt(visible[3] ** 2 - visible[0] ** 2 - visible[1] ** 2 - visible[2] ** 2)
    assert 50 < np.median(mass) < 80


def test_decay_modes_have_their_branching_fractions(tau_record):
    """Of the hadronic decays (PDG 2024): 0.178, 0.393, 0.16, 0.14, 0.07 within five binomial standard deviations."""
    modes = find_taus(tau_record)[0].mode
    fractions = np.bincount(modes, minlength=6) / len(modes)
    expected = np.array([0.178, 0.393, 0.16, 0.145, 0.075])
    assert fractions[:5] == pytest.approx(expected, abs=5 * np.sqrt(0.24 / len(modes)))


def test_visible_masses_are_those_of_the_resonances(tau_record):
    taus, _ = find_taus(tau_record)
    assert taus.mass[taus.mode == 0] == pytest.approx(0.1396, abs=0.4)  # pions, and 6 % kaons
    assert np.median(taus.mass[taus.mode == 1]) == pytest.approx(0.77, abs=0.05)  # rho
    assert 1.0 < np.median(taus.mass[taus.mode == 3]) < 1.3  # a1
    assert taus.mass.max() < 1.777


def test_descendants_are_the_visible_decay_products(tau_record, tau_source):
    taus, ancestors = find_taus(tau_record)
    particles = visible_particles(tau_record, tau_source.species(), ancestors)
    charged = (particles.ancestor != NONE) & (particles.charge != 0)
    prongs = np.zeros((len(tau_record), 1 + taus.ordinal.max()))
    np.add.at(prongs, (particles.event[charged], particles.ancestor[charged]), 1)
    of_tau = prongs[taus.event, taus.ordinal]
    central = (np.abs(taus.eta) < 4) & (taus.mode < 5)
    expected = np.where(taus.mode < 3, 1, 3)
    # A photon of a neutral pion becomes an electron pair in 1.2 % of its decays.
    assert np.mean(of_tau[central] == expected[central]) > 0.95


def test_the_polarisation_is_that_of_the_card(with_tau_changes):
    """A tau to one pion has a mean energy fraction of 1/2 + P/6 (arXiv:hep-ex/0509008, eq. 4.10): 0.4755 for -0.147."""
    settings = with_tau_changes().processes["z"].pythia
    only_pions = [*settings, "15:onMode = off", "15:0:onMode = on"]
    process = {"pythia": only_pions, "match": "tau"}
    generator = with_tau_changes(processes={"z": process})
    record = process_source(generator, "z", 7).generate(3000)
    flat = ak.flatten(record)
    pions = np.flatnonzero(np.abs(ak.to_numpy(flat.id)) == 211)
    first = np.repeat(ak.to_numpy(ak.num(record)).cumsum() - ak.to_numpy(ak.num(record)), ak.to_numpy(ak.num(record)))
    mother = first[pions] + ak.to_numpy(flat.mother1)[pions]
    from_tau = np.abs(ak.to_numpy(flat.id)[mother]) == 15
    energy = ak.to_numpy(flat.p.e)
    share = energy[pions[from_tau]] / energy[mother[from_tau]]
    assert 6000 <= len(share) < 6060  # some events have a third tau, of a heavy hadron
    assert share.mean() == pytest.approx(0.4755, abs=4 * 0.29 / np.sqrt(6000))


def test_without_a_search_nothing_descends_from_a_tau(tau_record):
    taus, ancestors = no_taus(tau_record)
    assert len(taus.event) == 0
    assert set(ancestors) == {NONE}
    assert len(ancestors) == ak.sum(ak.num(tau_record))
