"""The recurrent cells."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from tagwerk.packed import kernels, minimal_cells, recurrent_bfloat16


@dataclass(frozen=True)
class RecurrentCell:
    """A recurrent cell of U units.

    Attributes:
        forward, backward: the compiled passes of a layer.
        constant: of the cell, their first argument.
        gates: G, the number of gates; the weights W (F, G U) and R (U, G U) hold them next to each other.
        weights: number of weights: W, R and b, or W and b where the gates depend on the inputs only.
        cell_state: whether there is a cell state (U) besides the hidden state; a GRU keeps m = R h + b' there, a
            minLSTM its normalised forget gate.
    """

    forward: Callable[..., None]
    backward: Callable[..., None]
    constant: int
    gates: int
    weights: int
    cell_state: bool

    def in_bfloat16(self) -> "RecurrentCell":
        """Return the cell with products of operands rounded to bfloat16, where there is one."""
        if self.forward is not kernels.forward:
            return self
        return replace(self, forward=recurrent_bfloat16.forward, backward=recurrent_bfloat16.backward)


def _recurrent(constant: int, gates: int, cell_state: bool) -> RecurrentCell:
    return RecurrentCell(kernels.forward, kernels.backward, constant, gates, 3, cell_state)


def _minimal(constant: int, gates: int, cell_state: bool) -> RecurrentCell:
    return RecurrentCell(minimal_cells.forward, minimal_cells.backward, constant, gates, 2, cell_state)


SIMPLE_RNN = _recurrent(kernels.SIMPLE_RNN, gates=1, cell_state=False)
LSTM = _recurrent(kernels.LSTM, gates=4, cell_state=True)
GRU = _recurrent(kernels.GRU, gates=3, cell_state=True)
MIN_GRU = _minimal(minimal_cells.MIN_GRU, gates=2, cell_state=False)
MIN_LSTM = _minimal(minimal_cells.MIN_LSTM, gates=3, cell_state=True)
