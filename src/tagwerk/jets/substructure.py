"""Jet variables computed from the constituents: one number per jet, zero for an empty jet."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tagwerk.arrays import Floats32, Floats64, Values
from tagwerk.jets.kinematics import delta_r

if TYPE_CHECKING:
    from tagwerk.jets.ragged import Ragged


@dataclass(frozen=True, eq=False)
class SubstructureView:
    """N jets as the variables see them, in double precision; what several variables need is computed once.

    Attributes:
        constituents: with pt, eta and phi.
        axis: η and φ of each jet, (N,).
    """

    constituents: "Ragged"
    axis: tuple[Values, Values]

    @cached_property
    def pt(self) -> Floats64:
        """Of the constituents, (M,), in GeV."""
        return self.constituents.values["pt"].astype(np.float64)

    @cached_property
    def eta(self) -> Floats64:
        """Of the constituents, (M,)."""
        return self.constituents.values["eta"].astype(np.float64)

    @cached_property
    def phi(self) -> Floats64:
        """Of the constituents, (M,), in [0, 2π)."""
        return _positive_phi(self.constituents.values["phi"])

    @cached_property
    def sum_pt(self) -> Floats64:
        """Scalar sum of the constituents' pT, (N,), in GeV."""
        return self.sum(self.pt)

    @cached_property
    def taus(self) -> Floats64:
        """tau_1, tau_2, tau_3 with beta = 1, (N, 3)."""
        return self.subjettinesses(3)

    def delta_r(self) -> Floats64:
        """Return the distance of the constituents to their jet's axis, (M,)."""
        eta, phi = self.axis[0].astype(np.float64), _positive_phi(self.axis[1])
        jet_index = self.constituents.jet_index
        return delta_r(self.eta, self.phi, eta[jet_index], phi[jet_index]).astype(np.float64, copy=False)

    def subjettinesses(self, n_max: int, beta: float = 1.0) -> Floats64:
        """Return tau_1 to tau_n_max, (N, n_max)."""
        from tagwerk.jets.subjettiness import subjettinesses  # imports Numba, which cards do without

        return subjettinesses(self.constituents.offsets, self.pt, self.eta, self.phi, n_max, beta)

    def sum(self, values: Floats64) -> Floats64:
        """Return the sum of values (M,) over the constituents of each jet, (N,)."""
        counts = self.constituents.counts
        sums = np.bincount(self.constituents.jet_index, weights=values, minlength=len(counts))
        return sums.astype(np.float64, copy=False)


def _positive_phi(phi: Values) -> Floats64:
    return np.remainder(phi.astype(np.float64), 2 * np.pi)


def _ratio(numerator: Floats64, denominator: Floats64) -> Floats32:
    """Return the ratio, (N,), zero where the denominator is zero."""
    ratio = np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0)
    return ratio.astype(np.float32)


def multiplicity(jets: SubstructureView) -> Floats32:
    """Return the number of constituents, (N,)."""
    return jets.constituents.counts.astype(np.float32)


def width(jets: SubstructureView) -> Floats32:
    """Return the girth, Σ pT ΔR / Σ pT with ΔR to the jet's axis, (N,) (arXiv:1012.2077)."""
    return _ratio(jets.sum(jets.pt * jets.delta_r()), jets.sum_pt)


def pt_dispersion(jets: SubstructureView) -> Floats32:
    """Return sqrt(Σ pT²) / Σ pT, (N,): one for a single constituent (CMS-PAS-JME-13-002)."""
    return _ratio(np.sqrt(jets.sum(jets.pt**2)), jets.sum_pt)


def subjettiness(jets: SubstructureView, n: int, beta: float = 1.0) -> Floats32:
    """Return tau_N, (N,), with R0 = 1 (arXiv:1011.2268); axes and assumptions are in `tagwerk.jets.subjettiness`.

    Raises:
        ValueError: n is below one or beta is not positive.
    """
    return jets.subjettinesses(n, beta)[:, n - 1].astype(np.float32)


def tau21(jets: SubstructureView) -> Floats32:
    """Return tau_2 / tau_1, (N,), between zero and one: small for two prongs (arXiv:1011.2268)."""
    return _ratio(jets.taus[:, 1], jets.taus[:, 0])


def tau32(jets: SubstructureView) -> Floats32:
    """Return tau_3 / tau_2, (N,), between zero and one: small for three prongs (arXiv:1011.2268)."""
    return _ratio(jets.taus[:, 2], jets.taus[:, 1])


VARIABLES: dict[str, Callable[[SubstructureView], Floats32]] = {
    "multiplicity": multiplicity,
    "width": width,
    "pt_dispersion": pt_dispersion,
    "tau21": tau21,
    "tau32": tau32,
}
