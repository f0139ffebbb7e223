"""Gathering the states of children for their parents, and scattering gradients back, compiled."""

import numpy as np

from tagwerk.arrays import Floats32, Ints
from tagwerk.packed.kernels import ONE
from tagwerk.packed.lanes import LANES, load, store
from tagwerk.packed.products import add_scaled, compiled, copy


@compiled
def gather(states: Floats32, rows: Ints, out: Floats32) -> None:
    """Write the rows (E,) of the states (M, U) into out (E, U), zeros for a negative one."""
    for index, row in enumerate(rows):
        target = out[index]
        if row < 0:
            target[:] = 0
        else:
            copy(states[row], target)


@compiled
def gather_parts(states: Floats32, children: Ints, own: Floats32, parts: Floats32) -> None:
    """Write the states of the children (I, C), followed by the node's own u (I, U), into parts (I, C + 1, U)."""
    for node in range(len(children)):
        gather(states, children[node], parts[node, :-1])
        copy(own[node], parts[node, -1])


@compiled
def scatter(values: Floats32, rows: Ints, out: Floats32) -> None:
    """Add values (E, U) to the rows (E,) of out (M, U), except where a row is negative."""
    for index, row in enumerate(rows):
        if row >= 0:
            add_scaled(ONE, values[index], out[row])


@compiled
def add_sums(values: Floats32, offsets: Ints, out: Floats32) -> None:
    """Add to out (I, U) the sum of each node's values (E, U), which begin at its offset (I + 1,)."""
    for node in range(len(out)):
        for edge in range(offsets[node] - offsets[0], offsets[node + 1] - offsets[0]):
            add_scaled(ONE, values[edge], out[node])


@compiled
def add_rows(values: Floats32, total: Floats32) -> None:
    """Add all rows (M, U) to the total (U,)."""
    for row in range(len(values)):
        add_scaled(ONE, values[row], total)


@compiled
def relu(values: Floats32, bias: Floats32) -> None:
    """Set values (M, U) to the positive part of their sum with the bias (U,)."""
    for row in range(len(values)):
        value = values[row]
        for u in range(0, len(value), LANES):
            store(max(load(value, u) + load(bias, u), np.float32(0)), value, u)


@compiled
def relu_gradient(grad_outputs: Floats32, values: Floats32, out: Floats32) -> None:
    """Write the gradients (M, U) where the values, which `relu` returned, are positive, zero elsewhere."""
    for row in range(len(values)):
        grad, value, target = grad_outputs[row], values[row], out[row]
        for u in range(len(value)):
            target[u] = grad[u] if value[u] > 0 else np.float32(0)
