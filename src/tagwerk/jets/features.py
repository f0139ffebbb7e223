"""The features of a constituent that networks see, computed from its four-momentum and its jet's.

Each function of a `JetView` alone is a feature and returns an array (B, T), or (M,) for a `FlatView`.
It uses the array library that the view names, so that the summary's moments (NumPy) and the input layer of every
network (keras.ops) share the same code.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from tagwerk.arrays import Tensor
from tagwerk.jets import kinematics
from tagwerk.jets.kinematics import clip_eta
from tagwerk.jets.variable_features import variable_feature

if TYPE_CHECKING:
    from tagwerk.jets.ragged import Ragged

_FLOOR = 1e-4  # keeps logarithms finite for any value in a file
# ASSUME: a momentum beyond this, in GeV, is a wrong value; its square would be infinite in single precision.
_MAX_MOMENTUM = 1e9


@dataclass(frozen=True)
class JetView:
    """Jets as a feature sees them.

    Attributes:
        ops: numpy or keras.ops.
        constituents: one array (B, T) per variable, in GeV and radians.
        jet: one array (B, 1) per variable, in GeV and radians.
        mask: (B, T), true where a constituent is real.
    """

    ops: ModuleType
    constituents: Mapping[str, Tensor]
    jet: Mapping[str, Tensor]
    mask: Tensor

    @property
    def constituent_mask(self) -> Tensor:
        """Which entries are real constituents, over which sums run, (B, T)."""
        return self.mask

    def weighted_sum(self, weight: Tensor, values: Tensor) -> Tensor:
        """Sum of weight times value over a jet's real constituents: (B, 1)."""
        return self.ops.sum(self.ops.where(self.constituent_mask, weight * values, 0.0), axis=1, keepdims=True)

    @cached_property
    def axis_coordinates(self) -> tuple[Tensor, Tensor]:
        """The coordinates along and perpendicular to the jet's principal axis, (B, T)."""
        return _axis_coordinates(self)


@dataclass(frozen=True)
class FlatView(JetView):
    """The same for M concatenated constituents, without padding: every array is (M,), also those of the jets.

    Attributes:
        jet_index: the jet of each constituent, (M,).
    """

    jet_index: Tensor

    def weighted_sum(self, weight: Tensor, values: Tensor) -> Tensor:
        """Sum of weight times value over the constituents of the same jet: (M,)."""
        weighted = np.where(self.constituent_mask, weight * values, 0.0)
        return np.bincount(self.jet_index, weighted)[self.jet_index].astype(values.dtype)


def flat_view(constituents: "Ragged", jet: Mapping[str, Tensor]) -> FlatView:
    """Return N jets, whose variables are (N,), as features see them without padding."""
    jet_index = constituents.jet_index
    scalars = {name: values[jet_index] for name, values in jet.items()}
    return FlatView(np, constituents.values, scalars, np.ones(len(jet_index), bool), jet_index)


def log_pt(view: JetView) -> Tensor:
    """Return ln(pT / GeV)."""
    return _log(view, view.constituents["pt"])


def log_jet_pt(view: JetView) -> Tensor:
    """Return ln(pT of the jet / GeV), the same for all constituents of a jet."""
    return _log(view, view.jet["pt"] + view.ops.zeros_like(view.constituents["pt"]))


def log_energy(view: JetView) -> Tensor:
    """Return ln(E / GeV)."""
    return _log(view, view.constituents["energy"])


def momentum(view: JetView) -> Tensor:
    """Return the magnitude of the momentum, in GeV."""
    return _pt(view) * view.ops.cosh(clip_eta(view.ops, view.constituents["eta"]))


def theta(view: JetView) -> Tensor:
    """Return the polar angle, in radians."""
    return 2 * view.ops.arctan(view.ops.exp(-clip_eta(view.ops, view.constituents["eta"])))


def energy_share(view: JetView) -> Tensor:
    """Return E / E of the jet."""
    return clip_momentum(view.ops, view.constituents["energy"]) / view.ops.maximum(_jet_energy(view), _FLOOR)


def log_pt_share(view: JetView) -> Tensor:
    """Return ln(pT / pT of the jet)."""
    return _log(view, _pt(view) / view.ops.maximum(view.jet["pt"], _FLOOR))


def log_energy_share(view: JetView) -> Tensor:
    """Return ln(E / E of the jet)."""
    return _log(view, energy_share(view))


def delta_eta(view: JetView) -> Tensor:
    """Return η - η of the jet, both within [-20, 20]."""
    return clip_eta(view.ops, view.constituents["eta"]) - clip_eta(view.ops, view.jet["eta"])


def delta_phi(view: JetView) -> Tensor:
    """Return φ - φ of the jet, in [-π, π]."""
    return kinematics.delta_phi(view.ops, view.constituents["phi"], view.jet["phi"])


def delta_r(view: JetView) -> Tensor:
    """Return the distance from the jet's axis in the η-φ plane."""
    return view.ops.sqrt(delta_eta(view) ** 2 + delta_phi(view) ** 2)


def log_kt(view: JetView) -> Tensor:
    """Return ln(pT ΔR / GeV), the transverse momentum with respect to the jet's axis."""
    return _log(view, _pt(view) * delta_r(view))


def along_axis(view: JetView) -> Tensor:
    """Return the coordinate along the principal axis of the jet's pT in the η-φ plane.

    The axis points towards the longer tail of the pT, by the sign of its third moment, so that a jet and its mirror
    image have the same features (after arXiv:1407.5675, which rotates jet images in the same way).
    """
    return view.axis_coordinates[0]


def across_axis(view: JetView) -> Tensor:
    """Return the coordinate perpendicular to the principal axis of the jet's pT, its sign chosen in the same way."""
    return view.axis_coordinates[1]


PT_ETA_PHI_ENERGY = ("pt", "eta", "phi", "energy")  # features too, as they are

FEATURES: dict[str, Callable[[JetView], Tensor]] = {
    feature.__name__: feature
    for feature in (
        log_pt,
        log_jet_pt,
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


def features(view: JetView, names: list[str]) -> Tensor:
    """Return the named features, or those of further variables, as one array (..., F); zero where padded."""
    columns = [feature_of(view, name) for name in names]
    return view.ops.where(view.mask[..., None], view.ops.stack(columns, axis=-1), 0.0)


def feature_of(view: JetView, name: str) -> Tensor:
    """Return one feature, from the four-momenta or from further variables of the constituents."""
    return FEATURES[name](view) if name in FEATURES else variable_feature(view.ops, view.constituents, name)


def _log(view: JetView, values: Tensor) -> Tensor:
    return view.ops.log(view.ops.maximum(values, _FLOOR))


def _pt(view: JetView) -> Tensor:
    return clip_momentum(view.ops, view.constituents["pt"])


def clip_momentum(ops: ModuleType, momentum: Tensor) -> Tensor:
    """Return momenta or energies in GeV, clipped to the largest plausible value."""
    return ops.clip(momentum, -_MAX_MOMENTUM, _MAX_MOMENTUM)


def _jet_energy(view: JetView) -> Tensor:
    pt, mass = (clip_momentum(view.ops, view.jet[name]) for name in ("pt", "mass"))
    return view.ops.sqrt((pt * view.ops.cosh(clip_eta(view.ops, view.jet["eta"]))) ** 2 + mass**2)


def _axis_coordinates(view: JetView) -> tuple[Tensor, Tensor]:
    ops, weight = view.ops, _pt(view)
    x, y = delta_eta(view), delta_phi(view)
    angle = 0.5 * ops.arctan2(2 * view.weighted_sum(weight, x * y), view.weighted_sum(weight, x**2 - y**2))
    cos, sin = ops.cos(angle), ops.sin(angle)
    return _oriented(view, cos * x + sin * y), _oriented(view, cos * y - sin * x)


def _oriented(view: JetView, coordinate: Tensor) -> Tensor:
    cubes = coordinate * coordinate**2  # NumPy takes 70 times as long for `coordinate**3`
    return view.ops.where(view.weighted_sum(_pt(view), cubes) < 0, -coordinate, coordinate)
