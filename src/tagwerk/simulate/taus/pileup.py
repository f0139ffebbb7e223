"""Pile-up: minimum-bias interactions, overlaid on the events at their own places along the beam line."""

import awkward as ak
import numpy as np

from tagwerk.arrays import Floats64, Ints
from tagwerk.cards.tau_generator import TauGenerator
from tagwerk.jets.kinematics import wrap_phi
from tagwerk.simulate.pythia import minimum_bias_source
from tagwerk.simulate.rows import concatenate_tables, take_rows
from tagwerk.simulate.visible_particles import PILEUP, Particles, visible_particles

_POOL = 1_000  # interactions
BEAM_SPOT = 45.0  # mm: standard deviation of the interactions along the beam line


class Pileup:
    """A pool of minimum-bias interactions, drawn from with replacement for each event."""

    # ASSUME: a pool of 1,000 interactions, each turned by a random angle about the beam line and reflected or not
    # whenever it is drawn, stands for independent ones.

    def __init__(self, generator: TauGenerator, rng: np.random.Generator, max_eta: float) -> None:
        self._mean, self._rng = generator.pileup, rng
        if self._mean == 0:
            return
        source = minimum_bias_source(generator, 1 + int(rng.integers(900_000_000)))
        record = source.generate(_POOL)
        nobody = np.full(int(ak.sum(ak.num(record))), PILEUP)
        particles = visible_particles(record, source.species(), nobody)
        self._particles = take_rows(particles, np.abs(particles.eta) < max_eta)
        self._counts = np.bincount(self._particles.event, minlength=_POOL)

    def overlay(self, particles: Particles, events: int) -> tuple[Particles, Ints]:
        """Return the particles and those of the pile-up, in ascending order of event, and each event's interactions."""
        counts = self._rng.poisson(self._mean, events) if self._mean else np.zeros(events, dtype=np.int64)
        if counts.sum() == 0:
            return particles, counts
        both = concatenate_tables([particles, self._drawn(counts)])
        return take_rows(both, np.argsort(both.event, kind="stable")), counts

    def _drawn(self, counts: Ints) -> Particles:
        """Return the particles of as many interactions of the pool for each event."""
        interactions, rng = int(counts.sum()), self._rng
        drawn = rng.integers(_POOL, size=interactions)
        sizes = self._counts[drawn]
        which = np.repeat(np.arange(interactions), sizes)
        starts = (np.cumsum(self._counts) - self._counts)[drawn]
        rows = np.arange(sizes.sum()) + np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
        particles = take_rows(self._particles, rows)._replace(event=np.repeat(np.arange(len(counts)), counts)[which])
        turned = _turned(
            particles, rng.uniform(-np.pi, np.pi, interactions)[which], rng.choice([-1.0, 1.0], interactions)[which]
        )
        return turned._replace(z=turned.z + rng.normal(0, BEAM_SPOT, interactions)[which])


def _turned(particles: Particles, angle: Floats64, side: Floats64) -> Particles:
    """Return particles turned by an angle about the beam line, and reflected in z where `side` is -1."""
    cos, sin = np.cos(angle), np.sin(angle)
    return particles._replace(
        eta=side * particles.eta,
        phi=wrap_phi(particles.phi + angle),
        x=cos * particles.x - sin * particles.y,
        y=sin * particles.x + cos * particles.y,
        z=side * particles.z,
    )
