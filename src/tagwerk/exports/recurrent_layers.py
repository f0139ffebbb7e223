"""Recurrent layers as ONNX's own operators, with the lengths of the jets; scans where there is no operator."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from tagwerk.exports.constituent_rows import compact_indices, compact_steps, counts, pack, real_rows, spread
from tagwerk.exports.converters import converts
from tagwerk.exports.dense_layers import activation, array, split
from tagwerk.exports.graph import FLOAT, INT, INT32, OnnxGraph, Value, arange, concatenate, full, where
from tagwerk.layers.convolution import CausalConvolution
from tagwerk.layers.minimal_rnn import MinGRU, MinLSTM
from tagwerk.layers.recurrent_stack import Recurrent
from tagwerk.layers.selective_state_space import SelectiveStateSpace

_MINIMAL = (MinGRU, MinLSTM)

# The order of Keras's gates in ONNX: i, f, g, o become i, o, f, g; z, r, h stay.
_OPERATORS: dict[type, tuple[str, list[int]]] = {
    keras.layers.LSTM: ("LSTM", [0, 3, 1, 2]),
    keras.layers.GRU: ("GRU", [0, 1, 2]),
    keras.layers.SimpleRNN: ("RNN", [0]),
}


@converts(Recurrent)
def _recurrent(layer: Recurrent, constituents: Value, mask: Value) -> Value:
    steps = last = compact_steps(pack(constituents, mask), mask)
    directions = len(layer.go_backwards)
    for depth in range(len(layer.units)):
        rnns = layer.rnns[depth * directions : (depth + 1) * directions]
        steps, last = _run(rnns, layer.go_backwards, steps, mask)
    if layer.pooling == "last":
        return last
    if layer.pooling == "steps":
        return spread(steps.transpose(1, 0, 2), mask)
    return _pooled(layer.pooling, steps, mask)


def _pooled(pooling: str, steps: Value, mask: Value) -> Value:
    """Return the means, and the maxima if wanted, over steps (T, B, U) that are zero beyond a jet's last."""
    number = counts(mask).cast(FLOAT).expand_dims(1)
    mean = steps.sum(0) / steps.graph.op("Max", number, steps.graph.constant(1.0))
    if pooling == "mean":
        return mean
    # ONNX Runtime adds faster than it selects.
    highest = (steps + where(_real_steps(mask), steps.graph.constant(0.0), -math.inf)).max(0)
    return concatenate([mean, where(number > 0.0, highest, 0.0)], 1)


def _real_steps(mask: Value) -> Value:
    """Return which compact steps are real, (T, B, 1)."""

    def make() -> Value:
        return (arange(mask.size(1)).expand_dims(1) < counts(mask).expand_dims(0)).expand_dims(2)

    return mask.graph.once("real steps", mask.name, make=make)


def _run(rnns: Sequence[Any], backwards: Sequence[bool], steps: Value, mask: Value) -> tuple[Value, Value]:
    """Return the steps (T, B, U) of one layer, in one or both directions, and its last states (B, U)."""
    if isinstance(rnns[0], _MINIMAL):
        both = [_minimal(rnn, steps, mask, reverse) for rnn, reverse in zip(rnns, backwards, strict=True)]
        return concatenate([each for each, _ in both], 2), concatenate([last for _, last in both], 1)
    graph = steps.graph
    operator, order = _OPERATORS[type(rnns[0])]
    kernels, recurrent, biases = zip(*(_weights(rnn, order) for rnn in rnns), strict=True)
    direction = "bidirectional" if len(rnns) == 2 else "reverse" if backwards[0] else "forward"
    options: dict[str, Any] = {"linear_before_reset": 1} if operator == "GRU" else {}
    lengths = graph.once("lengths", mask.name, make=lambda: counts(mask).cast(INT32))
    outputs, last = graph.ops(
        operator,
        steps,
        *(graph.constant(np.stack(each)) for each in (kernels, recurrent, biases)),
        lengths,
        kinds=(FLOAT, FLOAT),
        hidden_size=rnns[0].units,
        direction=direction,
        **options,
    )
    width = rnns[0].units * len(rnns)
    # (T, directions, B, U) and (directions, B, U)
    if len(rnns) == 1:
        return outputs.squeeze(1), last.squeeze(0)
    merged = outputs.transpose(0, 2, 1, 3).reshape(steps.size(0), steps.size(1), width)
    return merged, last.transpose(1, 0, 2).reshape(steps.size(1), width)


def _weights(rnn: Any, order: Sequence[int]) -> tuple[Any, Any, Any]:
    """Return W (G U, F), R (G U, U) and the biases of both, (2 G U,), of ONNX from those of a Keras layer."""
    cell, gates = rnn.cell, len(order)

    def ordered(weight: Any) -> Any:
        return np.concatenate([np.split(weight, gates, axis=-1)[gate] for gate in order], axis=-1)

    bias = array(cell.bias)
    pair = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
    return ordered(array(cell.kernel)).T, ordered(array(cell.recurrent_kernel)).T, ordered(pair).reshape(-1)


def _minimal(rnn: Any, steps: Value, mask: Value, reverse: bool) -> tuple[Value, Value]:
    graph, real = steps.graph, _real_steps(mask)
    gates = steps.matmul(array(rnn.kernel)) + graph.constant(array(rnn.bias))
    *gates_, x = split(gates, [rnn.units] * rnn.GATES)
    candidate = activation("relu", x) + activation("sigmoid", graph.op("Min", x, graph.constant(0.0)))
    if isinstance(rnn, MinGRU):
        kept = -gates_[0]
    else:
        forget, update = (-graph.op("Softplus", -gate) for gate in gates_)
        kept = forget - update
    # Beyond the last step everything is kept and nothing added.
    factors = activation("sigmoid", kept + where(real, graph.constant(0.0), math.inf))
    values = (1.0 - factors) * candidate
    start = full(0, FLOAT, steps.size(1), rnn.units)
    states, last = scan(
        graph,
        start,
        [factors, values],
        lambda state, factor, value: [factor * state + value] * 2,
        ([rnn.units], rnn.units),
        reverse,
    )
    return states * real.cast(FLOAT), last


def scan(
    graph: OnnxGraph,
    start: Value,
    sequences: Sequence[Value],
    step: Callable[..., list[Value]],
    sizes: tuple[Sequence[int], int],
    reverse: bool = False,
) -> tuple[Value, Value]:
    """Return the outputs (T, B, U) of all steps and the last state of a recurrence.

    Args:
        graph: of all.
        start: the first state.
        sequences: (T, B, ...) each.
        step: state, and one step of each sequence -> next state and output.
        sizes: of the state and of an output, without the jets.
        reverse: whether to start at the last step.
    """
    body = OnnxGraph(graph)
    names = [graph.new_name("s") for _ in range(1 + len(sequences))]
    state, *now = [body.input(name, FLOAT, None) for name in names]
    following, output = step(state, *now)
    # The state and the output of a body need names of their own.
    results = [body.op("Identity", following), body.op("Identity", output)]
    last, outputs = graph.ops(
        "Scan",
        start,
        *sequences,
        kinds=(FLOAT, FLOAT),
        body=body.body(results, [["jets", *sizes[0]], ["jets", sizes[1]]]),
        num_scan_inputs=len(sequences),
        scan_input_directions=[int(reverse)] * len(sequences),
        scan_output_directions=[int(reverse)],
    )
    return outputs, last


@converts(CausalConvolution)
def _causal_convolution(layer: CausalConvolution, rows: Value, mask: Value) -> Value:
    graph, kernel = rows.graph, array(layer.kernel)
    steps = rows.take(compact_indices(mask), 0)
    padded = graph.op("Pad", steps, graph.constant([0, layer.taps - 1, 0, 0, 0, 0], INT))
    # One filter per feature, over the steps: (E, 1, K), the last tap first.
    filters = graph.constant(kernel[::-1].T[:, None])
    convolved = graph.op(
        "Conv", padded.transpose(0, 2, 1), filters, graph.constant(array(layer.bias)), group=kernel.shape[1]
    )
    return pack(spread(activation("silu", convolved.transpose(0, 2, 1)), mask), mask)


@converts(SelectiveStateSpace)
def _selective_state_space(layer: SelectiveStateSpace, rows: Value, gate: Value, mask: Value) -> Value:
    graph, cell = rows.graph, layer.scan.cell
    projected = rows.matmul(array(layer.projection.kernel))
    x, low, b, c = split(concatenate([rows, projected], 1), [cell.width, cell.rank, cell.states, cell.states])
    delta = graph.op("Softplus", low.matmul(array(cell.delta_kernel)) + graph.constant(array(cell.delta_bias)))
    rates = graph.constant(np.exp(array(cell.log_rates).astype(np.float64)))  # (N, E)
    steps = [compact_steps(each, mask) for each in (delta * real_rows(mask), delta * x, b, c)]

    def step(state: Value, delta: Value, drive: Value, b: Value, c: Value) -> list[Value]:
        kept = graph_exp(delta.expand_dims(1) * rates) * state
        following = kept + b.expand_dims(2) * drive.expand_dims(1)
        return [following, (c.expand_dims(2) * following).sum(1)]

    def graph_exp(values: Value) -> Value:
        return values.graph.op("Exp", -values)

    start = full(0, FLOAT, mask.size(0), cell.states, cell.width)
    outputs, _ = scan(graph, start, steps, step, ([cell.states, cell.width], cell.width))
    scanned = pack(spread(outputs.transpose(1, 0, 2), mask), mask)
    return (scanned + rows * graph.constant(array(cell.skip))) * activation("silu", gate)
