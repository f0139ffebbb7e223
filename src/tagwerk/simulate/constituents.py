"""The constituents of jets: tracks and cells, or true particles without a detector."""

from typing import NamedTuple

import numpy as np

from tagwerk.arrays import Floats64, Ints
from tagwerk.simulate.visible_particles import Particles

ECAL_CELL, HCAL_CELL, CHARGED_HADRON, ELECTRON, MUON = range(5)
_ELECTROMAGNETIC = (11, 22, 111)


class Constituents(NamedTuple):
    """Reconstructed objects of many events, one per row; GeV, radians, mm."""

    event: Ints
    pt: Floats64
    eta: Floats64
    phi: Floats64
    energy: Floats64
    charge: Floats64
    kind: Ints  # 0 ECAL cell, 1 HCAL cell, 2 charged hadron, 3 electron, 4 muon
    d0: Floats64  # 0 for cells
    z0: Floats64  # 0 for cells
    ancestor: Ints  # which top of the event it comes from, 0 or 1; -1 for none


def kind(particles: Particles) -> Ints:
    """Return the kind that a perfect detector assigns to each particle."""
    code = np.abs(particles.id)
    neutral = np.where(np.isin(code, _ELECTROMAGNETIC), ECAL_CELL, HCAL_CELL)
    charged = np.select([code == 11, code == 13], [ELECTRON, MUON], CHARGED_HADRON)
    return np.where(particles.charge == 0, neutral, charged)


def impact(particles: Particles) -> tuple[Floats64, Floats64]:
    """Return d0 and z0 (mm) of each particle's line of flight; 0 for neutral particles, which leave no track.

    d0 is the signed distance of closest approach to the beam line in the transverse plane, positive if the beam line
    is to the right of the direction of flight; z0 is the position along the beam line there.
    """
    # ASSUME: particles fly straight: over the millimetres from vertex to beam line, bending in 2 T is small.
    cos, sin = np.cos(particles.phi), np.sin(particles.phi)
    d0 = particles.y * cos - particles.x * sin
    z0 = particles.z - (particles.x * cos + particles.y * sin) * np.sinh(particles.eta)
    tracked = particles.charge != 0
    return np.where(tracked, d0, 0.0), np.where(tracked, z0, 0.0)


def undetected(particles: Particles) -> Constituents:
    """Return the true particles as constituents, as in a perfect detector."""
    d0, z0 = impact(particles)
    columns = (particles.event, particles.pt, particles.eta, particles.phi, particles.energy, particles.charge)
    return Constituents(*columns, kind(particles), d0, z0, particles.ancestor)
