import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.simulate.constituents import impact, kind
from tagwerk.simulate.visible_particles import Particles


def particle(pdg=211, charge=1, eta=0.0, phi=0.0, vertex=(0.0, 0.0, 0.0)):
    columns = {"event": 0, "id": pdg, "charge": charge, "pt": 1.0, "eta": eta, "phi": phi, "energy": np.cosh(eta)}
    return Particles(*(np.array([value]) for value in (*columns.values(), *vertex, -1)))


@pytest.mark.parametrize(
    ("pdg", "charge", "code"),
    [(22, 0, 0), (130, 0, 1), (2112, 0, 1), (-211, -1, 2), (3112, -1, 2), (11, -1, 3), (-13, 1, 4)],
)
def test_kinds_are_those_of_a_perfect_detector(pdg, charge, code):
    assert kind(particle(pdg, charge)).tolist() == [code]


def test_a_neutral_particle_has_no_impact_parameters():
    assert [column.tolist() for column in impact(particle(22, 0, vertex=(1.0, 2.0, 3.0)))] == [[0], [0]]


ANGLES = st.floats(-3.1, 3.1)


@given(ANGLES, st.floats(-2.5, 2.5), st.floats(-5, 5), st.floats(-5, 5), st.floats(-20, 20))
def test_impact_parameters_stay_the_same_along_the_flight(phi, eta, d0, z0, flown):
    x, y = -d0 * np.sin(phi) + flown * np.cos(phi), d0 * np.cos(phi) + flown * np.sin(phi)
    impact_parameters = impact(particle(eta=eta, phi=phi, vertex=(x, y, z0 + flown * np.sinh(eta))))
    assert np.concatenate(impact_parameters) == pytest.approx([d0, z0], abs=1e-9)
