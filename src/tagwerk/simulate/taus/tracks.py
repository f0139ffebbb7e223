"""Tracks with measured impact parameters."""

from typing import NamedTuple

import numpy as np

from tagwerk.arrays import Floats64, Ints
from tagwerk.simulate.constituents import impact, kind
from tagwerk.simulate.rows import take_rows
from tagwerk.simulate.smearing import fluctuate
from tagwerk.simulate.tracking import leaves_track, tracker_resolution
from tagwerk.simulate.visible_particles import Particles

_PION_MASS = 0.13957  # GeV
_BARREL = 1.5  # |eta|
# Resolution at infinite pT (mm), and the pT at which multiple scattering contributes as much (GeV); barrel, end-cap.
# Source: the ATLAS detector paper, JINST 3 (2008) S08003, section 10.2.1.
_D0 = np.array([[0.010, 14.0], [0.012, 20.0]])
_Z0_SIN_THETA = np.array([[0.091, 2.3], [0.071, 3.7]])
_VERTEX_RESOLUTION = 0.03  # mm
# ASSUME: the beam line is known exactly, and the primary vertex along it to 30 µm.


class Tracks(NamedTuple):
    """Tracks of many events, one per row, in ascending order of event; GeV, mm."""

    event: Ints
    pt: Floats64
    eta: Floats64
    phi: Floats64
    energy: Floats64
    charge: Floats64
    d0: Floats64  # transverse impact parameter to the beam line, signed as in `impact`
    z0_sin_theta: Floats64  # longitudinal one to the primary vertex
    d0_error: Floats64
    z0_sin_theta_error: Floats64
    ancestor: Ints  # as in Particles


def measured_tracks(particles: Particles, vertex: Floats64, rng: np.random.Generator) -> Tracks:
    """Return the tracks of the charged particles that leave one, with the efficiency and resolution of `tracking`.

    Args:
        particles: in ascending order of event.
        vertex: place of each event's primary vertex along the beam line, (events,), in mm.
        rng: source of random numbers.
    """
    tracked = take_rows(particles, leaves_track(particles, rng))
    pt = fluctuate(tracked.pt, tracked.pt * tracker_resolution(kind(tracked), tracked.pt, tracked.eta), rng)
    d0, z0 = impact(tracked)
    measured_vertex = vertex + rng.normal(0, _VERTEX_RESOLUTION, len(vertex))
    z0_sin_theta = (z0 - measured_vertex[tracked.event]) / np.cosh(tracked.eta)
    d0_error, z0_error = impact_errors(pt, tracked.eta)
    # ASSUME: Gaussian resolutions, without the tails of wrong hits, and a true direction.
    return Tracks(
        tracked.event,
        pt,
        tracked.eta,
        tracked.phi,
        np.hypot(pt * np.cosh(tracked.eta), _PION_MASS),
        tracked.charge,
        rng.normal(d0, d0_error),
        rng.normal(z0_sin_theta, z0_error),
        d0_error,
        z0_error,
        tracked.ancestor,
    )


def impact_errors(pt: Floats64, eta: Floats64) -> tuple[Floats64, Floats64]:
    """Return the resolutions of d0 and z0 sin(theta), in mm; multiple scattering falls as 1/pT."""
    region = (np.abs(eta) > _BARREL).astype(np.int64)
    d0, z0 = (table[region, 0] * np.hypot(1, table[region, 1] / pt) for table in (_D0, _Z0_SIN_THETA))
    return d0, z0
