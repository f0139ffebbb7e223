"""The recurrent cells."""

from dataclasses import dataclass

from tagwerk.packed import kernels


@dataclass(frozen=True)
class Cell:
    """A recurrent cell of U units, as `tagwerk.packed.kernels` computes it.

    Attributes:
        kernel: its number there.
        gates: G, how many there are; the weights W (F, G U) and R (U, G U) hold them side by side.
        memory: whether there is a memory (U) beside the state.
    """

    kernel: int
    gates: int
    memory: bool


SIMPLE_RNN = Cell(kernels.SIMPLE_RNN, gates=1, memory=False)
LSTM = Cell(kernels.LSTM, gates=4, memory=True)
GRU = Cell(kernels.GRU, gates=3, memory=True)
