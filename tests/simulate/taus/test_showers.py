import numpy as np
import pytest

from tagwerk.simulate.taus.cells import measured_cells
from tagwerk.simulate.taus.clusters import build_clusters
from tagwerk.simulate.taus.showers import deposits
from tests.simulate.taus.test_tracks import pions


def particles(code, count=1000, **changes):
    made = pions(count, **changes)
    return made._replace(id=np.full(count, code))


@pytest.fixture
def rng():
    return np.random.default_rng(4)


@pytest.mark.parametrize(("code", "share"), [(22, 1.0), (11, 1.0), (211, 1 / 3), (130, 1 / 3)])
def test_all_energy_is_deposited_with_its_share_in_each_calorimeter(code, share, rng):
    made = particles(code)
    in_ecal, in_hcal = deposits(made, rng)
    total = made.energy.sum()
    assert in_ecal.energy.sum() + in_hcal.energy.sum() == pytest.approx(total)
    assert in_ecal.energy.sum() / total == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize("code", [13, 12, 16])
def test_muons_and_neutrinos_deposit_nothing(code, rng):
    assert all(len(each.energy) == 0 for each in deposits(particles(code), rng))


def test_a_shower_has_its_width_and_a_soft_particle_one_deposit(rng):
    in_ecal, _ = deposits(particles(22, eta=0.3, phi=-3.14), rng)
    assert len(in_ecal.eta) == 4000
    assert in_ecal.eta.std() == pytest.approx(0.012, rel=0.1)
    assert (np.abs(in_ecal.phi) <= np.pi).all()
    assert len(deposits(particles(22, pt=0.5), rng)[0].eta) == 1000


def test_cells_measure_the_energy_of_particles(rng):
    for code, pt, spread in ((22, 30.0, 0.05), (211, 50.0, 0.2)):
        made = particles(code, pt=pt)
        cells = measured_cells(made, rng)
        response = np.bincount(cells.event, cells.energy, minlength=1000) / made.energy
        assert response.mean() == pytest.approx(1, abs=0.03)
        assert response.std() < spread
        assert (np.diff(cells.event) >= 0).all()


def test_the_clusters_of_a_photon_and_a_pion_are_told_by_their_electromagnetic_share(rng):
    photon, pion = particles(22, count=200, pt=30.0), particles(211, count=200, pt=30.0)
    shares = []
    for made in (photon, pion):
        cells = measured_cells(made, rng)
        clusters = build_clusters(cells, cells.event, np.arange(len(cells.event)))
        assert np.bincount(clusters.candidate, clusters.energy) == pytest.approx(np.bincount(cells.event, cells.energy))
        assert (clusters.spread < 0.1).all()
        shares.append(np.average(clusters.em_fraction, weights=clusters.energy))
    assert shares[0] == pytest.approx(1)
    assert shares[1] == pytest.approx(1 / 3, abs=0.05)
