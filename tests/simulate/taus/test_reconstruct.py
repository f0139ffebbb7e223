import awkward as ak
import numpy as np
import pytest

from tagwerk.errors import UserError
from tagwerk.simulate.chain import simulate
from tagwerk.simulate.taus.record import CANDIDATES, CLUSTERS, TRACKS


def candidates(generator, process):
    return ak.concatenate(list(simulate(generator, f"{process}_0000")))


@pytest.fixture(scope="module")
def taus(tau_generator):
    return candidates(tau_generator, "z")


@pytest.fixture(scope="module")
def jets(tau_generator):
    return candidates(tau_generator, "qcd_low")


@pytest.fixture(scope="module")
def with_pileup(with_tau_changes):
    return candidates(with_tau_changes(pileup=30, jets_per_file=120), "z")


def test_the_records_have_the_columns_that_are_written(taus):
    assert set(taus.fields) == {*CANDIDATES, "tracks", "clusters"}
    assert set(taus.tracks.fields) == set(TRACKS)
    assert set(taus.clusters.fields) == set(CLUSTERS)
    assert len(taus) == 60


def test_every_candidate_passes_the_selection(taus, jets):
    for each in (taus, jets):
        assert ak.all((each.jet_pt > 20) & (each.jet_pt < 500) & (abs(each.jet_eta) < 2.5))
        assert set(each.jet_prongs.to_list()) <= {1, 3}
        assert ak.all((each.tracks.pt > 1) & (abs(each.tracks.d0) < 1) & (abs(each.tracks.z0_sin_theta) < 1.5))


def test_prongs_and_charge_are_those_of_the_tracks_in_the_core(taus, jets):
    for each in (taus, jets):
        phi = np.mod(each.tracks.phi - each.jet_phi + np.pi, 2 * np.pi) - np.pi
        core = np.hypot(each.tracks.eta - each.jet_eta, phi) < 0.2
        assert ak.all(ak.sum(core, axis=1) == each.jet_prongs)
        assert ak.all(ak.sum(each.tracks.charge[core], axis=1) == each.jet_charge)


def test_only_candidates_of_a_matched_process_have_a_tau(taus, jets):
    assert ak.all(taus.jet_tau == 1)
    assert ak.all(taus.jet_visible_pt > 10)
    assert ak.all(jets.jet_tau == 0)
    assert ak.all(jets.jet_decay_mode == -1)
    assert ak.all(jets.jet_visible_pt == 0)
    assert ak.all(jets.tracks.origin == 1)


def test_a_tau_is_measured_with_its_visible_momentum_and_its_tracks(taus):
    response = (taus.jet_pt / taus.jet_visible_pt).to_numpy()
    assert np.median(response) == pytest.approx(1, abs=0.04)
    assert ak.mean(taus.tracks.origin == 0) > 0.9
    one = taus[taus.jet_decay_mode == 0]
    assert ak.mean(one.jet_prongs == 1) > 0.9


def test_pile_up_adds_tracks_and_energy_and_is_counted(with_pileup, taus):
    assert ak.mean(with_pileup.jet_pileup) == pytest.approx(30, abs=4)
    assert ak.all(taus.jet_pileup == 0)
    assert ak.any(with_pileup.tracks.origin == 2)
    assert ak.mean(ak.num(with_pileup.clusters)) > ak.mean(ak.num(taus.clusters)) + 2
    response = (with_pileup.jet_pt / with_pileup.jet_visible_pt).to_numpy()
    assert np.median(response) == pytest.approx(1, abs=0.1)


def test_prongs_are_those_that_the_card_asks_for(with_tau_changes):
    found = candidates(with_tau_changes(candidates={"prongs": [0, 2, 5]}, jets_per_file=20), "qcd_low")
    assert set(found.jet_prongs.to_list()) <= {0, 2, 5}
    assert len(set(found.jet_prongs.to_list())) > 1


def test_the_same_seed_gives_the_same_candidates_and_events_are_unique(tau_generator, taus):
    again = candidates(tau_generator, "z")
    assert again.jet_pt.to_list() == taus.jet_pt.to_list()
    assert again.tracks.d0.to_list() == taus.tracks.d0.to_list()
    assert np.bincount(np.unique(taus.event.to_numpy(), return_inverse=True)[1]).max() <= 2


def test_a_selection_that_nothing_passes_is_named(with_tau_changes, monkeypatch):
    monkeypatch.setattr("tagwerk.simulate.chain._PATIENCE", 500)
    generator = with_tau_changes(candidates={"pt": [20, 20.001]})
    with pytest.raises(UserError, match=r"'generator\.candidates' and 'generator\.processes\.qcd_low': no candidate"):
        list(simulate(generator, "qcd_low_0000"))
