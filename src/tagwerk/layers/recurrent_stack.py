"""Recurrent layers over a sequence, and pooling of their steps to one vector per jet."""

from collections.abc import Sequence
from typing import Any, Literal

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.explicit_mask import Uncast
from tagwerk.layers.hyperparameters import Cell, Direction
from tagwerk.layers.minimal_rnn import MinGRU, MinLSTM
from tagwerk.layers.pooling import MaskedMax, MaskedMean
from tagwerk.layers.precision import packs, rounds_products
from tagwerk.packed.recurrent_cells import GRU, LSTM, MIN_GRU, MIN_LSTM, SIMPLE_RNN
from tagwerk.packed.stack import Stack

_CELLS = {
    "simple_rnn": (keras.layers.SimpleRNN, SIMPLE_RNN),
    "lstm": (keras.layers.LSTM, LSTM),
    "gru": (keras.layers.GRU, GRU),
    "min_gru": (MinGRU, MIN_GRU),
    "min_lstm": (MinLSTM, MIN_LSTM),
}
# For each direction, whether it goes from the last constituent to the first.
_GO_BACKWARDS: dict[Direction, tuple[bool, ...]] = {"forward": (False,), "backward": (True,), "both": (False, True)}


@keras.saving.register_keras_serializable("tagwerk")
class Recurrent(Uncast):
    """Stacked recurrent layers.

    Their weights and outputs are those of Keras's own layers, and of `minimal_rnn`, which do the computation where
    packed steps cannot: on GPUs, in half precision, in other backends.

    Args:
        cell: of every layer.
        units: of each layer, in order.
        direction: in which every layer reads the constituents; `both` concatenates two layers of these units.
        pooling: the output: every step, the last state, the mean over the steps, or mean and maximum concatenated.

    Call arguments: constituents (B, T, F); mask (B, T), true where real.
    Returns: (B, T, U), zero where padded, or (B, U), zero for a jet without constituents; twice as wide with both
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
        self.go_backwards = _GO_BACKWARDS[direction]
        keras_layer, packed_cell = _CELLS[cell]
        self.stack = Stack(packed_cell, tuple(units), self.go_backwards, pooling)
        sequences = [depth < len(units) or pooling != "last" for depth in range(1, len(units) + 1)]
        self.rnns = [
            keras_layer(width, return_sequences=steps, zero_output_for_mask=steps, dtype=self.dtype_policy)
            for width, steps in zip(units, sequences, strict=True)
            for _ in self.go_backwards
        ]
        self.pools = {"mean": [MaskedMean()], "mean_max": [MaskedMean(), MaskedMax()]}.get(pooling, [])

    def build(self, constituents_shape: tuple[int | None, ...]) -> None:
        """Create the weights of all layers."""
        for index, rnn in enumerate(self.rnns):
            depth = index // len(self.go_backwards)
            width = self.units[depth - 1] * len(self.go_backwards) if depth else constituents_shape[-1]
            rnn.build((None, None, width))

    def call(self, constituents: Tensor, mask: Tensor, training: bool = False) -> Tensor:
        """Return the steps, or one vector per jet."""
        if not packs(self.compute_dtype):
            return self._call_keras(constituents, mask)
        from tagwerk.layers.recurrent_op import outputs

        weights = [weight for rnn in self.rnns for weight in rnn.weights]
        stack = self.stack.in_bfloat16() if rounds_products(self.dtype_policy) else self.stack
        out = outputs(stack, constituents, mask, weights, training)
        return ops.cast(out, self.compute_dtype)

    def _call_keras(self, constituents: Tensor, mask: Tensor) -> Tensor:
        steps, rnns = constituents, iter(self.rnns)
        for _ in self.units:
            states = [
                self._call_rnn(rnn, steps, mask, backwards)
                for backwards, rnn in zip(self.go_backwards, rnns, strict=False)
            ]
            steps = states[0] if len(states) == 1 else ops.concatenate(states, axis=-1)
        return ops.concatenate([pool(steps, mask) for pool in self.pools], axis=-1) if self.pools else steps

    def _call_rnn(self, rnn: Any, steps: Tensor, mask: Tensor, backwards: bool) -> Tensor:
        if not backwards:
            return rnn(steps, mask=mask)
        states = rnn(ops.flip(steps, axis=1), mask=ops.flip(mask, axis=1))
        return ops.flip(states, axis=1) if rnn.return_sequences else states

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        arguments = {"cell": self.cell, "units": self.units, "direction": self.direction, "pooling": self.pooling}
        return dict(super().get_config()) | arguments
