"""The gates of the recursive network of arXiv:1702.00748, node by node, and their gradients, compiled."""

import numpy as np

from tagwerk.arrays import Floats32
from tagwerk.packed.kernels import ONE, sigmoid
from tagwerk.packed.products import add_scaled, compiled

_TWO = np.float32(2)


@compiled
def reset_gates(values: Floats32, bias: Floats32) -> None:
    """Turn R_r s into r, in place."""
    for node in range(len(values)):
        value = values[node]
        for u in range(len(value)):
            value[u] = sigmoid(_TWO * (value[u] + bias[u]))


@compiled
def multiply(resets: Floats32, parts: Floats32, gated: Floats32) -> None:
    """Write r s."""
    for node in range(len(resets)):
        r, s, r_s = resets[node], parts[node].ravel(), gated[node].ravel()
        for u in range(len(r)):
            r_s[u] = r[u] * s[u]


@compiled
def concatenate_parts(candidates: Floats32, parts: Floats32, mixed: Floats32) -> None:
    """Write [h'; s]."""
    for node in range(len(candidates)):
        mixed[node, 0] = candidates[node]
        mixed[node, 1:] = parts[node]


@compiled
def mix(updates: Floats32, bias: Floats32, mixed: Floats32, states: Floats32) -> None:
    """Turn R_z [h'; s] into z, in place, and write h."""
    slots, units = mixed.shape[1:]
    highest, total = np.empty(units, np.float32), np.empty(units, np.float32)
    for node in range(len(states)):
        z, parts, h = updates[node], mixed[node], states[node]
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
            weight, part = z[slot * units :][:units], parts[slot]
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
def update_gradient(
    grad_states: Floats32, updates: Floats32, mixed: Floats32, states: Floats32, grad_updates: Floats32
) -> None:
    """Write the gradients of the pre-activations of z: z d ([h'; s] - h)."""
    units = states.shape[1]
    for node in range(len(grad_states)):
        d, h = grad_states[node], states[node]
        for slot in range(mixed.shape[1]):
            z, part, grad = updates[node, slot * units :][:units], mixed[node, slot], grad_updates[node, slot]
            for u in range(units):
                grad[u] = z[u] * d[u] * (part[u] - h[u])


@compiled
def mixed_gradient(
    grad_states: Floats32, updates: Floats32, grad_mixed: Floats32, grad_candidates: Floats32, grad_parts: Floats32
) -> None:
    """Write the gradients of h' and s: those via z, which are passed as grad_mixed, and those via h directly."""
    units = grad_states.shape[1]
    for node in range(len(grad_states)):
        d = grad_states[node]
        for slot in range(grad_mixed.shape[1]):
            z, via_z = updates[node, slot * units :][:units], grad_mixed[node, slot]
            grad = grad_parts[node, slot - 1] if slot else grad_candidates[node]
            for u in range(units):
                grad[u] = via_z[u] + z[u] * d[u]


@compiled
def reset_gradient(
    grad_gated: Floats32, resets: Floats32, parts: Floats32, grad_resets: Floats32, grad_parts: Floats32
) -> None:
    """From the gradients of r s, write those of the pre-activations of r, and add those of s."""
    for node in range(len(resets)):
        d, r, s = grad_gated[node].ravel(), resets[node], parts[node].ravel()
        grad_r, grad_s = grad_resets[node].ravel(), grad_parts[node].ravel()
        for u in range(len(r)):
            grad_r[u] = d[u] * s[u] * _TWO * r[u] * (ONE - r[u])
        for u in range(len(r)):
            grad_s[u] += d[u] * r[u]


@compiled
def add(values: Floats32, total: Floats32) -> None:
    """Add values (I, P, U) to the total (I, P, U)."""
    for node in range(len(values)):
        add_scaled(ONE, values[node].ravel(), total[node].ravel())
