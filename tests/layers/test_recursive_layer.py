"""The recursive cells against their equations, written out as recursions from a node to its children."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, softmax

from tagwerk.layers.recursive_layer import Recursive
from tests.layers.conftest import differences, outputs_and_gradients

UNITS, FEATURES = 4, 3
CELLS = ["child_sum", "n_ary", "simple", "gated"]
TREE_LSTMS = ["child_sum", "n_ary"]


def child_sum(x, children, kernel, recurrent, bias):
    """A state is h and c; the children that are missing are None."""
    w_i, w_f, w_g, w_o = np.split(x @ kernel + bias, 4)
    u_i, u_f, u_g, u_o = np.split(recurrent, 4, axis=1)
    there = [child for child in children if child is not None]
    total = sum((h for h, _ in there), np.zeros(UNITS))
    c = expit(w_i + total @ u_i) * np.tanh(w_g + total @ u_g)
    c = c + sum(expit(w_f + h @ u_f) * memory for h, memory in there)
    return expit(w_o + total @ u_o) * np.tanh(c), c


def n_ary(x, children, kernel, recurrent, bias):
    w_i, w_f, w_g, w_o = np.split(x @ kernel + bias, 4)
    pairs = [(np.zeros(UNITS), np.zeros(UNITS)) if child is None else child for child in children]
    u_i, *u_f, u_g, u_o = np.split(np.concatenate([h for h, _ in pairs]) @ recurrent, 3 + len(children))
    c = expit(w_i + u_i) * np.tanh(w_g + u_g)
    c = c + sum(expit(w_f + u) * memory for u, (_, memory) in zip(u_f, pairs, strict=True))
    return expit(w_o + u_o) * np.tanh(c), c


def simple(x, children, kernel, bias, recurrent, recurrent_bias):
    u = np.maximum(x @ kernel + bias, 0)
    if all(child is None for child in children):
        return (u,)
    parts = [np.zeros(UNITS) if child is None else child[0] for child in children]
    return (np.maximum(np.concatenate([*parts, u]) @ recurrent + recurrent_bias, 0),)


def gated(x, children, kernel, bias, reset, reset_bias, candidate, candidate_bias, update, update_bias):
    u = np.maximum(x @ kernel + bias, 0)
    if all(child is None for child in children):
        return (u,)
    parts = np.concatenate([*(np.zeros(UNITS) if child is None else child[0] for child in children), u])
    r = (np.tanh(parts @ reset + reset_bias) + 1) / 2
    all_parts = np.concatenate([np.maximum((r * parts) @ candidate + candidate_bias, 0), parts])
    z = softmax((all_parts @ update + update_bias).reshape(-1, UNITS), axis=0)
    return ((z * all_parts.reshape(-1, UNITS)).sum(axis=0),)


EQUATIONS = {"child_sum": child_sum, "n_ary": n_ary, "simple": simple, "gated": gated}


def by_hand(cell, nodes, children, mask, weights):
    """The states of all nodes (B, N, U), zero where not real."""

    def state(jet, node):
        if node < 0 or not mask[jet, node]:
            return None
        return EQUATIONS[cell](nodes[jet, node], [state(jet, child) for child in children[jet, node]], *weights)

    found = np.zeros((*mask.shape, UNITS))
    for jet, node in np.argwhere(mask):
        found[jet, node] = state(jet, node)[0]
    return found


def roots(states, mask):
    return np.stack([jet[real][-1] if real.any() else np.zeros(UNITS) for jet, real in zip(states, mask, strict=True)])


def trees(random, sizes, slots, longest=None):
    """Jets of so many nodes, each with up to `slots` of those before it that have no parent yet, the last with most."""
    longest = longest or max(sizes)
    children = np.full((len(sizes), longest, slots), -1, "int32")
    for jet, size in enumerate(sizes):
        free = []
        for node in range(size):
            most = min(slots, len(free))
            count = most if node == size - 1 else random.integers(0, most + 1)
            chosen = random.permutation(len(free))[:count]
            children[jet, node, random.permutation(slots)[:count]] = [free[which] for which in chosen]
            free = [one for which, one in enumerate(free) if which not in chosen] + [node]
    mask = np.arange(longest) < np.array(sizes)[:, None]
    return random.normal(0, 1, (*mask.shape, FEATURES)).astype("float32"), children, mask


def layer_of(random, cell, slots, pooling="root", scale=0.7):
    layer = Recursive(cell, UNITS, pooling)
    layer.build((None, None, FEATURES), (None, None, slots))
    layer.set_weights([random.normal(0, scale, weight.shape) for weight in layer.get_weights()])
    return layer


def called(layer, *inputs):
    return np.asarray(keras.ops.convert_to_numpy(layer(*inputs)))


@pytest.fixture
def random():
    return np.random.default_rng(6)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("slots", [1, 2, 3])
def test_states_are_those_of_the_equations(cell, slots, random):
    inputs = trees(random, [9, 4, 1, 0, 2], slots)
    every, root = layer_of(random, cell, slots, "nodes"), layer_of(random, cell, slots, "root")
    root.set_weights(every.get_weights())
    expected = by_hand(cell, *inputs, every.get_weights())
    np.testing.assert_allclose(called(every, *inputs), expected, atol=2e-6, rtol=1e-6)
    np.testing.assert_allclose(called(root, *inputs), roots(expected, inputs[2]), atol=2e-6, rtol=1e-6)
    assert not expected[3].any()


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("pooling", ["root", "nodes"])
def test_gradients_are_those_of_the_equations(cell, pooling, random):
    nodes, children, mask = trees(random, [5, 2, 1, 0], 2)
    layer = layer_of(random, cell, 2, pooling)
    _, *found = outputs_and_gradients(layer, nodes, children, mask)

    def loss(nodes, *weights):
        states = by_hand(cell, nodes, children, mask, weights)
        return ((states if pooling == "nodes" else roots(states, mask)) ** 2).sum()

    for which, gradient in enumerate(found):
        expected = differences(loss, [nodes, *layer.get_weights()], which)
        np.testing.assert_allclose(gradient, expected, atol=2e-5, rtol=2e-4)


@pytest.mark.parametrize("cell", TREE_LSTMS)
def test_a_chain_is_an_ordinary_lstm(cell, random):
    mask = np.arange(6) < np.array([6, 3, 1, 0])[:, None]
    steps = random.normal(0, 1, (4, 6, FEATURES)).astype("float32")
    chain = np.broadcast_to(np.arange(-1, 5, dtype="int32")[:, None], (4, 6, 1))
    layer, lstm = layer_of(random, cell, 1), keras.layers.LSTM(UNITS)
    lstm.build((None, None, FEATURES))
    lstm.set_weights(layer.get_weights())
    expected = np.asarray(keras.ops.convert_to_numpy(lstm(steps, mask=mask)))
    np.testing.assert_allclose(called(layer, steps, chain, mask), expected, atol=1e-6)


def test_a_tree_lstm_by_hand():
    """Of zero weights every gate is a half or, the forget gate, sigmoid(1); only g and o see the node: c = g / 2."""
    layer = Recursive("n_ary", 1)
    layer.build((None, None, 1), (None, None, 2))
    kernel, recurrent, bias = (np.zeros(weight.shape) for weight in layer.get_weights())
    kernel[0, 2], bias[1] = 1, 1
    layer.set_weights([kernel, recurrent, bias])
    nodes = np.array([[[0.5], [-1], [2]]], "float32")
    children = np.array([[[-1, -1], [-1, -1], [0, 1]]], "int32")
    c = np.tanh(2) / 2 + expit(1) * (np.tanh(0.5) / 2 + np.tanh(-1) / 2)
    np.testing.assert_allclose(called(layer, nodes, children, np.ones((1, 3), bool)), [[np.tanh(c) / 2]], rtol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_child_sum_alone_does_not_see_the_order_of_the_children(cell, random):
    nodes, children, mask = trees(random, [9, 7], 2)
    layer = layer_of(random, cell, 2, "nodes")
    found, turned = (called(layer, nodes, some, mask) for some in (children, children[..., ::-1].copy()))
    assert np.allclose(found, turned, atol=1e-6) == (cell == "child_sum")


@pytest.mark.parametrize("cell", CELLS)
@settings(max_examples=6)
@given(sizes=st.lists(st.integers(0, 9), min_size=4, max_size=4), padding=st.integers(0, 1), seed=st.integers(0, 99))
def test_neither_padding_nor_the_other_jets_change_a_jet(cell, sizes, padding, seed):
    random = np.random.default_rng(seed)
    nodes, children, mask = trees(random, sizes, 2, longest=10)
    layer, order = layer_of(random, cell, 2), random.permutation(len(sizes))
    expected = called(layer, nodes, children, mask)
    widths = ((0, 0), (0, padding), (0, 0))
    wider = np.pad(nodes, widths, constant_values=7), np.pad(children, widths), np.pad(mask, widths[:2])
    found = called(layer, *(each[order] for each in wider))
    np.testing.assert_allclose(found, expected[order], atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_nodes_may_stand_anywhere(cell, random):
    """The same trees with nodes that are not real, and features and children there of any kind, between others."""
    nodes, children, mask = trees(random, [6, 3, 0], 2)
    layer, places = layer_of(random, cell, 2), np.array([1, 2, 5, 6, 7, 10])
    wide = np.full((3, 12, FEATURES), 9, "float32"), np.full((3, 12, 2), 0, "int32"), np.zeros((3, 12), bool)
    moved = nodes, np.where(children < 0, -1, places[children]), mask
    for each, some in zip(wide, moved, strict=True):
        each[:, places] = some
    np.testing.assert_allclose(called(layer, *wide), called(layer, nodes, children, mask), atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_a_child_that_is_not_real_is_none(cell, random):
    nodes, children, mask = trees(random, [8, 8], 2)
    mask[:, 2] = False
    layer = layer_of(random, cell, 2)
    expected = called(layer, nodes, np.where(children == 2, -1, children), mask)
    np.testing.assert_allclose(called(layer, nodes, children, mask), expected, atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_slots_that_no_node_uses_change_nothing_where_children_are_not_ordered(cell, random):
    nodes, children, mask = trees(random, [7, 4], 2)
    layer = layer_of(random, cell, 3)
    wide = np.concatenate([children, np.full((2, 7, 1), -1, "int32")], axis=2)
    expected = roots(by_hand(cell, nodes, wide, mask, layer.get_weights()), mask)
    np.testing.assert_allclose(called(layer, nodes, wide, mask), expected, atol=2e-6)
    if cell == "child_sum":
        np.testing.assert_allclose(called(layer, nodes, children, mask), expected, atol=2e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_a_child_of_two_parents_has_the_gradients_of_both(cell, random):
    nodes, mask = random.normal(0, 1, (1, 4, FEATURES)).astype("float32"), np.ones((1, 4), bool)
    children = np.array([[[-1, -1], [0, -1], [-1, 0], [1, 2]]], "int32")
    layer = layer_of(random, cell, 2)
    _, by_nodes, *_ = outputs_and_gradients(layer, nodes, children, mask)

    def loss(nodes):
        return (roots(by_hand(cell, nodes, children, mask, layer.get_weights()), mask) ** 2).sum()

    np.testing.assert_allclose(by_nodes, differences(loss, [nodes], 0), atol=2e-5, rtol=2e-4)


@pytest.mark.parametrize("cell", CELLS)
def test_trees_may_be_two_hundred_levels_deep(cell, random):
    """A comb: each node merges one more leaf into all that was there before."""
    leaves, nodes = 201, 401
    children = np.full((1, nodes, 2), -1, "int32")
    children[0, leaves:, 0] = [0, *range(leaves, nodes - 1)]
    children[0, leaves:, 1] = np.arange(1, leaves)
    inputs = random.normal(0, 1, (1, nodes, FEATURES)).astype("float32"), children, np.ones((1, nodes), bool)
    layer = layer_of(random, cell, 2, scale=0.4)
    states = np.zeros((nodes, UNITS)), np.zeros((nodes, UNITS))
    for node in range(nodes):
        pairs = [None if child < 0 else tuple(each[child] for each in states) for child in children[0, node]]
        for each, value in zip(
            states, EQUATIONS[cell](inputs[0][0, node], pairs, *layer.get_weights()), strict=cell in TREE_LSTMS
        ):
            each[node] = value
    np.testing.assert_allclose(called(layer, *inputs)[0], states[0][-1], atol=1e-5, rtol=1e-5)
    assert all(np.isfinite(each).all() for each in outputs_and_gradients(layer, *inputs))


@pytest.mark.parametrize("cell", TREE_LSTMS)
def test_forget_gates_start_open(cell):
    layer = Recursive(cell, UNITS)
    layer.build((None, None, FEATURES), (None, None, 2))
    np.testing.assert_array_equal(np.split(layer.get_weights()[2], 4), np.eye(4)[1][:, None] * np.ones(UNITS))


def test_the_recurrent_weights_of_each_gate_start_orthogonal():
    layer = Recursive("n_ary", UNITS)
    layer.build((None, None, FEATURES), (None, None, 2))
    gates = np.split(layer.get_weights()[1], 5, axis=1)
    for gate in gates:
        np.testing.assert_allclose(gate.T @ gate, np.eye(UNITS), atol=1e-6)
    assert not np.allclose(gates[0], gates[1])


@pytest.mark.parametrize("cell", CELLS)
def test_a_saved_model_gives_the_same_states(cell, random, tmp_path):
    nodes, children = keras.Input((None, FEATURES)), keras.Input((None, 2), dtype="int32")
    mask = keras.Input((None,), dtype="bool")
    model = keras.Model([nodes, children, mask], Recursive(cell, UNITS, "nodes")(nodes, children, mask))
    model.save(tmp_path / "model.keras")
    again, inputs = keras.models.load_model(tmp_path / "model.keras"), list(trees(random, [5, 3, 0], 2))
    assert again.layers[-1].get_config() == model.layers[-1].get_config()
    np.testing.assert_array_equal(again.predict_on_batch(inputs), model.predict_on_batch(inputs))


@pytest.mark.parametrize("cell", CELLS)
def test_half_precision_is_the_same_to_its_accuracy(cell, random):
    inputs = trees(random, [9, 4, 0], 2)
    layer, half = layer_of(random, cell, 2, scale=0.3), Recursive(cell, UNITS, dtype="mixed_float16")
    half.build((None, None, FEATURES), (None, None, 2))
    half.set_weights(layer.get_weights())
    found = half(*inputs)
    assert keras.backend.standardize_dtype(found.dtype) == "float16"
    found = np.asarray(keras.ops.convert_to_numpy(found), float)
    np.testing.assert_allclose(found, called(layer, *inputs), atol=5e-3)
