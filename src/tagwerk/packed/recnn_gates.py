"""The gates of the recursive network of arXiv:1702.00748, node by node, and their gradients, compiled."""

import numpy as np

from tagwerk.arrays import Floats32
from tagwerk.packed.kernels import (  # Numba's cache sees no changes of kernels in other files
    ONE,
    add_times,
    compiled,
    sigmoid,
)

_TWO = np.float32(2)


@compiled
def resets_of(values: Floats32, bias: Floats32) -> None:
    """Make r of what comes as R_r s."""
    for node in range(len(values)):
        value = values[node]
        for u in range(len(value)):
            value[u] = sigmoid(_TWO * (value[u] + bias[u]))


@compiled
def times(resets: Floats32, parts: Floats32, gated: Floats32) -> None:
    """Write r s."""
    for node in range(len(resets)):
        r, s, found = resets[node], parts[node].ravel(), gated[node].ravel()
        for u in range(len(r)):
            found[u] = r[u] * s[u]


@compiled
def join(candidates: Floats32, parts: Floats32, mixed: Floats32) -> None:
    """Write [h'; s]."""
    for node in range(len(candidates)):
        mixed[node, 0] = candidates[node]
        mixed[node, 1:] = parts[node]


@compiled
def mix(updates: Floats32, bias: Floats32, mixed: Floats32, states: Floats32) -> None:
    """Make z of what comes as R_z [h'; s], and write h."""
    slots, units = mixed.shape[1:]
    highest, total = np.empty(units, np.float32), np.empty(units, np.float32)
    for node in range(len(states)):
        z, some, h = updates[node], mixed[node], states[node]
        for u in range(len(z)):
            z[u] += bias[u]
        highest[:] = z[:units]
        for slot in range(1, slots):
            other = z[slot * units :][:units]
            for u in range(units):
                highest[u] = max(highest[u], other[u])
        total[:] = 0
        h[:] = 0
        for slot in range(slots):
            weight, part = z[slot * units :][:units], some[slot]
            for u in range(units):
                weight[u] = np.exp(weight[u] - highest[u])
            for u in range(units):
                total[u] += weight[u]
            for u in range(units):
                h[u] += weight[u] * part[u]
        for u in range(units):
            total[u] = ONE / total[u]
        for u in range(units):
            h[u] *= total[u]
        for slot in range(slots):
            weight = z[slot * units :][:units]
            for u in range(units):
                weight[u] *= total[u]


@compiled
def mix_back(slopes: Floats32, updates: Floats32, mixed: Floats32, states: Floats32, by_updates: Floats32) -> None:
    """Write the gradients by what z is made of: z d ([h'; s] - h)."""
    units = states.shape[1]
    for node in range(len(slopes)):
        d, h = slopes[node], states[node]
        for slot in range(mixed.shape[1]):
            z, part, found = updates[node, slot * units :][:units], mixed[node, slot], by_updates[node, slot]
            for u in range(units):
                found[u] = z[u] * d[u] * (part[u] - h[u])


@compiled
def split(slopes: Floats32, updates: Floats32, by_mixed: Floats32, by_candidates: Floats32, by_parts: Floats32) -> None:
    """Write the gradients by h' and s, with what comes through h itself."""
    units = slopes.shape[1]
    for node in range(len(slopes)):
        d = slopes[node]
        for slot in range(by_mixed.shape[1]):
            z, some = updates[node, slot * units :][:units], by_mixed[node, slot]
            found = by_parts[node, slot - 1] if slot else by_candidates[node]
            for u in range(units):
                found[u] = some[u] + z[u] * d[u]


@compiled
def reset_back(by_gated: Floats32, resets: Floats32, parts: Floats32, by_resets: Floats32, by_parts: Floats32) -> None:
    """Write the gradients by what r is made of, add those by s, from those by r s."""
    for node in range(len(resets)):
        d, r, s = by_gated[node].ravel(), resets[node], parts[node].ravel()
        found, by_s = by_resets[node].ravel(), by_parts[node].ravel()
        for u in range(len(r)):
            found[u] = d[u] * s[u] * _TWO * r[u] * (ONE - r[u])
        for u in range(len(r)):
            by_s[u] += d[u] * r[u]


@compiled
def add(values: Floats32, total: Floats32) -> None:
    """Add values (I, P, U) to the total (I, P, U)."""
    for node in range(len(values)):
        add_times(ONE, values[node].ravel(), total[node].ravel())
