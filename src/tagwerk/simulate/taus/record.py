"""The record of a tau candidate, as in the file."""

from typing import TYPE_CHECKING

import awkward as ak
import numpy as np

from tagwerk.arrays import Ints, Values

if TYPE_CHECKING:
    from tagwerk.simulate.taus.candidates import Candidates
    from tagwerk.simulate.taus.clusters import Clusters
    from tagwerk.simulate.taus.decays import Taus
    from tagwerk.simulate.taus.tracks import Tracks

#: Branches of the tree and their types; GeV, radians, mm.
CANDIDATES = {
    "event": "uint64",
    "jet_pt": "float32",  # of the calorimeter cells in the core, as eta, phi and mass
    "jet_eta": "float32",
    "jet_phi": "float32",
    "jet_mass": "float32",
    "jet_charge": "int8",  # sum over the tracks in the core
    "jet_prongs": "int8",  # number of tracks in the core
    "jet_pileup": "int16",  # number of pile-up interactions of the event
    "jet_tau": "int8",  # 1 if matched to a hadronic tau
    "jet_decay_mode": "int8",  # 0 1p0n, 1 1p1n, 2 1pXn, 3 3p0n, 4 3pXn, 5 other; -1 without a tau
    "jet_visible_pt": "float32",  # of the tau's visible decay products; 0 without a tau
    "jet_visible_eta": "float32",
    "jet_visible_phi": "float32",
    "jet_visible_mass": "float32",
}
TRACKS = {
    "pt": "float32",
    "eta": "float32",
    "phi": "float32",
    "energy": "float32",
    "charge": "int8",
    "d0": "float32",  # transverse impact parameter to the beam line
    "z0_sin_theta": "float32",  # longitudinal one to the primary vertex
    "d0_error": "float32",
    "z0_sin_theta_error": "float32",
    "origin": "int8",  # 0 the matched tau's decay, 1 the rest of the event, 2 pile-up
}
CLUSTERS = {
    "pt": "float32",
    "eta": "float32",
    "phi": "float32",
    "energy": "float32",
    "em_fraction": "float32",  # share of the energy in the electromagnetic calorimeter
    "spread": "float32",  # energy-weighted r.m.s. distance of the cells from the centre
}
TAU_DECAY, REST, FROM_PILEUP = range(3)  # origins of a track


def candidate_records(
    candidates: "Candidates",
    counts: tuple[Ints, Ints, Ints],
    truth: tuple["Taus", Ints],
    tracks: tuple["Tracks", Ints, Ints],
    clusters: "Clusters",
) -> ak.Array:
    """Return one record per candidate: the fields of `CANDIDATES`, and lists of records of `TRACKS` and `CLUSTERS`.

    Args:
        candidates: N of them.
        counts: charge, number of prongs and number of pile-up interactions of each, (N,).
        truth: the taus of the batch, and the row of the one that each candidate is matched to, -1 for none.
        tracks: the tracks of each candidate, in ascending order of candidate, with the candidate and origin of each.
        clusters: of the candidates, in ascending order.
    """
    number = len(candidates.event)
    charge, prongs, pileup = counts
    taus, matched = truth
    fields = {f"jet_{name}": getattr(candidates, name) for name in ("pt", "eta", "phi", "mass")}
    fields |= {"event": candidates.event, "jet_charge": charge, "jet_prongs": prongs, "jet_pileup": pileup}
    fields |= {"jet_tau": matched >= 0, "jet_decay_mode": _of_matched(taus.mode, matched, -1)}
    fields |= {
        f"jet_visible_{name}": _of_matched(getattr(taus, name), matched, 0) for name in ("pt", "eta", "phi", "mass")
    }
    table, of_track, origin = tracks
    lists = {
        "tracks": _lists(table._asdict() | {"origin": origin}, TRACKS, of_track, number),
        "clusters": _lists(clusters._asdict(), CLUSTERS, clusters.candidate, number),
    }
    return ak.zip({name: np.asarray(fields[name], dtype) for name, dtype in CANDIDATES.items()} | lists, depth_limit=1)


def _lists(columns: dict[str, Values], types: dict[str, str], candidate: Ints, number: int) -> ak.Array:
    flat = ak.zip({name: np.asarray(columns[name], dtype) for name, dtype in types.items()})
    return ak.unflatten(flat, np.bincount(candidate, minlength=number))


def _of_matched(column: Values, matched: Ints, default: int) -> Values:
    """Return a property of the tau that each candidate is matched to, or a default."""
    values = np.full(len(matched), default, dtype=np.result_type(column, np.int8))
    values[matched >= 0] = column[matched[matched >= 0]]
    return values
