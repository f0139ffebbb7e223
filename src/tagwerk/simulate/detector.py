"""A parametric detector after the ATLAS card of Delphes: particles in, tracks and calorimeter cells out."""

import numpy as np

from tagwerk.simulate.calorimeter import ECAL, HCAL, cells
from tagwerk.simulate.constituents import Constituents
from tagwerk.simulate.rows import join, take
from tagwerk.simulate.tracking import found, tracks
from tagwerk.simulate.visible_particles import Particles


def detect(particles: Particles, rng: np.random.Generator) -> Constituents:
    """Return the tracks and cells of a batch of events, by rising event."""
    # ASSUME: no magnetic field: particles reach the calorimeters in the direction in which they were made. With 2 T,
    # as in Delphes's card, charged ones below 0.35 GeV would curl up, and cells would lie up to 0.3 / (pt/GeV) aside.
    # ASSUME: perfect energy flow: a particle with a track leaves nothing in the cells. Delphes subtracts the track's
    # smeared momentum from the cell's smeared energy and keeps what is left where it is significant.
    tracked = found(particles, rng)
    rest = take(particles, ~tracked)
    seen = join([tracks(take(particles, tracked), rng), cells(ECAL, rest, rng), cells(HCAL, rest, rng)])
    return take(seen, np.argsort(seen.event, kind="stable"))
