import awkward as ak
import fastjet
import numpy as np
import pytest

from tagwerk.simulate.constituents import Constituents, undetected
from tagwerk.simulate.jet_finding import leading_jets
from tagwerk.simulate.rows import take_rows
from tagwerk.simulate.selection import matched_top
from tagwerk.simulate.truth import Tops, find_tops
from tagwerk.simulate.visible_particles import visible_particles


def massless(*rows):
    """Constituents from rows of (event, pt, eta, phi)."""
    event, pt, eta, phi = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    rest = [np.zeros(len(event))] * 5
    return Constituents(event.astype(int), pt, eta, phi, pt * np.cosh(eta), *rest)


def test_the_leading_jet_of_each_event_has_its_constituents():
    # Event 1 is empty, event 2 below threshold; in event 3 the harder jet is the second one.
    constituents = massless(
        (0, 60, 0, 0), (0, 50, 0.3, 0), (0, 90, 0, 3), (2, 20, 0, 0), (3, 70, 0, 0), (3, 80, 1, 2), (3, 9, 1, 2.2)
    )
    jets = leading_jets(constituents, 4, 0.8, 50.0)
    assert jets.event.tolist() == [0, 3]
    assert jets.pt == pytest.approx([110, np.hypot(80 + 9 * np.cos(0.2), 9 * np.sin(0.2))])
    assert [sorted(rows) for rows in jets.constituents.to_list()] == [[0, 1], [5, 6]]


def test_the_mass_of_two_massless_particles_is_that_of_the_formula():
    jets = leading_jets(massless((0, 100, 0.2, 0.1), (0, 50, -0.2, 0.3)), 1, 0.8, 10.0)
    assert jets.mass == pytest.approx([np.sqrt(2 * 100 * 50 * (np.cosh(0.4) - np.cos(0.2)))])


def test_jets_of_pythia_events_agree_with_fastjet(source, record):
    _, ancestors = find_tops(record)
    constituents = undetected(visible_particles(record, source.species(), ancestors))
    jets = leading_jets(constituents, len(record), 0.8, 100.0)
    definition = fastjet.JetDefinition(fastjet.antikt_algorithm, 0.8)
    for event in range(0, len(record), 20):
        particles = take_rows(constituents, constituents.event == event)
        directions = (np.cos(particles.phi), np.sin(particles.phi), np.sinh(particles.eta))
        px, py, pz = (particles.pt * direction for direction in directions)
        leaves = [fastjet.PseudoJet(*map(float, leaf)) for leaf in zip(px, py, pz, particles.energy, strict=True)]
        sequence = fastjet._swig.ClusterSequence(leaves, definition)
        leading = max(sequence.inclusive_jets(100.0), key=lambda jet: jet.pt())
        assert jets.pt[event] == pytest.approx(leading.pt())
        assert jets.mass[event] == pytest.approx(leading.m(), abs=1e-3)
        assert len(jets.constituents[event]) == len(leading.constituents())


def jets_at(eta, phi):
    """One jet per direction, in events 0, 1, ..., without constituents."""
    eta, phi = np.array(eta, dtype=float), np.array(phi, dtype=float)
    rest = np.ones(len(eta))
    return leading_jets(massless((0, 100, 0, 0)), 1, 0.8, 10.0)._replace(
        event=np.arange(len(eta)), pt=rest, eta=eta, phi=phi, mass=rest, constituents=ak.Array([[]] * len(eta))
    )


def tops(*rows):
    """Tops from rows of (event, ordinal, eta, phi, the quarks' common distance in eta)."""
    event, ordinal, eta, phi, away = (np.array(column) for column in zip(*rows, strict=True))
    return Tops(
        event, ordinal, 600.0 * np.ones(len(eta)), eta, phi, (eta + away)[:, None] * [1, 1, 1], phi[:, None] * [1, 1, 1]
    )


def test_a_jet_is_matched_to_the_nearest_top_with_all_quarks_inside():
    matched = matched_top(
        jets_at([0, 0, 0, 0], [3.1, 0, 0, 0]),
        tops(
            (0, 0, 0.0, -3.1, 0.0),  # phi wraps around
            (0, 1, 0.0, 0.0, 0.0),
            (1, 0, 0.5, 0.0, 0.4),  # quarks at 0.9
            (1, 1, 0.9, 0.0, -0.9),  # itself at 0.9
            (3, 0, 0.3, 0.0, 0.0),
            (3, 1, 0.2, 0.0, 0.0),  # the nearer one
        ),
        0.8,
    )
    assert matched.tolist() == [0, -1, -1, 5]


def test_without_tops_no_jet_is_matched():
    empty = np.zeros(0)
    none = Tops(empty.astype(int), empty.astype(int), empty, empty, empty, np.zeros((0, 3)), np.zeros((0, 3)))
    assert matched_top(jets_at([0, 1], [0, 1]), none, 0.8).tolist() == [-1, -1]
