"""A parametric detector after the ATLAS card of Delphes: particles in, tracks and calorimeter cells out."""

import numpy as np

from tagwerk.simulate.calorimeter import ECAL, HCAL, cells
from tagwerk.simulate.constituents import Constituents
from tagwerk.simulate.rows import concatenate_tables, take_rows
from tagwerk.simulate.tracking import leaves_track, tracks
from tagwerk.simulate.visible_particles import Particles


def detect(particles: Particles, rng: np.random.Generator) -> Constituents:
    """Return the tracks and cells of a batch of events, in ascending order of event."""
    # ASSUME: no magnetic field: particles reach the calorimeters in the direction of production. With 2 T, as in
    # Delphes's card, charged ones below 0.35 GeV would curl up, and cells would be displaced by up to 0.3 / (pt/GeV).
    # ASSUME: perfect energy flow: a particle with a track deposits nothing in the cells. Delphes subtracts the track's
    # smeared momentum from the cell's smeared energy and keeps a significant remainder.
    tracked = leaves_track(particles, rng)
    rest = take_rows(particles, ~tracked)
    tables = [tracks(take_rows(particles, tracked), rng), cells(ECAL, rest, rng), cells(HCAL, rest, rng)]
    detected = concatenate_tables(tables)
    return take_rows(detected, np.argsort(detected.event, kind="stable"))
