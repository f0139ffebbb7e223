"""The gates of the recursive network of arXiv:1702.00748, node by node, and their gradients, compiled."""

import numpy as np

from tagwerk.arrays import Floats32
from tagwerk.packed.kernels import ONE, exp_minus, sigmoid
from tagwerk.packed.lanes import LANES, load, store
from tagwerk.packed.products import add_scaled, compiled, copy

_TWO, _ZERO = np.float32(2), np.float32(0)


@compiled
def reset_gates(values: Floats32, bias: Floats32) -> None:
    """Turn R_r s into r, in place."""
    for node in range(len(values)):
        value = values[node]
        for u in range(0, len(value), LANES):
            store(sigmoid(_TWO * (load(value, u) + load(bias, u))), value, u)


@compiled
def multiply(resets: Floats32, parts: Floats32, gated: Floats32) -> None:
    """Write r s."""
    for node in range(len(resets)):
        r, s, r_s = resets[node], parts[node].reshape(-1), gated[node].reshape(-1)
        for u in range(0, len(r), LANES):
            store(load(r, u) * load(s, u), r_s, u)


@compiled
def concatenate_parts(candidates: Floats32, parts: Floats32, mixed: Floats32) -> None:
    """Write [h'; s]."""
    for node in range(len(candidates)):
        copy(candidates[node], mixed[node, 0])
        copy(parts[node].reshape(-1), mixed[node, 1:].reshape(-1))


@compiled
def mix(updates: Floats32, bias: Floats32, mixed: Floats32, states: Floats32) -> None:
    """Turn R_z [h'; s] into z, in place, and write h."""
    slots, units = mixed.shape[1:]
    for node in range(len(states)):
        z, parts, h = updates[node], mixed[node], states[node]
        for u in range(0, units, LANES):
            highest = load(z[:units], u) + load(bias[:units], u)
            for slot in range(1, slots):
                columns = slice(slot * units, (slot + 1) * units)
                highest = max(highest, load(z[columns], u) + load(bias[columns], u))
            total = _ZERO * highest
            state = total
            for slot in range(slots):
                columns = slice(slot * units, (slot + 1) * units)
                weight = exp_minus(highest - (load(z[columns], u) + load(bias[columns], u)))
                store(weight, z[columns], u)
                total = total + weight
                state = state + weight * load(parts[slot], u)
            scale = ONE / total
            store(state * scale, h, u)
            for slot in range(slots):
                weight = z[slot * units : (slot + 1) * units]
                store(load(weight, u) * scale, weight, u)


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
            for u in range(0, units, LANES):
                store(load(z, u) * load(d, u) * (load(part, u) - load(h, u)), grad, u)


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
            for u in range(0, units, LANES):
                store(load(via_z, u) + load(z, u) * load(d, u), grad, u)


@compiled
def reset_gradient(
    grad_gated: Floats32, resets: Floats32, parts: Floats32, grad_resets: Floats32, grad_parts: Floats32
) -> None:
    """From the gradients of r s, write those of the pre-activations of r, and add those of s."""
    for node in range(len(resets)):
        d, values, s = grad_gated[node].reshape(-1), resets[node], parts[node].reshape(-1)
        grad_r, grad_s = grad_resets[node].reshape(-1), grad_parts[node].reshape(-1)
        for u in range(0, len(values), LANES):
            r, grad = load(values, u), load(d, u)
            store(grad * load(s, u) * _TWO * r * (ONE - r), grad_r, u)
            store(load(grad_s, u) + grad * r, grad_s, u)


@compiled
def add(values: Floats32, total: Floats32) -> None:
    """Add values (I, P, U) to the total (I, P, U)."""
    for node in range(len(values)):
        add_scaled(ONE, values[node].reshape(-1), total[node].reshape(-1))
