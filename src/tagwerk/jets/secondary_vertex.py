"""The vertex of a tau candidate's tracks in the transverse plane, and how far it is from the beam line."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tagwerk.arrays import Bools, Floats64
from tagwerk.jets.tau_view import sum_of

if TYPE_CHECKING:
    from tagwerk.jets.ragged import Ragged

# Radians. Tracks that differ by less, r.m.s., are parallel: in single precision, φ is rounded to a millionth.
_MIN_OPENING = 1e-5


@dataclass(frozen=True, eq=False)
class Vertices:
    """One vertex per candidate in the transverse plane, relative to the beam line.

    Attributes:
        x, y: mm, (N,); zero where there is none.
        xx, xy, yy: their covariance in mm², (N,).
        found: where there is one, (N,).
    """

    x: Floats64
    y: Floats64
    xx: Floats64
    xy: Floats64
    yy: Floats64
    found: Bools


def fit_vertices(tracks: "Ragged") -> Vertices:
    """Return the points that fit the tracks of each candidate best: of least Σ ((y cos φ - x sin φ - d0) / σ(d0))².

    They solve linear equations, as tracks are straight lines and σ(φ) is neglected. Tracks without a positive error do
    not take part; a candidate needs two that are not parallel.

    Args:
        tracks: with phi, and d0 and d0_error in mm.
    """
    # ASSUME: lines are straight over the millimetres from vertex to beam line. ATLAS fits in space, with weights that
    # fall with the distance (Trk::AdaptiveVertexFitter).
    tracks = tracks.keep(tracks.values["d0_error"] > 0)
    weight, d0 = tracks.values["d0_error"] ** -2.0, tracks.values["d0"]
    normal_x, normal_y = -np.sin(tracks.values["phi"]), np.cos(tracks.values["phi"])
    xx, xy = sum_of(tracks, weight * normal_x**2), sum_of(tracks, weight * normal_x * normal_y)
    yy = sum_of(tracks, weight * normal_y**2)
    right_x, right_y = sum_of(tracks, weight * normal_x * d0), sum_of(tracks, weight * normal_y * d0)
    determinant = xx * yy - xy**2
    found = determinant > (_MIN_OPENING * (xx + yy)) ** 2
    inverse = np.divide(1, determinant, out=np.zeros_like(determinant), where=found)
    return Vertices(
        x=(yy * right_x - xy * right_y) * inverse,
        y=(xx * right_y - xy * right_x) * inverse,
        xx=yy * inverse,
        xy=-xy * inverse,
        yy=xx * inverse,
        found=found,
    )


def flight_significance(vertices: Vertices, phi: Floats64) -> Floats64:
    """Return L / σ(L), (N,), L the distance of the vertex from the beam line, negative if it is behind it.

    As trFlightPathSig in TauVertexVariables of tauRecTools; zero where there is no vertex.

    Args:
        vertices: of N candidates.
        phi: of their axes, (N,).
    """
    x, y = vertices.x, vertices.y
    length2 = x**2 + y**2
    variance = vertices.xx * x**2 + 2 * vertices.xy * x * y + vertices.yy * y**2  # of L, times L²
    error = np.sqrt(np.maximum(variance, 0))
    significance = np.divide(length2, error, out=np.zeros_like(length2), where=error > 0)
    return np.where(x * np.cos(phi) + y * np.sin(phi) < 0, -significance, significance)
