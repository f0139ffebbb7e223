"""Recurrent encoders of a sequence: stacked cells, then one vector a jet."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from tagwerk.layers.cells import GRU, LSTM, SimpleRNN
from tagwerk.layers.pooling import MaskedMax, MaskedMean
from tagwerk.layers.settings import Cell, Direction, Pooling

Tensor = Any

CELLS = {"simple_rnn": SimpleRNN, "lstm": LSTM, "gru": GRU}


def recurrent_encoder(
    cell: Cell,
    constituents: Tensor,
    mask: Tensor,
    units: Sequence[int],
    direction: Direction,
    pooling: Pooling,
    name: str = "recurrent",
) -> Tensor:
    """Return one vector a jet, of stacked recurrent layers over its constituents.

    Args:
        cell: of every layer.
        constituents: (B, T, F).
        mask: (B, T), true where real; it is handed to each layer, for Keras passes none on by itself.
        units: of each layer, the first first.
        direction: in which every layer goes through the constituents; in both, two of these units stand side by side.
        pooling: the last state, the mean over the steps, or mean and maximum side by side.
        name: of the layers, before the number of each.
    """
    steps = recurrent_steps(cell, constituents, mask, units[:-1], direction, name)
    last = [way(cell, steps, mask, units[-1], f"{name}_{len(units)}", pooling == "last") for way in _WAYS[direction]]
    encoded = last[0] if len(last) == 1 else keras.layers.Concatenate()(last)
    return encoded if pooling == "last" else pooled(encoded, mask, pooling)


def recurrent_steps(
    cell: Cell,
    constituents: Tensor,
    mask: Tensor,
    units: Sequence[int],
    direction: Direction,
    name: str = "recurrent",
) -> Tensor:
    """Return one vector a constituent, (B, T, U), or twice as wide in both directions; arguments as above."""
    steps = constituents
    for depth, width in enumerate(units, 1):
        ways = [way(cell, steps, mask, width, f"{name}_{depth}", last=False) for way in _WAYS[direction]]
        steps = ways[0] if len(ways) == 1 else keras.layers.Concatenate()(ways)
    return steps


def pooled(steps: Tensor, mask: Tensor, pooling: Pooling) -> Tensor:
    """Return the mean over the steps (B, U), or mean and maximum side by side."""
    mean = MaskedMean()(steps, mask)
    return mean if pooling == "mean" else keras.layers.Concatenate()([mean, MaskedMax()(steps, mask)])


def _forward(cell: Cell, steps: Tensor, mask: Tensor, width: int, name: str, last: bool) -> Tensor:
    return CELLS[cell](width, return_sequences=not last, name=name)(steps, mask=mask)


def _backward(cell: Cell, steps: Tensor, mask: Tensor, width: int, name: str, last: bool) -> Tensor:
    layer = CELLS[cell](width, return_sequences=not last, name=f"{name}_backward")
    found = layer(ops.flip(steps, axis=1), mask=ops.flip(mask, axis=1))
    return found if last else ops.flip(found, axis=1)


_WAYS = {"forward": [_forward], "backward": [_backward], "both": [_forward, _backward]}
