"""Graph convolution over the nearest neighbours of each constituent."""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.explicit_mask import ExplicitMask
from tagwerk.layers.normalisation import batch_norm
from tagwerk.layers.packed_constituents import numbers, packed, places, unpacked


@keras.saving.register_keras_serializable("tagwerk")
class EdgeConv(ExplicitMask):
    """Mean over each constituent's nearest neighbours of a small network of both, added to a shortcut.

    arXiv:1902.08570, section 3.1, after arXiv:1801.07829: relu(shortcut(x_i) + mean_j h(x_i, x_j - x_i)), where each
    layer of h is linear, a batch normalisation and relu. The first is split into what depends on x_i and on x_j, so
    that it is taken once per constituent and not once per pair. Nothing is computed for padding, which is nobody's
    neighbour and does not enter the statistics; a jet of n constituents has n - 1 neighbours at most.

    Args:
        widths: of the layers of h.
        neighbours: how many there are at most.

    Call arguments: constituents (B, T, F); points (B, T, D), whose distances count; mask (B, T), true where real.
    Returns: (B, T, last width), zero where padded.
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

    def build(self, constituents_shape: tuple[int | None, ...], points_shape: tuple[int | None, ...]) -> None:
        """Make the layers of h and of the shortcut."""
        for layer in (self.centre, self.other, self.shortcut):
            layer.build((None, constituents_shape[-1]))
        for width, layer in zip(self.widths[:-1], self.hidden, strict=True):
            layer.build((None, self.neighbours, width))
        for width, norm in zip(self.widths, self.norms[:-1], strict=True):
            norm.build((None, self.neighbours, width))
        self.norms[-1].build((None, self.widths[-1]))

    def compute_output_shape(
        self, constituents_shape: tuple[int | None, ...], points_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        """Return the shape of what comes out."""
        return (*constituents_shape[:-1], self.widths[-1])

    def call(self, constituents: Tensor, points: Tensor, mask: Tensor, training: bool = False) -> Tensor:
        """Return what each constituent and its neighbours say."""
        rows, (others, real) = packed(constituents, mask), neighbours(points, mask, self.neighbours)
        edges = self.centre(rows)[:, None] + ops.take(self.other(rows), others, axis=0)
        edges = ops.relu(self.norms[0](edges, training=training, mask=real))
        for layer, norm in zip(self.hidden, self.norms[1:-1], strict=True):
            edges = ops.relu(norm(layer(edges), training=training, mask=real))
        counted = ops.cast(real, edges.dtype)[..., None]
        mean = ops.sum(edges * counted, axis=1) / ops.maximum(ops.sum(counted, axis=1), 1)
        short = self.norms[-1](self.shortcut(rows), training=training, mask=places(mask)[1])
        return unpacked(ops.relu(short + mean), mask)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(super().get_config()) | {"widths": self.widths, "neighbours": self.neighbours}


def nearest(points: Tensor, mask: Tensor, most: int) -> tuple[Tensor, Tensor]:
    """Return the places of each constituent's nearest neighbours, (B, T, most), and which of them are real.

    Args:
        points: (B, T, D).
        mask: (B, T), true where real.
        most: how many neighbours there are at most.
    """
    points = ops.cast(points, "float32")
    squares = ops.sum(points**2, axis=2)
    distances = squares[:, :, None] + squares[:, None] - 2 * ops.matmul(points, ops.transpose(points, (0, 2, 1)))
    length = ops.shape(points)[1]
    oneself = ops.eye(length, dtype="bool")[None]
    pairs = mask[:, None] & mask[:, :, None] & ~oneself
    distances = ops.where(pairs, distances, math.inf)
    # As many that are infinitely far, for jets with fewer others than neighbours are asked for.
    distances = ops.pad(distances, ((0, 0), (0, 0), (0, most)), constant_values=math.inf)
    closeness, places = ops.top_k(-distances, most)
    return ops.minimum(places, length - 1), closeness > -math.inf


def neighbours(points: Tensor, mask: Tensor, most: int) -> tuple[Tensor, Tensor]:
    """Return the rows of each packed constituent's nearest neighbours, (M, most), and which of them are real."""
    found, real = nearest(points, mask, most)
    length = ops.shape(found)[1]
    rows = ops.take_along_axis(numbers(mask), ops.reshape(found, (-1, length * most)), axis=1)
    others = packed(ops.reshape(rows, ops.shape(found)), mask)
    return others, packed(ops.cast(real, "int32"), mask) > 0
