"""The high-level variables of hadronic taus, as ATLAS defines them: one number per candidate.

Definitions are those of ATL-PHYS-PUB-2015-045 and ATL-PHYS-PUB-2019-033, as coded in the package
tauRecTools of Athena, whose names the docstrings give. Where something is missing, as for a candidate without tracks or
clusters, a variable is zero. All are finite, between bounds that the docstrings give.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from tagwerk.arrays import Floats32, Floats64
from tagwerk.jets.momentum import polar
from tagwerk.jets.secondary_vertex import fit_vertices, flight_significance
from tagwerk.jets.tau_view import TauView, em_energy, leading, pion_system, sum_momenta, sum_of, transverse_energy

_CENTRE = 0.1  # ΔR to the axis
_MAX_RATIO = 30.0
_MAX_EFLOW_RATIO = 4.0  # as at the input of ATLAS's network (TauJetRNNUtils), and so is the next
_MAX_IP_SIGNIFICANCE = 30.0
_MAX_FLIGHT_SIGNIFICANCE = 100.0
_MAX_MASS = 1e3  # GeV
_MAX_PT = 1e5  # GeV


@dataclass(frozen=True)
class TauVariable:
    """A variable of tau candidates.

    Attributes:
        compute: its values, (N,).
        needs: the further variables that it needs of each sequence that it needs, by name of the sequence.
    """

    compute: Callable[[TauView], Floats32]
    needs: Mapping[str, tuple[str, ...]]


def core_tracks(taus: TauView) -> Floats32:
    """Return the number of tracks with ΔR < 0.2 to the axis, (N,): the prongs."""
    return taus.core_tracks.counts.astype(np.float32)


def isolation_tracks(taus: TauView) -> Floats32:
    """Return the number of tracks with 0.2 ≤ ΔR < 0.4, (N,) (nIsolatedTracks)."""
    return taus.isolation_tracks.counts.astype(np.float32)


def cent_frac(taus: TauView) -> Floats32:
    """Return Σ ET(ΔR < 0.1) / Σ ET(ΔR < 0.2) of the clusters, (N,), from 0 to 1 (centFrac, TauCellVariables)."""
    # ASSUME: a cluster counts where its centre is; ATLAS sums cells.
    clusters, et = taus.core_clusters, transverse_energy(taus.core_clusters)
    return _ratio(sum_of(clusters, et * (clusters.values["delta_r"] < _CENTRE)), sum_of(clusters, et), 1)


def et_over_pt_lead_track(taus: TauView) -> Floats32:
    """Return Σ ET of the core clusters over the pT of the leading core track, (N,), from 0 to 30 (etOverPtLeadTrk)."""
    et = sum_of(taus.core_clusters, transverse_energy(taus.core_clusters))
    return _ratio(et, sum_of(taus.leading_track, taus.leading_track.values["pt"]), _MAX_RATIO)


def dr_max(taus: TauView) -> Floats32:
    """Return the largest ΔR of a core track to the axis, (N,), from 0 to 0.2 (dRmax, TauSubstructureVariables)."""
    farthest = leading(taus.core_tracks, taus.core_tracks.values["delta_r"], 1)
    return sum_of(farthest, farthest.values["delta_r"]).astype(np.float32)


def ip_sig_lead_track(taus: TauView) -> Floats32:
    """Return |d0| / σ(d0) of the leading core track, (N,), from 0 to 30 (absipSigLeadTrk, TauIDVarCalculator)."""
    track = taus.leading_track
    d0, error = (sum_of(track, track.values[name]) for name in ("d0", "d0_error"))
    return _ratio(np.abs(d0), error, _MAX_IP_SIGNIFICANCE)


def tr_flight_path_sig(taus: TauView) -> Floats32:
    """Return L / σ(L) of the vertex of the core tracks, (N,), from -100 to 100 (trFlightPathSig, TauVertexVariables).

    L is its transverse distance from the beam line, negative if the vertex is behind it as seen along the axis.
    """
    significance = flight_significance(fit_vertices(taus.core_tracks), taus.phi)
    return np.clip(significance, -_MAX_FLIGHT_SIGNIFICANCE, _MAX_FLIGHT_SIGNIFICANCE).astype(np.float32)


def mass_track_system(taus: TauView) -> Floats32:
    """Return the mass of all tracks as pions in GeV, (N,), from 0 to 1000 (massTrkSys, TauCommonCalcVars)."""
    return _bounded(polar(pion_system(taus.tracks), ["mass"])["mass"], _MAX_MASS)


def sum_pt_track_fraction(taus: TauView) -> Floats32:
    """Return Σ pT of the isolation tracks over Σ pT of all, (N,), from 0 to 1 (SumPtTrkFrac, TauCommonCalcVars)."""
    isolation, every = (sum_of(tracks, tracks.values["pt"]) for tracks in (taus.isolation_tracks, taus.tracks))
    return _ratio(isolation, every, 1)


def em_over_track_system_p(taus: TauView) -> Floats32:
    """Return the EM energy of all clusters over Σ p of the core tracks, (N,), from 0 to 30 (EMPOverTrkSysP).

    In TauSubstructureVariables, as here, clusters count up to 0.4 from the axis, but tracks up to 0.2.
    """
    momentum = taus.core_tracks.values["pt"] * np.cosh(taus.core_tracks.values["eta"])
    return _ratio(sum_of(taus.clusters, em_energy(taus.clusters)), sum_of(taus.core_tracks, momentum), _MAX_RATIO)


def pt_ratio_eflow(taus: TauView) -> Floats32:
    """Return pT of the core tracks and the two clusters of most EM energy over pT of all core clusters, (N,), 0 to 4.

    ATLAS's ptRatioEflowApprox (TauSubstructureVariables): these are core clusters, and their EM energy alone enters.
    """
    return _ratio(polar(taus.eflow, ["pt"])["pt"], _core_cluster_pt(taus), _MAX_EFLOW_RATIO)


def mass_eflow(taus: TauView) -> Floats32:
    """Return the mass of the core tracks and the two clusters of most EM energy in GeV, (N,), from 0 to 1000.

    ATLAS's mEflowApprox (TauSubstructureVariables), of the same momenta as `pt_ratio_eflow`.
    """
    return _bounded(polar(taus.eflow, ["mass"])["mass"], _MAX_MASS)


def pt_intermediate_axis(taus: TauView) -> Floats32:
    """Return pT of the sum of the core clusters in GeV, (N,), from 0 to 100,000 (ptIntermediateAxis, TauAxisSetter)."""
    return _bounded(_core_cluster_pt(taus), _MAX_PT)


def _core_cluster_pt(taus: TauView) -> Floats64:
    momentum = sum_momenta(taus.core_clusters, transverse_energy(taus.core_clusters), mass=0)
    return np.hypot(momentum["px"], momentum["py"])


def _ratio(numerator: Floats64, denominator: Floats64, most: float) -> Floats32:
    """Return the ratio, (N,), from zero to `most`; zero where the denominator is not positive."""
    ratio = np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0)
    return _bounded(ratio, most)


def _bounded(values: Floats64, most: float) -> Floats32:
    return np.clip(values, 0, most).astype(np.float32)


_TRACKS: dict[str, tuple[str, ...]] = {"tracks": ()}
_TRACKS_WITH_D0: dict[str, tuple[str, ...]] = {"tracks": ("d0", "d0_error")}
_CLUSTERS: dict[str, tuple[str, ...]] = {"clusters": ()}
_CLUSTERS_WITH_EM: dict[str, tuple[str, ...]] = {"clusters": ("em_fraction",)}

TAU_VARIABLES: dict[str, TauVariable] = {
    "core_tracks": TauVariable(core_tracks, _TRACKS),
    "isolation_tracks": TauVariable(isolation_tracks, _TRACKS),
    "cent_frac": TauVariable(cent_frac, _CLUSTERS),
    "et_over_pt_lead_track": TauVariable(et_over_pt_lead_track, _TRACKS | _CLUSTERS),
    "dr_max": TauVariable(dr_max, _TRACKS),
    "ip_sig_lead_track": TauVariable(ip_sig_lead_track, _TRACKS_WITH_D0),
    "tr_flight_path_sig": TauVariable(tr_flight_path_sig, _TRACKS_WITH_D0),
    "mass_track_system": TauVariable(mass_track_system, _TRACKS),
    "sum_pt_track_fraction": TauVariable(sum_pt_track_fraction, _TRACKS),
    "em_over_track_system_p": TauVariable(em_over_track_system_p, _TRACKS | _CLUSTERS_WITH_EM),
    "pt_ratio_eflow": TauVariable(pt_ratio_eflow, _TRACKS | _CLUSTERS_WITH_EM),
    "mass_eflow": TauVariable(mass_eflow, _TRACKS | _CLUSTERS_WITH_EM),
    "pt_intermediate_axis": TauVariable(pt_intermediate_axis, _CLUSTERS),
}
