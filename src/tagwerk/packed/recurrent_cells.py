"""The recurrent cells."""

from dataclasses import dataclass

from tagwerk.packed import kernels


@dataclass(frozen=True)
class RecurrentCell:
    """A recurrent cell of U units, as `tagwerk.packed.kernels` computes it.

    Attributes:
        kernel: its number there.
        gates: G, how many there are; the weights W (F, G U) and R (U, G U) hold them side by side.
        memory: whether there is a memory (U) beside the state.
    """

    kernel: int
    gates: int
    memory: bool


SIMPLE_RNN = RecurrentCell(kernels.SIMPLE_RNN, gates=1, memory=False)
LSTM = RecurrentCell(kernels.LSTM, gates=4, memory=True)
GRU = RecurrentCell(kernels.GRU, gates=3, memory=True)
