"""From event records to tau candidates."""

from collections.abc import Callable

import awkward as ak
import numpy as np

from tagwerk.arrays import Ints
from tagwerk.cards.tau_generator import CandidateSelection, TauGenerator, TrackSelection
from tagwerk.simulate.rows import take_rows
from tagwerk.simulate.taus.candidates import Candidates, find_candidates, matched_tau
from tagwerk.simulate.taus.cells import MAX_ETA, measured_cells
from tagwerk.simulate.taus.clusters import build_clusters
from tagwerk.simulate.taus.cones import in_cones
from tagwerk.simulate.taus.decays import Taus, find_taus, no_taus
from tagwerk.simulate.taus.overlay import BEAM_SPOT, Overlay
from tagwerk.simulate.taus.record import FROM_PILEUP, REST, TAU_DECAY, candidate_records
from tagwerk.simulate.taus.tracks import Tracks, measured_tracks
from tagwerk.simulate.visible_particles import PILEUP, Particles, Species, visible_particles

_MATCHED = 0.2  # largest ΔR between a candidate and a tau's visible momentum


def candidate_reconstruction(
    generator: TauGenerator, process: str, species: Species, rng: np.random.Generator
) -> Callable[[ak.Array], ak.Array]:
    """Return the function from a batch of event records to its selected candidates.

    `event` in the records of `candidate_records` that it returns is the index within the batch.
    """
    overlay = Overlay(generator, rng, MAX_ETA)
    match = generator.processes[process].match is not None

    def reconstruct(record: ak.Array) -> ak.Array:
        taus, ancestors = find_taus(record) if match else no_taus(record)
        particles = visible_particles(record, species, ancestors)
        particles = take_rows(particles, np.abs(particles.eta) < MAX_ETA)
        vertex = rng.normal(0, BEAM_SPOT, len(record))
        particles = particles._replace(z=particles.z + vertex[particles.event])
        particles, interactions = overlay.add(particles, vertex)
        tracks = _selected(measured_tracks(particles, vertex, rng), generator.candidates.track)
        return _reconstructed(generator.candidates, particles, tracks, taus, interactions, match, rng)

    return reconstruct


def _reconstructed(
    selection: CandidateSelection,
    particles: Particles,
    tracks: Tracks,
    taus: Taus,
    interactions: Ints,
    match: bool,
    rng: np.random.Generator,
) -> ak.Array:
    cells = measured_cells(particles, rng)
    candidates = find_candidates(cells, len(interactions), selection)
    matched = matched_tau(candidates, taus, _MATCHED)
    if match:
        candidates, matched = take_rows(candidates, matched >= 0), matched[matched >= 0]
    prongs, charge = _in_core(candidates, tracks, selection.core)
    kept = np.isin(prongs, selection.prongs)
    candidates, matched = take_rows(candidates, kept), matched[kept]
    axes = candidates.event, candidates.eta, candidates.phi
    of_track, row, _ = in_cones(axes, (tracks.event, tracks.eta, tracks.phi), selection.radius)
    near, cell, _ = in_cones(axes, cells[:3], selection.radius)
    inside = take_rows(tracks, row)
    origin = _origins(inside, of_track, taus, matched)
    counts = charge[kept], prongs[kept], interactions[candidates.event]
    return candidate_records(
        candidates, counts, (taus, matched), (inside, of_track, origin), build_clusters(cells, near, cell)
    )


def _selected(tracks: Tracks, selection: TrackSelection) -> Tracks:
    """Return the tracks that pass the card's selection."""
    near = (np.abs(tracks.d0) < selection.d0) & (np.abs(tracks.z0_sin_theta) < selection.z0_sin_theta)
    return take_rows(tracks, near & (tracks.pt > selection.pt))


def _in_core(candidates: Candidates, tracks: Tracks, radius: float) -> tuple[Ints, Ints]:
    """Return the number of tracks in each candidate's core and the sum of their charges."""
    axes = candidates.event, candidates.eta, candidates.phi
    candidate, row, _ = in_cones(axes, (tracks.event, tracks.eta, tracks.phi), radius)
    prongs = np.bincount(candidate, minlength=len(candidates.event))
    charge = np.bincount(candidate, tracks.charge[row], minlength=len(candidates.event))
    return prongs, np.rint(charge).astype(np.int64)


def _origins(tracks: Tracks, candidate: Ints, taus: Taus, matched: Ints) -> Ints:
    """Return the origin of each candidate's tracks; another tau of the event belongs to its rest."""
    ordinal = np.full(len(matched), -3)  # equal to no ancestor
    ordinal[matched >= 0] = taus.ordinal[matched[matched >= 0]]
    from_tau = tracks.ancestor == ordinal[candidate]
    return np.select([from_tau, tracks.ancestor == PILEUP], [TAU_DECAY, FROM_PILEUP], REST)
