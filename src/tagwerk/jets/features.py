"""What a network sees of a constituent, in terms of its four-momentum and its jet's.

Each function of a `View` alone is a feature and returns an array (B, T), of a `FlatView` an array (M,).
It computes with the array library that the view names, so the summary's moments (NumPy) and the layer in
front of every network (keras.ops) come from the same lines.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from tagwerk.arrays import Tensor
from tagwerk.jets.ragged import Ragged

_FLOOR = 1e-4  # keeps logarithms finite for whatever a file holds
# ASSUME: a momentum beyond this, in GeV, is a wrong value; its square would be infinite in single precision.
_LARGEST = 1e9


@dataclass(frozen=True)
class View:
    """Jets as a feature sees them.

    Attributes:
        ops: numpy or keras.ops.
        constituents: an array (B, T) a variable, in GeV and radians.
        jet: an array (B, 1) a variable, in GeV and radians.
        mask: (B, T), true where a constituent is real.
    """

    ops: ModuleType
    constituents: Mapping[str, Tensor]
    jet: Mapping[str, Tensor]
    mask: Tensor

    @property
    def summed(self) -> Tensor:
        """Over which of them sums over a jet go, (B, T)."""
        return self.mask

    def share(self, weight: Tensor, values: Tensor) -> Tensor:
        """Sum over a jet's real constituents of weight times value: (B, 1)."""
        return self.ops.sum(self.ops.where(self.summed, weight * values, 0.0), axis=1, keepdims=True)


@dataclass(frozen=True)
class FlatView(View):
    """The same for M constituents one after the other, without padding: every array is (M,), also those of the jets.

    Attributes:
        owner: the jet of each constituent, (M,).
    """

    owner: Tensor

    def share(self, weight: Tensor, values: Tensor) -> Tensor:
        """Sum over the constituents of the same jet of weight times value: (M,)."""
        sums = np.bincount(self.owner, np.where(self.summed, weight * values, 0.0))[self.owner]
        return sums.astype(values.dtype)


def flat_view(constituents: Ragged, jet: Mapping[str, Tensor]) -> FlatView:
    """Return N jets, whose variables are (N,), as features see them without padding."""
    owner = constituents.owner
    scalars = {name: values[owner] for name, values in jet.items()}
    return FlatView(np, constituents.values, scalars, np.ones(len(owner), bool), owner)


def log_pt(view: View) -> Tensor:
    """Return ln(pT / GeV)."""
    return _log(view, view.constituents["pt"])


def log_energy(view: View) -> Tensor:
    """Return ln(E / GeV)."""
    return _log(view, view.constituents["energy"])


def momentum(view: View) -> Tensor:
    """Return the magnitude of the momentum, in GeV."""
    return _pt(view) * view.ops.cosh(_eta(view.ops, view.constituents["eta"]))


def theta(view: View) -> Tensor:
    """Return the polar angle, in radians."""
    return 2 * view.ops.arctan(view.ops.exp(-_eta(view.ops, view.constituents["eta"])))


def energy_share(view: View) -> Tensor:
    """Return E / E of the jet."""
    return bounded(view.ops, view.constituents["energy"]) / view.ops.maximum(_jet_energy(view), _FLOOR)


def log_pt_share(view: View) -> Tensor:
    """Return ln(pT / pT of the jet)."""
    return _log(view, _pt(view) / view.ops.maximum(view.jet["pt"], _FLOOR))


def log_energy_share(view: View) -> Tensor:
    """Return ln(E / E of the jet)."""
    return _log(view, energy_share(view))


def delta_eta(view: View) -> Tensor:
    """Return η - η of the jet, both within [-20, 20]."""
    return _eta(view.ops, view.constituents["eta"]) - _eta(view.ops, view.jet["eta"])


def delta_phi(view: View) -> Tensor:
    """Return φ - φ of the jet, in [-π, π]."""
    difference = view.constituents["phi"] - view.jet["phi"]
    rest = difference - 2 * math.pi * view.ops.round(difference / (2 * math.pi))
    return view.ops.clip(rest, -math.pi, math.pi)  # of a wrong value of 1e30, less than its last digit


def delta_r(view: View) -> Tensor:
    """Return the distance from the jet's axis in the η-φ plane."""
    return view.ops.sqrt(delta_eta(view) ** 2 + delta_phi(view) ** 2)


def log_kt(view: View) -> Tensor:
    """Return ln(pT ΔR / GeV), the transverse momentum with respect to the jet's axis."""
    return _log(view, _pt(view) * delta_r(view))


def along_axis(view: View) -> Tensor:
    """Return the coordinate along the principal axis of the jet's pT in the η-φ plane.

    The axis points where the pT reaches out furthest, by the sign of its third moment, so that a jet and its
    mirror image look alike (after arXiv:1407.5675, which rotates jet images in the same way).
    """
    return _aligned(view)[0]


def across_axis(view: View) -> Tensor:
    """Return the coordinate across the principal axis of the jet's pT, likewise pointed."""
    return _aligned(view)[1]


PT_ETA_PHI_ENERGY = ("pt", "eta", "phi", "energy")  # features too, as they are

FEATURES: dict[str, Callable[[View], Tensor]] = {
    feature.__name__: feature
    for feature in (
        log_pt,
        log_energy,
        log_pt_share,
        log_energy_share,
        energy_share,
        momentum,
        theta,
        delta_eta,
        delta_phi,
        delta_r,
        log_kt,
        along_axis,
        across_axis,
    )
}


def features(view: View, names: list[str]) -> Tensor:
    """Return the named features, or variables of the constituents, as one array (..., F); zero where padded."""
    columns = [FEATURES[name](view) if name in FEATURES else view.constituents[name] for name in names]
    return view.ops.where(view.mask[..., None], view.ops.stack(columns, axis=-1), 0.0)


def _log(view: View, values: Tensor) -> Tensor:
    return view.ops.log(view.ops.maximum(values, _FLOOR))


def _pt(view: View) -> Tensor:
    return bounded(view.ops, view.constituents["pt"])


def bounded(ops: ModuleType, momentum: Tensor) -> Tensor:
    """Return momenta or energies in GeV, those too large to be true as the largest that may be."""
    return ops.clip(momentum, -_LARGEST, _LARGEST)


def _jet_energy(view: View) -> Tensor:
    pt, mass = (bounded(view.ops, view.jet[name]) for name in ("pt", "mass"))
    return view.ops.sqrt((pt * view.ops.cosh(_eta(view.ops, view.jet["eta"]))) ** 2 + mass**2)


def _eta(ops: ModuleType, eta: Tensor) -> Tensor:
    # Along the beam, where pT is zero, η is said to be as large as 1e5; a wrong value is larger still.
    return ops.clip(eta, -20.0, 20.0)


def _aligned(view: View) -> tuple[Tensor, Tensor]:
    ops, weight = view.ops, _pt(view)
    x, y = delta_eta(view), delta_phi(view)
    angle = 0.5 * ops.arctan2(2 * view.share(weight, x * y), view.share(weight, x**2 - y**2))
    along = ops.cos(angle) * x + ops.sin(angle) * y
    across = ops.cos(angle) * y - ops.sin(angle) * x
    return along * _pointing(view, along), across * _pointing(view, across)


def _pointing(view: View, coordinate: Tensor) -> Tensor:
    return view.ops.where(view.share(_pt(view), coordinate**3) < 0, -1.0, 1.0)
