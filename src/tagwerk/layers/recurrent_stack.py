"""Recurrent layers over a sequence, and one vector a jet of their steps."""

from collections.abc import Sequence
from typing import Any, Literal

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.explicit_mask import ExplicitMask
from tagwerk.layers.hyperparameters import Cell, Direction
from tagwerk.layers.pooling import MaskedMax, MaskedMean
from tagwerk.layers.portable import packs
from tagwerk.packed.recurrent_cells import GRU, LSTM, SIMPLE_RNN
from tagwerk.packed.stack import Stack

_CELLS = {
    "simple_rnn": (keras.layers.SimpleRNN, SIMPLE_RNN),
    "lstm": (keras.layers.LSTM, LSTM),
    "gru": (keras.layers.GRU, GRU),
}
# Of each direction, whether it goes from the last constituent to the first.
_WAYS: dict[Direction, tuple[bool, ...]] = {"forward": (False,), "backward": (True,), "both": (False, True)}


@keras.saving.register_keras_serializable("tagwerk")
class Recurrent(ExplicitMask):
    """Recurrent layers one behind the other.

    Their weights, and what comes out, are those of Keras's own layers, which compute it where packed steps cannot: on
    graphics cards, in half precision, in other backends.

    Args:
        cell: of every layer.
        units: of each layer, the first first.
        direction: in which every layer goes through the constituents; in both, two of these units stand side by side.
        pooling: what comes out: every step, the last state, the mean over the steps, or mean and maximum side by side.

    Call arguments: constituents (B, T, F); mask (B, T), true where real.
    Returns: (B, T, U), zero where padded, or (B, U), zero for a jet without constituents; twice as wide in both
    directions, and with mean and maximum.
    """

    def __init__(
        self,
        cell: Cell,
        units: Sequence[int],
        direction: Direction = "forward",
        pooling: Literal["steps", "last", "mean", "mean_max"] = "steps",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.cell, self.units, self.direction, self.pooling = cell, list(units), direction, pooling
        self.ways = _WAYS[direction]
        layer, packed = _CELLS[cell]
        self.stack = Stack(packed, tuple(units), self.ways, pooling)
        steps = [depth < len(units) or pooling != "last" for depth in range(1, len(units) + 1)]
        self.cells = [
            layer(width, return_sequences=more, zero_output_for_mask=more, dtype=self.dtype_policy)
            for width, more in zip(units, steps, strict=True)
            for _ in self.ways
        ]
        self.pools = {"mean": [MaskedMean()], "mean_max": [MaskedMean(), MaskedMax()]}.get(pooling, [])

    def build(self, constituents_shape: tuple[int | None, ...]) -> None:
        """Make the weights of all layers."""
        for number, cell in enumerate(self.cells):
            depth = number // len(self.ways)
            width = self.units[depth - 1] * len(self.ways) if depth else constituents_shape[-1]
            cell.build((None, None, width))

    def call(self, constituents: Tensor, mask: Tensor, training: bool = False) -> Tensor:
        """Return the steps, or what comes of them."""
        if not packs() or self.compute_dtype != "float32":
            return self._by_keras(constituents, mask)
        from tagwerk.layers.recurrent_op import outputs

        weights = [weight for cell in self.cells for weight in cell.weights]
        return outputs(self.stack, constituents, mask, weights, training)

    def _by_keras(self, constituents: Tensor, mask: Tensor) -> Tensor:
        steps, cells = constituents, iter(self.cells)
        for _ in self.units:
            found = [self._way(cell, steps, mask, back) for back, cell in zip(self.ways, cells, strict=False)]
            steps = found[0] if len(found) == 1 else ops.concatenate(found, axis=-1)
        return ops.concatenate([pool(steps, mask) for pool in self.pools], axis=-1) if self.pools else steps

    def _way(self, cell: Any, steps: Tensor, mask: Tensor, back: bool) -> Tensor:
        if not back:
            return cell(steps, mask=mask)
        found = cell(ops.flip(steps, axis=1), mask=ops.flip(mask, axis=1))
        return ops.flip(found, axis=1) if cell.return_sequences else found

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        mine = {"cell": self.cell, "units": self.units, "direction": self.direction, "pooling": self.pooling}
        return dict(super().get_config()) | mine
