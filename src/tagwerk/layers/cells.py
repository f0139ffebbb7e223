"""Keras's recurrent layers, computed on packed steps where that is possible, and by Keras where it is not.

Weights, configuration and results are Keras's own, so that what was trained in one way goes on in the other.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import keras

from tagwerk.packed.cell import Cell
from tagwerk.packed.gru import GRU as PACKED_GRU
from tagwerk.packed.lstm import LSTM as PACKED_LSTM
from tagwerk.packed.simple_rnn import SIMPLE_RNN as PACKED_SIMPLE_RNN

Tensor = Any

_portable = ContextVar("portable", default=False)


@contextmanager
def portable() -> Iterator[None]:
    """Build and call models within by operations of Keras alone, such as other programs know."""
    token = _portable.set(True)
    try:
        yield
    finally:
        _portable.reset(token)


class _Packed(keras.layers.Layer):  # type: ignore[misc]  # Keras has no type stubs
    """A recurrent layer whose states are zero where the mask is false.

    Call arguments: sequences (B, T, F); mask (B, T), true where real.
    Returns: every step's state (B, T, U), or the last one (B, U), zero in a jet without any.
    """

    packed: Cell
    _PLAIN = (
        ("go_backwards", False), ("stateful", False), ("return_state", False), ("use_bias", True), ("dropout", 0),
        ("recurrent_dropout", 0), ("reset_after", True), ("activation", keras.activations.tanh),
        ("recurrent_activation", keras.activations.sigmoid),
    )  # fmt: skip

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.zero_output_for_mask = self.return_sequences

    def call(
        self, sequences: Tensor, initial_state: Tensor = None, mask: Tensor = None, training: bool = False
    ) -> Tensor:
        """Return the states."""
        if mask is None or initial_state is not None or not self._packable():
            return super().call(sequences, initial_state=initial_state, mask=mask, training=training)
        from tagwerk.layers.packed_in_tensorflow import states

        cell = self.cell
        found = states(self.packed, sequences, mask, [cell.kernel, cell.recurrent_kernel, cell.bias], training)
        return found if self.return_sequences else _last(found, mask)

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor) -> None:
        """Return none: masks are handed over explicitly."""

    def _packable(self) -> bool:
        plain = all(getattr(self.cell, name, getattr(self, name, value)) == value for name, value in self._PLAIN)
        return plain and self.compute_dtype == "float32" and not _portable.get() and _on_processor()


@keras.saving.register_keras_serializable("tagwerk")
class SimpleRNN(_Packed, keras.layers.SimpleRNN):  # type: ignore[misc]
    """Keras's simple recurrent layer (Elman 1990)."""

    packed = PACKED_SIMPLE_RNN


@keras.saving.register_keras_serializable("tagwerk")
class LSTM(_Packed, keras.layers.LSTM):  # type: ignore[misc]
    """Keras's long short-term memory."""

    packed = PACKED_LSTM


@keras.saving.register_keras_serializable("tagwerk")
class GRU(_Packed, keras.layers.GRU):  # type: ignore[misc]
    """Keras's gated recurrent unit."""

    packed = PACKED_GRU


def _last(states: Tensor, mask: Tensor) -> Tensor:
    """Return the state (B, U) of the last real step, zero where there is none."""
    ops = keras.ops
    length = ops.shape(mask)[1]
    last = ops.max(ops.where(mask, ops.arange(length)[None], 0), axis=1)
    return ops.take_along_axis(states, last[:, None, None], axis=1)[:, 0]


def _on_processor() -> bool:
    """Return whether TensorFlow computes, and without a graphics card, whose own recurrent layers are faster."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return not tf.config.get_visible_devices("GPU")
