import awkward as ak
import numpy as np
import pytest

from tagwerk.simulate.pythia import minimum_bias_source, process_source
from tagwerk.simulate.taus.overlay import Overlay
from tagwerk.simulate.visible_particles import NONE, PILEUP, Particles, visible_particles

VERTEX = np.array([-500.0, 0.0, 500.0])


@pytest.fixture
def few(monkeypatch):
    """A pool of 40 interactions."""
    monkeypatch.setattr("tagwerk.simulate.taus.overlay._POOL", 40)


@pytest.fixture
def underlying(few, with_tau_changes):
    return Overlay(with_tau_changes(multiparton_interactions="overlaid"), np.random.default_rng(2), 3.0)


@pytest.fixture
def pileup(few, with_tau_changes):
    return Overlay(with_tau_changes(pileup=20), np.random.default_rng(2), 3.0)


def nobody():
    """No particles."""
    return Particles(*(np.zeros(0, np.int64 if name in ("event", "id") else float) for name in Particles._fields))


@pytest.mark.parametrize("interactions", [True, False])
def test_nothing_is_overlaid_unless_the_card_asks_for_it(with_tau_changes, interactions):
    changed = with_tau_changes(multiparton_interactions=interactions, pileup=0)
    particles, counts = Overlay(changed, np.random.default_rng(2), 3.0).add(nobody(), VERTEX)
    assert len(particles.pt) == 0
    assert counts.tolist() == [0, 0, 0]


def test_an_underlying_event_comes_from_the_primary_vertex(underlying):
    particles, counts = underlying.add(nobody(), VERTEX)
    assert counts.tolist() == [0, 0, 0]
    assert set(particles.event) == {0, 1, 2}
    assert np.all(np.diff(particles.event) >= 0)
    assert np.all(np.abs(particles.eta) < 3)
    assert np.all(particles.ancestor == NONE)
    assert np.median(np.abs(particles.z - VERTEX[particles.event])) < 0.01


def test_pile_up_interactions_have_their_own_places(pileup):
    particles, counts = pileup.add(nobody(), VERTEX)
    assert np.all((counts > 5) & (counts < 40))
    assert set(particles.event) == {0, 1, 2}
    assert np.all(particles.ancestor == PILEUP)
    assert np.std(particles.z) == pytest.approx(45, rel=0.4)


def test_the_particles_of_the_event_itself_are_kept(pileup):
    own, _ = pileup.add(nobody(), VERTEX)
    own = own._replace(ancestor=np.full(len(own.pt), 1))
    particles, _ = pileup.add(own, VERTEX)
    assert np.count_nonzero(particles.ancestor == 1) == len(own.pt)


def test_an_underlying_event_is_drawn_in_proportion_to_the_enhancement(underlying):
    underlying._pool.enhancement = (np.arange(40) == 7) * 2.0
    particles, _ = underlying.add(nobody(), VERTEX)
    assert np.bincount(particles.event).tolist() == [underlying._pool._counts[7]] * 3


def test_no_underlying_event_is_a_copy_of_another(underlying):
    particles, _ = underlying.add(nobody(), np.zeros(300))
    assert len(np.unique(particles.phi)) == len(particles.phi)


def test_interactions_with_more_overlap_have_more_particles(tau_generator):
    record, enhancement = minimum_bias_source(tau_generator, 3).generate_with_enhancement(200)
    central = enhancement > np.median(enhancement)
    assert len(record) == 200
    assert ak.mean(ak.num(record[central])) > 1.5 * ak.mean(ak.num(record[~central]))


@pytest.mark.slow
def test_overlaid_underlying_events_are_as_active_as_those_of_pythia(with_tau_changes):
    """In the region transverse to the hard process; the overlaid ones are known to be 10 % more active."""
    activity = {}
    for interactions in (True, "overlaid"):
        generator = with_tau_changes(multiparton_interactions=interactions)
        source = process_source(generator, "qcd_high", 5)
        record = source.generate(400)
        particles = visible_particles(record, source.species(), np.full(int(ak.sum(ak.num(record))), NONE))
        particles, _ = Overlay(generator, np.random.default_rng(2), 5.0).add(particles, np.zeros(400))
        parton = record[:, 5].p
        axis = np.arctan2(ak.to_numpy(parton.py), ak.to_numpy(parton.px))
        activity[interactions] = transverse(particles, axis) / 400
    assert activity["overlaid"] / activity[True] == pytest.approx(1.1, abs=0.15)


def transverse(particles, axis):
    """The number of charged particles above 0.5 GeV between 60 and 120 degrees from the axis."""
    angle = np.abs(np.angle(np.exp(1j * (particles.phi - axis[particles.event]))))
    seen = (particles.charge != 0) & (particles.pt > 0.5) & (np.abs(particles.eta) < 2.5)
    return np.count_nonzero(seen & (angle > np.pi / 3) & (angle < 2 * np.pi / 3))
