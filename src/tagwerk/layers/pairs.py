"""Features of pairs of constituents, as a bias of attention."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.jets.kinematics import clip_eta, wrap_delta_phi
from tagwerk.layers.explicit_mask import ExplicitMask
from tagwerk.layers.normalisation import batch_norm
from tagwerk.layers.packed_constituents import packed_positions, row_indices

_FLOOR = 1e-8  # keeps the logarithms finite for a constituent paired with itself
# ASSUME: a constituent whose m² is a smaller share of E² is massless: in single precision it is rounding.
_MASSLESS = 1e-6


def pair_features(first: Tensor, second: Tensor) -> Tensor:
    """Return ln Δ, ln kT, ln z and ln m² of pairs, (..., 4): arXiv:2202.03772, equations 3 to 6.

    Δ² = Δy² + Δφ² of rapidities y, kT = min(pT) Δ, z = min(pT) / (pT + pT) and the invariant mass m of the pair.

    Args:
        first: momenta (..., 4): pt, eta, phi, energy in GeV and radians.
        second: momenta of the other constituent of each pair.
    """
    (pt, y, phi, mass2, mt), (other_pt, other_y, other_phi, other_mass2, other_mt) = map(_kinematics, (first, second))
    d_phi = wrap_delta_phi(ops, phi - other_phi)
    delta = ops.sqrt((y - other_y) ** 2 + d_phi**2 + _FLOOR**2)
    softer = ops.minimum(pt, other_pt)
    # 2 (E E - p·p), without differences of large numbers: for a narrow pair, these would be rounding.
    longitudinal = 2 * mt * other_mt * ops.sinh((y - other_y) / 2) ** 2 + mt * other_mt - pt * other_pt
    product = 2 * (longitudinal + 2 * pt * other_pt * ops.sin(d_phi / 2) ** 2)
    values = [delta, softer * delta, softer / ops.maximum(pt + other_pt, _FLOOR), mass2 + other_mass2 + product]
    return ops.log(ops.maximum(ops.stack(values, axis=-1), _FLOOR))


@keras.saving.register_keras_serializable("tagwerk")
class PairBias(ExplicitMask):
    """The bias of each attention head for each pair of constituents: a network on `pair_features`.

    The pair embedding of arXiv:2202.03772 in its authors' code: a batch normalisation; per layer, one more with
    a GELU; a linear layer and a batch normalisation to one number per head. The pairs (i, j) and (j, i) have the same
    bias, which is computed once, and nothing is computed for padding.

    Args:
        heads: number of attention heads.
        widths: of the layers.

    Call arguments: momenta (B, T, 4): pt, eta, phi, energy in GeV and radians; mask (B, T), true where real.
    Returns: (B, heads, T, T), zero where either constituent is padding.
    """

    def __init__(self, heads: int, widths: Sequence[int], **options: Any) -> None:
        super().__init__(**options)
        self.heads, self.widths = heads, list(widths)
        sizes = [*widths, heads]
        self.linear = [keras.layers.Dense(width, use_bias=False, dtype=self.dtype_policy) for width in sizes]
        self.norms = [batch_norm(dtype=self.dtype_policy) for _ in range(len(sizes) + 1)]

    def build(self, momenta_shape: tuple[int | None, ...]) -> None:
        """Create the weights of all layers."""
        sizes = [4, *self.widths, self.heads]
        for norm, width in zip(self.norms, sizes, strict=True):
            norm.build((None, width))
        for layer, width in zip(self.linear, sizes, strict=False):
            layer.build((None, width))

    def compute_output_shape(self, momenta_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the output."""
        batch, length, _ = momenta_shape
        return (batch, self.heads, length, length)

    def call(self, momenta: Tensor, mask: Tensor, training: bool = False) -> Tensor:
        """Return the bias of each head."""
        pairs = mask[:, :, None] & mask[:, None]
        lower = pairs & ops.tril(ops.ones_like(pairs))
        position, real = packed_positions(lower)
        length = ops.cast(ops.shape(mask)[1], position.dtype)
        start, i, j = position // length**2 * length, position // length % length, position % length
        constituents = ops.reshape(ops.where(mask[..., None], momenta, 1.0), (-1, 4))
        values = pair_features(*(ops.take(constituents, start + index, axis=0) for index in (i, j)))
        values = self.norms[0](values, training=training, mask=real)
        for layer, norm in zip(self.linear[:-1], self.norms[1:-1], strict=True):
            values = ops.gelu(norm(layer(values), training=training, mask=real), approximate=False)
        values = self.norms[-1](self.linear[-1](values), training=training, mask=real)
        rows = row_indices(lower)
        rows = ops.where(lower, rows, ops.transpose(rows, (0, 2, 1)))
        # One more row, for pairs with padding.
        values = ops.pad(values, ((0, 1), (0, 0)))
        rows = ops.where(pairs, rows, ops.shape(values)[0] - 1)
        return ops.transpose(ops.take(values, rows, axis=0), (0, 3, 1, 2))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(super().get_config()) | {"heads": self.heads, "widths": self.widths}


def _kinematics(momenta: Tensor) -> tuple[Tensor, ...]:
    """Return pT, rapidity, φ, m² and the transverse mass of momenta (..., 4)."""
    pt, eta, phi, energy = (momenta[..., index] for index in range(4))
    # cosh would be infinite for an η beyond that of any detector.
    z = pt * ops.sinh(clip_eta(ops, eta))
    mass2 = energy**2 - z**2 - pt**2
    mass2 = ops.where(mass2 > _MASSLESS * energy**2, mass2, 0.0)
    transverse = ops.where(mass2 > 0, ops.sqrt(pt**2 + mass2), pt)
    rapidity = ops.arcsinh(z / ops.maximum(transverse, _FLOOR))
    return pt, rapidity, phi, mass2, transverse
