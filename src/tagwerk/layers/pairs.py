"""Features of pairs of constituents, as a bias of attention."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.jets.pair_features import pair_features, pair_kinematics
from tagwerk.layers.explicit_mask import Uncast
from tagwerk.layers.normalisation import batch_norm, norm_of, update_moving_averages
from tagwerk.layers.portable import packing_enabled
from tagwerk.layers.precision import packs, rounds_products
from tagwerk.packed.activations import GELU, IDENTITY
from tagwerk.packed.layer_chain import LayerChain


@keras.saving.register_keras_serializable("tagwerk")
class PairBias(Uncast):
    """The bias of each attention head for each pair of constituents: a network on `pair_features`.

    The pair embedding of arXiv:2202.03772 in its authors' code: a batch normalisation; per layer, one more with
    a GELU; a linear layer and a batch normalisation to one number per head. The pairs (i, j) and (j, i) have the same
    bias, which is computed once, and nothing is computed for padding.

    Args:
        heads: number of attention heads.
        widths: of the layers.

    Call arguments: rows (M + 1, 4), the momenta pt, eta, phi, energy in GeV and radians of the constituents as `Pack`
    returns them; mask (B, T), true where real.
    Returns: (P, heads), of the pairs in `pair_rows`.
    """

    def __init__(self, heads: int, widths: Sequence[int], **options: Any) -> None:
        super().__init__(**options)
        self.heads, self.widths = heads, list(widths)
        sizes = [*widths, heads]
        self.linear = [keras.layers.Dense(width, use_bias=False, dtype=self.dtype_policy) for width in sizes]
        self.norms = [batch_norm(dtype=self.dtype_policy) for _ in range(len(sizes) + 1)]

    def build(self, rows_shape: tuple[int | None, ...]) -> None:
        """Create the weights of all layers."""
        sizes = [4, *self.widths, self.heads]
        for norm, width in zip(self.norms, sizes, strict=True):
            norm.build((None, width))
        for layer, width in zip(self.linear, sizes, strict=False):
            layer.build((None, width))

    def compute_output_shape(self, rows_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the output."""
        return (None, self.heads)

    def call(self, rows: Tensor, mask: Tensor, training: bool = False) -> Tensor:
        """Return the bias of each head."""
        pairs, real = pair_rows(mask)
        # Padding has momenta of one, whose logarithms are finite.
        kinematics = ops.stack(pair_kinematics(ops, *_columns(rows)), axis=-1)
        first, second = (_columns(ops.take(kinematics, pairs[:, index], axis=0)) for index in range(2))
        values = ops.stack(pair_features(ops, first, second), axis=-1)
        if packs(self.compute_dtype):
            return self._packed_layers(values, training)
        values = self.norms[0](values, training=training, mask=real)
        for layer, norm in zip(self.linear[:-1], self.norms[1:-1], strict=True):
            values = ops.gelu(norm(layer(values), training=training, mask=real), approximate=False)
        return self.norms[-1](self.linear[-1](values), training=training, mask=real)

    def _packed_layers(self, values: Tensor, training: bool) -> Tensor:
        from tagwerk.layers.chain_op import chain_outputs

        activations = (IDENTITY, *(GELU for _ in self.widths), IDENTITY)
        chain = LayerChain(activations, self.norms[0].epsilon, training, rounds_products(self.dtype_policy))
        weights, norms = [layer.kernel for layer in self.linear], [norm_of(norm) for norm in self.norms]
        bias, statistics = chain_outputs(chain, values, weights, norms)
        if training:
            update_moving_averages(self.norms, statistics)
        return ops.cast(bias, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(super().get_config()) | {"heads": self.heads, "widths": self.widths}


def pair_rows(mask: Tensor) -> tuple[Tensor, Tensor]:
    """Return the rows of both constituents of every pair, (P, 2), the later one first, and which pairs are real, (P,).

    The pairs of a jet are (0, 0), (1, 0), (1, 1), (2, 0) and so on. Where rows include padding, so do pairs: all (i, j)
    of each jet, of which those with j <= i are real.

    Args:
        mask: (B, T), true where real.
    """
    if packing_enabled():
        from tagwerk.layers.attention_op import pair_rows as packed_pair_rows

        pairs = packed_pair_rows(mask)
        return pairs, ops.ones_like(pairs[:, 0], dtype="bool")
    jets, length = ops.shape(mask)
    rows = ops.reshape(ops.arange(jets * length), (jets, length))
    first = ops.broadcast_to(rows[:, :, None], (jets, length, length))
    second = ops.broadcast_to(rows[:, None], (jets, length, length))
    real = mask[:, :, None] & mask[:, None] & (second <= first)
    return ops.stack([ops.reshape(first, (-1,)), ops.reshape(second, (-1,))], axis=1), ops.reshape(real, (-1,))


def padded_bias(bias: Tensor, mask: Tensor) -> Tensor:
    """Return the bias (P, heads) of pairs as (B, heads, T, T), of any value where either constituent is padding."""
    jets, length = ops.shape(mask)
    if packing_enabled():
        counts = ops.sum(ops.cast(mask, "int32"), axis=1)
        first = ops.cumsum(counts * (counts + 1) // 2) - counts * (counts + 1) // 2
        i, j = ops.arange(length)[:, None], ops.arange(length)[None]
        later, earlier = ops.maximum(i, j), ops.minimum(i, j)
        index = first[:, None, None] + (later * (later + 1) // 2 + earlier)[None]
        index = ops.minimum(index, ops.maximum(ops.shape(bias)[0] - 1, 0))
        # One more row, for a batch without pairs.
        return ops.transpose(ops.take(ops.pad(bias, ((0, 1), (0, 0))), index, axis=0), (0, 3, 1, 2))
    square = ops.transpose(ops.reshape(bias, (jets, length, length, bias.shape[-1])), (0, 3, 1, 2))
    lower = ops.tril(ops.ones_like(square[0, 0], dtype="bool"))
    return ops.where(lower, square, ops.transpose(square, (0, 1, 3, 2)))


def _columns(values: Tensor) -> list[Tensor]:
    return [values[..., index] for index in range(values.shape[-1])]
