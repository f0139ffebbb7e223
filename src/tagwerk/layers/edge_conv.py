"""Graph convolution over the nearest neighbours of each constituent."""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.explicit_mask import Uncast
from tagwerk.layers.normalisation import batch_norm, norm_of, update_moving_averages
from tagwerk.layers.packed_constituents import Unpack, pack_padded, real_rows, row_indices
from tagwerk.layers.precision import packs, rounds_products
from tagwerk.packed.activations import RELU
from tagwerk.packed.layer_chain import LayerChain


@keras.saving.register_keras_serializable("tagwerk")
class EdgeConv(Uncast):
    """Mean over each constituent's nearest neighbours of a small network of both, added to a shortcut.

    arXiv:1902.08570, section 3.1, after arXiv:1801.07829: relu(shortcut(x_i) + mean_j h(x_i, x_j - x_i)), where each
    layer of h is linear, a batch normalisation and relu. The first is split into what depends on x_i and on x_j, so
    that it is computed once per constituent rather than once per pair. Nothing is computed for padding, which is never
    a neighbour and does not enter the statistics; a jet of n constituents has at most n - 1 neighbours.

    Args:
        widths: of the layers of h.
        neighbours: maximum number of neighbours.

    Call arguments: rows (M + 1, F), the constituents as `Pack` returns them; points (M + 1, D), between which distances
    are measured; mask (B, T), true where real.
    Returns: (M + 1, last width).
    """

    def __init__(self, widths: Sequence[int], neighbours: int, **options: Any) -> None:
        super().__init__(**options)
        self.widths, self.neighbours = list(widths), neighbours
        linear = {"use_bias": False, "dtype": self.dtype_policy}
        self.centre = keras.layers.Dense(widths[0], **linear)
        self.other = keras.layers.Dense(widths[0], **linear)
        self.hidden = [keras.layers.Dense(width, **linear) for width in widths[1:]]
        self.shortcut = keras.layers.Dense(widths[-1], **linear)
        self.norms = [batch_norm(dtype=self.dtype_policy) for _ in range(len(widths) + 1)]

    def build(self, rows_shape: tuple[int | None, ...], points_shape: tuple[int | None, ...]) -> None:
        """Create the weights of h and of the shortcut."""
        for layer in (self.centre, self.other, self.shortcut):
            layer.build((None, rows_shape[-1]))
        for width, layer in zip(self.widths[:-1], self.hidden, strict=True):
            layer.build((None, self.neighbours, width))
        for width, norm in zip(self.widths, self.norms[:-1], strict=True):
            norm.build((None, self.neighbours, width))
        self.norms[-1].build((None, self.widths[-1]))

    def compute_output_shape(
        self, rows_shape: tuple[int | None, ...], points_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        """Return the shape of the output."""
        return (*rows_shape[:-1], self.widths[-1])

    def call(self, rows: Tensor, points: Tensor, mask: Tensor, training: bool = False) -> Tensor:
        """Return the new features of each constituent."""
        centre, other = self.centre(rows), self.other(rows)
        if packs(self.compute_dtype):
            mean = self._packed_mean(centre, other, points, mask, training)
        else:
            mean = self._mean(centre, other, points, mask, training)
        return ops.relu(self.norms[-1](self.shortcut(rows), training=training, mask=real_rows(mask)) + mean)

    def _packed_mean(self, centre: Tensor, other: Tensor, points: Tensor, mask: Tensor, training: bool) -> Tensor:
        from tagwerk.layers.edge_op import mean_over_neighbours, nearest_neighbours

        norms, weights = self.norms[:-1], [layer.kernel for layer in self.hidden]
        neighbours = nearest_neighbours(points, mask, self.neighbours)
        chain = LayerChain((RELU,) * len(norms), norms[0].epsilon, training, rounds_products(self.dtype_policy))
        mean, statistics = mean_over_neighbours(
            chain, centre, other, neighbours, mask, weights, [norm_of(norm) for norm in norms]
        )
        if training:
            update_moving_averages(norms, statistics)
        return ops.cast(mean, self.compute_dtype)

    def _mean(self, centre: Tensor, other: Tensor, points: Tensor, mask: Tensor, training: bool) -> Tensor:
        others, real = packed_neighbours(Unpack()(points, mask), mask, self.neighbours)
        edges = centre[:-1, None] + ops.take(other[:-1], others, axis=0)
        edges = ops.relu(self.norms[0](edges, training=training, mask=real))
        for layer, norm in zip(self.hidden, self.norms[1:-1], strict=True):
            edges = ops.relu(norm(layer(edges), training=training, mask=real))
        weights = ops.cast(real, edges.dtype)[..., None]
        mean = ops.sum(edges * weights, axis=1) / ops.maximum(ops.sum(weights, axis=1), 1)
        return ops.pad(mean, ((0, 1), (0, 0)))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(super().get_config()) | {"widths": self.widths, "neighbours": self.neighbours}


def nearest_neighbours(points: Tensor, mask: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the indices of each constituent's nearest neighbours, (B, T, count), and which of them are real.

    Args:
        points: (B, T, D).
        mask: (B, T), true where real.
        count: maximum number of neighbours.
    """
    real = ops.where(mask[..., None], ops.cast(points, "float32"), 0.0)
    # Relative to the mean of each jet's points, so that small distances are not lost in the rounding of large squares.
    counts = ops.maximum(ops.sum(ops.cast(mask, "float32"), axis=1), 1.0)
    points = real - ops.sum(real, axis=1, keepdims=True) / counts[:, None, None]
    squares = ops.sum(points**2, axis=2)
    distances = squares[:, :, None] + squares[:, None] - 2 * ops.matmul(points, ops.transpose(points, (0, 2, 1)))
    length = ops.shape(points)[1]
    diagonal = ops.eye(length, dtype="bool")[None]
    pairs = mask[:, None] & mask[:, :, None] & ~diagonal
    distances = ops.where(pairs, distances, math.inf)
    # `count` more at infinite distance, for jets with fewer constituents.
    distances = ops.pad(distances, ((0, 0), (0, 0), (0, count)), constant_values=math.inf)
    closeness, indices = ops.top_k(-distances, count)
    return ops.minimum(indices, length - 1), closeness > -math.inf


def packed_neighbours(points: Tensor, mask: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the rows of each packed constituent's nearest neighbours, (M, count), and which of them are real."""
    indices, real = nearest_neighbours(points, mask, count)
    length = ops.shape(indices)[1]
    rows = ops.take_along_axis(row_indices(mask), ops.reshape(indices, (-1, length * count)), axis=1)
    others = pack_padded(ops.reshape(rows, ops.shape(indices)), mask)
    return others, pack_padded(ops.cast(real, "int32"), mask) > 0
