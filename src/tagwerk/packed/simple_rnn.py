"""The simple recurrent cell: h' = tanh(W x + R h + b)."""

import numpy as np
from numpy.typing import NDArray

from tagwerk.packed.activations import add_tanh, compiled
from tagwerk.packed.cell import Cell

Floats = NDArray[np.float32]

_ONE = np.float32(1)


@compiled
def _step(
    gates: Floats, fed: Floats, bias: Floats, before: Floats, state: Floats, past: Floats, memory: Floats
) -> None:
    for jet in range(len(gates)):
        add_tanh(gates[jet], fed[jet], bias[0])
        state[jet] = gates[jet]


@compiled
def _back(
    gates: Floats,
    before: Floats,
    past: Floats,
    memory: Floats,
    slope: Floats,
    through: Floats,
    along: Floats,
    by_gates: Floats,
    by_fed: Floats,
) -> None:
    for jet in range(len(gates)):
        state, d, e, found = gates[jet], slope[jet], through[jet], by_gates[jet]
        for u in range(len(state)):
            found[u] = (d[u] + e[u]) * (_ONE - state[u] * state[u])


SIMPLE_RNN = Cell(gates=1, memory=False, step=_step, back=_back)
