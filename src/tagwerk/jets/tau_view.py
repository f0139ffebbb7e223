"""Hadronic tau candidates as their variables see them: tracks and clusters in cones around the axis."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tagwerk.arrays import Floats64, Values
from tagwerk.jets.kinematics import clip_eta, delta_r
from tagwerk.jets.momentum import cartesian

if TYPE_CHECKING:
    from tagwerk.jets.ragged import Ragged

CORE, ISOLATION = 0.2, 0.4  # ΔR to the axis within which there are core tracks and clusters, and all of them
PION_MASS = 0.13957  # GeV
_COLUMNS = ("pt", "eta", "phi", "energy", "d0", "d0_error", "em_fraction")
# ASSUME: what is larger, in GeV or mm, is a wrong value; its square and the sums of many stay finite.
_MAX_VALUE = 1e6


@dataclass(frozen=True, eq=False)
class TauView:
    """N tau candidates as the variables see them, in double precision; what several variables need is computed once.

    NaN counts as zero; infinite and other values beyond a million, in GeV or mm, as a million.

    Attributes:
        sequences: `tracks` with pt, eta, phi, and d0 and d0_error in mm; `clusters` with eta, phi, energy, em_fraction.
            Only what the wanted variables need.
        axis: η and φ of each candidate, (N,).
    """

    sequences: Mapping[str, "Ragged"]
    # ASSUME: the axis of the seed jet. ATLAS sums the clusters within 0.2 of the seed's barycentre.
    axis: tuple[Values, Values]

    @cached_property
    def eta(self) -> Floats64:
        """Of the axis, (N,)."""
        eta: Floats64 = clip_eta(np, _finite(self.axis[0]))
        return eta

    @cached_property
    def phi(self) -> Floats64:
        """Of the axis, (N,)."""
        return _finite(self.axis[1])

    @cached_property
    def tracks(self) -> "Ragged":
        """Tracks of positive pT within 0.4 of the axis, with `delta_r`."""
        return self._around_axis("tracks", "pt")

    @cached_property
    def clusters(self) -> "Ragged":
        """Clusters of positive energy within 0.4 of the axis, with `delta_r`.

        Noise may leave a negative energy; ATLAS ignores such clusters too (TauClusterFinder of tauRecTools).
        """
        return self._around_axis("clusters", "energy")

    @cached_property
    def core_tracks(self) -> "Ragged":
        """Tracks within 0.2 of the axis."""
        return self.tracks.keep(self.tracks.values["delta_r"] < CORE)

    @cached_property
    def isolation_tracks(self) -> "Ragged":
        """Tracks between 0.2 and 0.4 from the axis."""
        return self.tracks.keep(self.tracks.values["delta_r"] >= CORE)

    @cached_property
    def core_clusters(self) -> "Ragged":
        """Clusters within 0.2 of the axis."""
        return self.clusters.keep(self.clusters.values["delta_r"] < CORE)

    @cached_property
    def leading_track(self) -> "Ragged":
        """The core track of highest pT, where there is one."""
        return leading(self.core_tracks, self.core_tracks.values["pt"], 1)

    @cached_property
    def eflow(self) -> dict[str, Floats64]:
        """px, py, pz and energy (N,), in GeV, of the core tracks and the two core clusters of most EM energy.

        Of a cluster, this is its energy in the electromagnetic calorimeter alone (TauSubstructureVariables of
        tauRecTools).
        """
        clusters = leading(self.core_clusters, em_energy(self.core_clusters), 2)
        shares = sum_momenta(clusters, em_energy(clusters) / np.cosh(clusters.values["eta"]), mass=0)
        return {name: values + shares[name] for name, values in pion_system(self.core_tracks).items()}

    def _around_axis(self, sequence: str, size: str) -> "Ragged":
        """Return the tracks or clusters within 0.4 of the axis whose pT or energy, `size`, is positive."""
        objects = self.sequences[sequence]
        values = {name: _finite(column) for name, column in objects.values.items() if name in _COLUMNS}
        values["eta"] = clip_eta(np, values["eta"])
        eta, phi = self.eta[objects.jet_index], self.phi[objects.jet_index]
        values["delta_r"] = delta_r(values["eta"], values["phi"], eta, phi)
        return type(objects)(values, objects.counts).keep((values["delta_r"] < ISOLATION) & (values[size] > 0))


def sum_of(objects: "Ragged", values: Values) -> Floats64:
    """Return the sum of values (M,) over the objects of each candidate, (N,)."""
    sums = np.bincount(objects.jet_index, weights=values, minlength=len(objects.counts))
    return sums.astype(np.float64, copy=False)


def leading(objects: "Ragged", key: Values, count: int) -> "Ragged":
    """Return the objects of each candidate with the highest key (M,), at most `count` of them."""
    return objects.ordered(key, count, np.arange(len(objects.counts)))


def transverse_energy(clusters: "Ragged") -> Floats64:
    """Return E / cosh η of clusters, (M,), in GeV."""
    energy: Floats64 = clusters.values["energy"] / np.cosh(clusters.values["eta"])
    return energy


def em_energy(clusters: "Ragged") -> Floats64:
    """Return the energy of clusters in the electromagnetic calorimeter, (M,), in GeV."""
    energy: Floats64 = clusters.values["energy"] * np.clip(clusters.values["em_fraction"], 0, 1)
    return energy


def pion_system(tracks: "Ragged") -> dict[str, Floats64]:
    """Return px, py, pz and energy (N,), in GeV, of each candidate's tracks, each with the mass of a pion."""
    return sum_momenta(tracks, tracks.values["pt"], PION_MASS)


def sum_momenta(objects: "Ragged", pt: Values, mass: float) -> dict[str, Floats64]:
    """Return px, py, pz and energy (N,), in GeV, of objects with these pT (M,), all of one mass."""
    components = {"pt": pt, "eta": objects.values["eta"], "phi": objects.values["phi"], "mass": np.full(len(pt), mass)}
    return {name: sum_of(objects, values) for name, values in cartesian(components).items()}


def _finite(values: Values) -> Floats64:
    return np.clip(np.nan_to_num(values.astype(np.float64)), -_MAX_VALUE, _MAX_VALUE)
