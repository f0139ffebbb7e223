"""Jet variables computed from the constituents: one number per jet, zero for an empty jet.

Awkward and Numba are imported where they compute, since cards know the variables' names from here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from tagwerk.arrays import Floats32, Floats64, Ints
from tagwerk.jets.kinematics import abs_delta_phi

if TYPE_CHECKING:
    import awkward as ak


@dataclass(frozen=True, eq=False)
class FlatJets:
    """The columns of B jets that the variables use, constituents concatenated; jet b's start at offsets[b]."""

    offsets: Ints
    pt: Floats64
    eta: Floats64
    phi: Floats64
    jet_eta: Floats64
    jet_phi: Floats64

    @cached_property
    def counts(self) -> Ints:
        """Constituents of each jet, (B,)."""
        return np.diff(self.offsets)

    @cached_property
    def jet_index(self) -> Ints:
        """The jet of each constituent."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    @cached_property
    def sum_pt(self) -> Floats64:
        """Scalar sum of the constituents' pT, (B,), in GeV."""
        return self.sum(self.pt)

    @cached_property
    def taus(self) -> Floats64:
        """tau_1, tau_2, tau_3 with beta = 1, (B, 3), cached for both ratios."""
        return self.subjettinesses(3)

    def subjettinesses(self, n_max: int, beta: float = 1.0) -> Floats64:
        """Return tau_1 to tau_n_max, (B, n_max)."""
        from tagwerk.jets.subjettiness import subjettinesses

        return subjettinesses(self.offsets, self.pt, self.eta, self.phi, n_max, beta)

    def sum(self, values: Floats64) -> Floats64:
        """Sum over the constituents of each jet, (B,)."""
        sums = np.bincount(self.jet_index, weights=values, minlength=len(self.counts))
        return sums.astype(np.float64, copy=False)


Jets: TypeAlias = "ak.Array | FlatJets"


def flat_jets(jets: Jets) -> FlatJets:
    """Jet records as flat columns, to share between variables; `FlatJets` are returned unchanged."""
    if isinstance(jets, FlatJets):
        return jets
    import awkward as ak

    counts = ak.to_numpy(ak.num(jets.constituents, axis=1), allow_missing=False)
    pt, eta, phi = (_floats(ak.flatten(jets.constituents[name], axis=1)) for name in ("pt", "eta", "phi"))
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    jet_eta, jet_phi = _floats(jets.jet.eta), _floats(jets.jet.phi)
    return FlatJets(offsets, pt, eta, np.remainder(phi, 2 * np.pi), jet_eta, np.remainder(jet_phi, 2 * np.pi))


def _floats(values: "ak.Array") -> Floats64:
    import awkward as ak

    return np.array(ak.to_numpy(values, allow_missing=False), dtype=np.float64)


def _ratio(numerator: Floats64, denominator: Floats64) -> Floats32:
    """Their ratio, (B,), zero where the denominator is zero."""
    ratio = np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0)
    return ratio.astype(np.float32)


def multiplicity(jets: Jets) -> Floats32:
    """Number of constituents, (B,)."""
    return flat_jets(jets).counts.astype(np.float32)


def width(jets: Jets) -> Floats32:
    """Girth, sum_i pT_i dR_i / sum_i pT_i with dR to the jet's axis, (B,) (arXiv:1012.2077)."""
    flat = flat_jets(jets)
    d_eta = flat.eta - flat.jet_eta[flat.jet_index]
    d_r = np.hypot(d_eta, abs_delta_phi(flat.phi, flat.jet_phi[flat.jet_index]))
    return _ratio(flat.sum(flat.pt * d_r), flat.sum_pt)


def pt_dispersion(jets: Jets) -> Floats32:
    """sqrt(sum_i pT_i^2) / sum_i pT_i, (B,): one for a single constituent (CMS-PAS-JME-13-002)."""
    flat = flat_jets(jets)
    return _ratio(np.sqrt(flat.sum(flat.pt**2)), flat.sum_pt)


def subjettiness(jets: Jets, n: int, beta: float = 1.0) -> Floats32:
    """tau_N, (B,), with R0 = 1 (arXiv:1011.2268); axes and assumptions are in `tagwerk.jets.subjettiness`.

    Raises:
        ValueError: n is below one or beta is not positive.
    """
    return flat_jets(jets).subjettinesses(n, beta)[:, n - 1].astype(np.float32)


def tau21(jets: Jets) -> Floats32:
    """tau_2 / tau_1, (B,), between zero and one: small for two prongs (arXiv:1011.2268)."""
    taus = flat_jets(jets).taus
    return _ratio(taus[:, 1], taus[:, 0])


def tau32(jets: Jets) -> Floats32:
    """tau_3 / tau_2, (B,), between zero and one: small for three prongs (arXiv:1011.2268)."""
    taus = flat_jets(jets).taus
    return _ratio(taus[:, 2], taus[:, 1])


VARIABLES: dict[str, Callable[[Jets], Floats32]] = {
    "multiplicity": multiplicity,
    "width": width,
    "pt_dispersion": pt_dispersion,
    "tau21": tau21,
    "tau32": tau32,
}


def add_variables(jets: "ak.Array", names: Iterable[str]) -> "ak.Array":
    """The same jets with the named variables among the scalars of `jets.jet`, as float32.

    Raises:
        KeyError: a name is not in `VARIABLES`.
    """
    import awkward as ak

    flat = flat_jets(jets)
    for name in names:
        jets = ak.with_field(jets, VARIABLES[name](flat), ["jet", name])
    return jets
