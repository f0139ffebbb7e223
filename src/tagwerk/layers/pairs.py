"""What two constituents have to do with each other."""

import math
from typing import Any

import keras
from keras import ops

from tagwerk.layers.explicit import ExplicitMask

Tensor = Any

_FLOOR = 1e-8  # keeps the logarithms of a constituent with itself finite


@keras.saving.register_keras_serializable("tagwerk")
class PairFeatures(ExplicitMask):
    """ln Δ, ln kT, ln z and ln m² of every two constituents: arXiv:2202.03772, equations 3 to 6.

    Δ² = Δη² + Δφ², kT = min(pT) Δ, z = min(pT) / (pT + pT) and m² = (E + E)² - |p + p|², in GeV.

    Call arguments: momenta (B, T, 4): pt, eta, phi, energy in GeV and radians; mask (B, T), true where real.
    Returns: (B, T, T, 4), zero where one of both is padded.
    """

    def call(self, momenta: Tensor, mask: Tensor) -> Tensor:
        """Return the features of the pairs."""
        pt, eta, phi, energy = (momenta[..., index] for index in range(4))
        d_phi = _difference(phi)
        d_phi = d_phi - 2 * math.pi * ops.round(d_phi / (2 * math.pi))
        delta = ops.sqrt(_difference(eta) ** 2 + d_phi**2 + _FLOOR**2)
        softer, both = ops.minimum(pt[:, :, None], pt[:, None]), pt[:, :, None] + pt[:, None]
        # Of the transverse and longitudinal momenta; cosh of an η that no detector gives would be infinite.
        x, y, z = pt * ops.cos(phi), pt * ops.sin(phi), pt * ops.sinh(ops.clip(eta, -20.0, 20.0))
        mass2 = _sum(energy) ** 2 - _sum(x) ** 2 - _sum(y) ** 2 - _sum(z) ** 2
        values = [delta, softer * delta, softer / ops.maximum(both, _FLOOR), mass2]
        features = ops.log(ops.maximum(ops.stack(values, axis=-1), _FLOOR))
        return ops.where((mask[:, :, None] & mask[:, None])[..., None], features, 0.0)


@keras.saving.register_keras_serializable("tagwerk")
class PairBias(ExplicitMask):
    """What each attention head makes of the features of pairs: a batch normalisation and a network of two layers.

    Args:
        heads: how many numbers come out.
        width: of the first layer.

    Call arguments: pairs (B, T, T, F); mask (B, T), true where real.
    Returns: (B, heads, T, T).
    """

    def __init__(self, heads: int, width: int, **options: Any) -> None:
        super().__init__(**options)
        self.heads, self.width = heads, width
        self.norm = keras.layers.BatchNormalization(dtype=self.dtype_policy)
        self.hidden = keras.layers.Dense(width, activation="gelu", dtype=self.dtype_policy)
        self.out = keras.layers.Dense(heads, dtype=self.dtype_policy)

    def build(self, pairs_shape: tuple[int | None, ...]) -> None:
        """Make both layers."""
        self.norm.build(pairs_shape)
        self.hidden.build(pairs_shape)
        self.out.build((*pairs_shape[:-1], self.width))

    def call(self, pairs: Tensor, mask: Tensor, training: bool = False) -> Tensor:
        """Return the bias of each head."""
        normalised = self.norm(pairs, training=training, mask=mask[:, :, None] & mask[:, None])
        return ops.transpose(self.out(self.hidden(normalised)), (0, 3, 1, 2))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(super().get_config()) | {"heads": self.heads, "width": self.width}


def _difference(values: Tensor) -> Tensor:
    return values[:, :, None] - values[:, None]


def _sum(values: Tensor) -> Tensor:
    return values[:, :, None] + values[:, None]
