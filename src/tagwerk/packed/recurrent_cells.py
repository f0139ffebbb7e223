"""The recurrent cells."""

from dataclasses import dataclass

from tagwerk.packed import kernels


@dataclass(frozen=True)
class RecurrentCell:
    """A recurrent cell of U units, as `tagwerk.packed.kernels` computes it.

    Attributes:
        kernel: its constant there.
        gates: G, the number of gates; the weights W (F, G U) and R (U, G U) hold them next to each other.
        cell_state: whether there is a cell state (U) besides the hidden state; a GRU keeps m = R h + b' there.
    """

    kernel: int
    gates: int
    cell_state: bool


SIMPLE_RNN = RecurrentCell(kernels.SIMPLE_RNN, gates=1, cell_state=False)
LSTM = RecurrentCell(kernels.LSTM, gates=4, cell_state=True)
GRU = RecurrentCell(kernels.GRU, gates=3, cell_state=True)
