"""Recursive networks: a loop in which all nodes whose children have a state get theirs at once."""

from collections.abc import Callable, Sequence

import numpy as np

from tagwerk.arrays import Floats32
from tagwerk.exports.converters import converts
from tagwerk.exports.dense_layers import activation, array, split
from tagwerk.exports.graph import BOOL, FLOAT, INT, OnnxGraph, Value, arange, concatenate, full, where
from tagwerk.layers.recursive_layer import Recursive

Weights = Sequence[Floats32]
# Own contribution (K, G), children's states (K, C, S), whether there is a child (K, 1), weights, U -> states (K, S).
State = Callable[[Value, Value, Value, Weights, int], Value]


@converts(Recursive)
def _recursive(layer: Recursive, nodes: Value, children: Value, mask: Value) -> Value:
    graph, weights = nodes.graph, [array(weight) for weight in layer.cell_weights]
    own = nodes.matmul(weights[0]) + graph.constant(weights[2 if layer.cell in _TREE_LSTMS else 1])
    own = own if layer.cell in _TREE_LSTMS else activation("relu", own)
    jets, count = mask.size(0), mask.size(1)
    missing = (jets * count).squeeze(0)
    offsets = (arange(jets) * count).expand_dims(1, 2)
    real = concatenate([mask.reshape(-1), full(False, BOOL, graph.constant([1], INT))], 0)
    index = where(children >= 0, children + offsets, missing).reshape(jets * count, children.size(2))
    index = where(real.take(index, 0), index, missing)
    width = layer.units * (2 if layer.cell in _TREE_LSTMS else 1)
    states = full(0, FLOAT, missing.expand_dims(0) + 1, width)
    states = _loop(graph, layer, own.reshape(-1, weights[0].shape[1]), index, real, missing, states, weights)
    states = states.slice(0, layer.units, 1)
    if layer.pooling == "nodes":
        return states.slice(0, -1, 0).reshape(jets, count, layer.units)
    last = graph.op("ReduceMax", where(mask, arange(count).expand_dims(0), -1), kind=INT, axes=[1], keepdims=0)
    return states.take(where(last < 0, missing, last + arange(jets) * count), 0)


def _loop(
    graph: OnnxGraph,
    layer: Recursive,
    own: Value,
    index: Value,
    real: Value,
    missing: Value,
    states: Value,
    weights: Weights,
) -> Value:
    """Return the states of all nodes, (B N + 1, S), the last zero."""
    body = OnnxGraph(graph)
    body.input(graph.new_name("i"), INT, [])
    body.input(graph.new_name("i"), BOOL, [])
    before = body.input(graph.new_name("s"), FLOAT, None)
    waiting = body.input(graph.new_name("s"), BOOL, None)  # real nodes without a state, (B N + 1,)
    inside = {name: Value(body, value.name, value.kind) for name, value in {"own": own, "index": index}.items()}
    children_wait = waiting.take(inside["index"], 0).cast(INT).sum(1) > 0
    ready = waiting.slice(0, -1, 0) & ~children_wait
    rows = body.op("NonZero", ready, kind=INT).squeeze(0)
    child_rows = inside["index"].take(rows, 0)
    inner = (child_rows < Value(body, missing.name, INT)).cast(INT).sum(1, keepdims=True) > 0
    state = _STATES[layer.cell](inside["own"].take(rows, 0), before.take(child_rows, 0), inner, weights, layer.units)
    after = body.op("ScatterND", before, rows.expand_dims(1), state)
    still = waiting & ~concatenate([ready, body.constant([False], BOOL)], 0)
    goes_on = body.op("ReduceMax", still.cast(INT), kind=INT, keepdims=0) > 0
    final, _ = graph.ops(
        "Loop",
        index.size(0).squeeze(0),
        graph.constant(True, BOOL),
        states,
        real,
        kinds=(FLOAT, BOOL),
        body=body.body([goes_on, after, still], [[], None, None]),
    )
    return final


def _n_ary(own: Value, children: Value, inner: Value, weights: Weights, units: int) -> Value:
    slots = weights[1].shape[0] // units
    h, c = split(children, [units, units])
    i, *f, g, o = split(h.reshape(-1, slots * units).matmul(weights[1]), [units] * (3 + slots))
    forget = concatenate([each.expand_dims(1) for each in f], 1)
    return _lstm_state(own, i, forget, g, o, c, units)


def _child_sum(own: Value, children: Value, inner: Value, weights: Weights, units: int) -> Value:
    h, c = split(children, [units, units])
    kernel_i, kernel_f, kernel_g, kernel_o = np.split(weights[1], 4, axis=1)
    i, g, o = split(h.sum(1).matmul(np.concatenate([kernel_i, kernel_g, kernel_o], axis=1)), [units] * 3)
    return _lstm_state(own, i, h.matmul(kernel_f), g, o, c, units)


def _lstm_state(own: Value, i: Value, f: Value, g: Value, o: Value, cells: Value, units: int) -> Value:
    own_i, own_f, own_g, own_o = split(own, [units] * 4)
    forget = activation("sigmoid", own_f.expand_dims(1) + f)
    c = activation("sigmoid", own_i + i) * activation("tanh", own_g + g) + (forget * cells).sum(1)
    return concatenate([activation("sigmoid", own_o + o) * activation("tanh", c), c], 1)


def _simple(own: Value, children: Value, inner: Value, weights: Weights, units: int) -> Value:
    kernel, bias = weights[2:]
    state = activation("relu", _concatenated(own, children, weights, units).matmul(kernel) + own.graph.constant(bias))
    return where(inner, state, own)


def _gated(own: Value, children: Value, inner: Value, weights: Weights, units: int) -> Value:
    graph = own.graph
    reset, reset_bias, candidate, candidate_bias, update, update_bias = weights[2:]
    parts = _concatenated(own, children, weights, units)
    r = activation("sigmoid", 2.0 * (parts.matmul(reset) + graph.constant(reset_bias)))
    new = activation("relu", (r * parts).matmul(candidate) + graph.constant(candidate_bias))
    mixed, blocks = concatenate([new, parts], 1), update.shape[1] // units
    logits = (mixed.matmul(update) + graph.constant(update_bias)).reshape(-1, blocks, units)
    z = graph.op("Softmax", logits, axis=1)
    return where(inner, (z * mixed.reshape(-1, blocks, units)).sum(1), own)


def _concatenated(own: Value, children: Value, weights: Weights, units: int) -> Value:
    slots = weights[2].shape[0] // units - 1
    return concatenate([children.reshape(-1, slots * units), own], 1)


_STATES: dict[str, State] = {"n_ary": _n_ary, "child_sum": _child_sum, "simple": _simple, "gated": _gated}
_TREE_LSTMS = ("n_ary", "child_sum")
