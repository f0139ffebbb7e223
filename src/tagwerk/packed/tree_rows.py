"""The states of children brought beside those of their parents, and gradients brought back, compiled."""

import numpy as np

from tagwerk.arrays import Floats32, Ints
from tagwerk.packed.kernels import ONE, add_times, compiled  # Numba's cache sees no changes of kernels in other files


@compiled
def gather(states: Floats32, rows: Ints, out: Floats32) -> None:
    """Write the rows (E,) of the states (M, U) into out (E, U), zeros for a negative one."""
    for number, row in enumerate(rows):
        found = out[number]
        if row < 0:
            found[:] = 0
        else:
            state = states[row]
            for u in range(len(found)):
                found[u] = state[u]


@compiled
def gather_parts(states: Floats32, children: Ints, own: Floats32, parts: Floats32) -> None:
    """Write the states of the children (I, C) and then what is the node's own (I, U) into parts (I, C + 1, U)."""
    for node in range(len(children)):
        gather(states, children[node], parts[node, :-1])
        some, found = own[node], parts[node, -1]
        for u in range(len(found)):
            found[u] = some[u]


@compiled
def scatter(values: Floats32, rows: Ints, out: Floats32) -> None:
    """Add values (E, U) to those rows (E,) of out (M, U) that are not negative."""
    for number, row in enumerate(rows):
        if row >= 0:
            add_times(ONE, values[number], out[row])


@compiled
def add_sums(values: Floats32, first: Ints, out: Floats32) -> None:
    """Add to out (I, U) the sums of all values (E, U) of each node, which begin where first (I + 1,) says."""
    for node in range(len(out)):
        for edge in range(first[node] - first[0], first[node + 1] - first[0]):
            add_times(ONE, values[edge], out[node])


@compiled
def add_rows(values: Floats32, total: Floats32) -> None:
    """Add all rows (M, U) to the total (U,)."""
    for row in range(len(values)):
        add_times(ONE, values[row], total)


@compiled
def rectify(values: Floats32, bias: Floats32) -> None:
    """Make values (M, U) the positive parts of their sums with the bias (U,)."""
    for row in range(len(values)):
        value = values[row]
        for u in range(len(value)):
            value[u] = max(value[u] + bias[u], np.float32(0))


@compiled
def rectified_back(slopes: Floats32, values: Floats32, out: Floats32) -> None:
    """Write the slopes (M, U) where `rectify` gave something positive, zero elsewhere."""
    for row in range(len(values)):
        slope, value, found = slopes[row], values[row], out[row]
        for u in range(len(value)):
            found[u] = slope[u] if value[u] > 0 else np.float32(0)
