"""The gates of Tree-LSTMs, node by node, and their gradients, compiled."""

from tagwerk.arrays import Floats32, Ints
from tagwerk.packed.kernels import ONE, sigmoids, tanh, tanhs
from tagwerk.packed.lanes import LANES, load, store
from tagwerk.packed.products import compiled


@compiled
def input_step(gates: Floats32, h_gates: Floats32, bias: Floats32, cell_states: Floats32) -> None:
    """Turn gates W x and h_gates R h into i, o, g, in place, and write c = i g."""
    units = cell_states.shape[1]
    second, third = units, 2 * units
    for node in range(len(gates)):
        values, h_values, c = gates[node], h_gates[node], cell_states[node]
        sigmoids(values[:third], h_values[:third], bias[:third])
        tanhs(values[third:], h_values[third:], bias[third:])
        i, g = values[:second], values[third:]
        for u in range(0, units, LANES):
            store(load(i, u) * load(g, u), c, u)


@compiled
def forget_step(
    forget_gates: Floats32, x_gates: Floats32, bias: Floats32, rows: Ints, offsets: Ints,
    cell_states: Floats32, next_cell_states: Floats32,
) -> None:  # fmt: skip
    """Add f c of each child to c, where forget_gates are passed as R h and x_gates as W x."""
    for node in range(len(next_cell_states)):
        x_values, c = x_gates[node], next_cell_states[node]
        for edge in range(offsets[node] - offsets[0], offsets[node + 1] - offsets[0]):
            f = forget_gates[edge]
            sigmoids(f, x_values, bias)
            if rows[edge] >= 0:
                c0 = cell_states[rows[edge]]
                for u in range(0, len(c), LANES):
                    store(load(c, u) + load(f, u) * load(c0, u), c, u)


@compiled
def output_step(gates: Floats32, cell_states: Floats32, states: Floats32) -> None:
    """Write h = o tanh(c)."""
    units = states.shape[1]
    for node in range(len(gates)):
        o, c, h = gates[node, units : 2 * units], cell_states[node], states[node]
        for u in range(0, units, LANES):
            store(load(o, u) * tanh(load(c, u)), h, u)


@compiled
def gates_gradient(
    gates: Floats32, cell_states: Floats32, grad_states: Floats32, grad_cell_states: Floats32, grad_gates: Floats32
) -> None:
    """Write the gradients of the pre-activations of i, o, g; add those via h to those of the cell states."""
    units = grad_states.shape[1]
    second, third = units, 2 * units
    for node in range(len(gates)):
        values, grad_values = gates[node], grad_gates[node]
        values_i, values_o, values_g = values[:second], values[second:third], values[third:]
        grad_i, grad_o, grad_g = grad_values[:second], grad_values[second:third], grad_values[third:]
        cell_state, grad_state, grad_cell_state = cell_states[node], grad_states[node], grad_cell_states[node]
        for u in range(0, units, LANES):
            i, o, g = load(values_i, u), load(values_o, u), load(values_g, u)
            d, t = load(grad_state, u), tanh(load(cell_state, u))
            d_c = load(grad_cell_state, u) + d * o * (ONE - t * t)
            store(d_c, grad_cell_state, u)
            store(d_c * g * i * (ONE - i), grad_i, u)
            store(d * t * o * (ONE - o), grad_o, u)
            store(d_c * i * (ONE - g * g), grad_g, u)


@compiled
def forget_gradient(
    forget_gates: Floats32, grad_nodes: Floats32, rows: Ints, offsets: Ints,
    cell_states: Floats32, grad_cell_states: Floats32, grad_forget_gates: Floats32,
) -> None:  # fmt: skip
    """From the gradients of c, write those of the forget gates' pre-activations, and add those of the children's c."""
    for node in range(len(grad_nodes)):
        d = grad_nodes[node]
        for edge in range(offsets[node] - offsets[0], offsets[node + 1] - offsets[0]):
            f, grad_f, row = forget_gates[edge], grad_forget_gates[edge], rows[edge]
            if row < 0:
                grad_f[:] = 0
                continue
            cell_state, grad_cell_state = cell_states[row], grad_cell_states[row]
            for u in range(0, len(d), LANES):
                forget, grad = load(f, u), load(d, u)
                store(grad * load(cell_state, u) * forget * (ONE - forget), grad_f, u)
                store(load(grad_cell_state, u) + grad * forget, grad_cell_state, u)
