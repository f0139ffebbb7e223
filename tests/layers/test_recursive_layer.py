"""The recursive cells against their equations, as recursions from a node to its children."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, softmax

from tagwerk.layers.recursive_layer import Recursive
from tests.layers.conftest import numerical_gradient, outputs_and_gradients

UNITS, FEATURES = 4, 3
CELLS = ["child_sum", "n_ary", "simple", "gated"]
TREE_LSTMS = ["child_sum", "n_ary"]


def child_sum(x, children, kernel, recurrent, bias):
    """A state is h and c; missing children are None."""
    w_i, w_f, w_g, w_o = np.split(x @ kernel + bias, 4)
    u_i, u_f, u_g, u_o = np.split(recurrent, 4, axis=1)
    existing = [child for child in children if child is not None]
    total = sum((h for h, _ in existing), np.zeros(UNITS))
    c = expit(w_i + total @ u_i) * np.tanh(w_g + total @ u_g)
    c = c + sum(expit(w_f + h @ u_f) * child_c for h, child_c in existing)
    return expit(w_o + total @ u_o) * np.tanh(c), c


def n_ary(x, children, kernel, recurrent, bias):
    w_i, w_f, w_g, w_o = np.split(x @ kernel + bias, 4)
    pairs = [(np.zeros(UNITS), np.zeros(UNITS)) if child is None else child for child in children]
    u_i, *u_f, u_g, u_o = np.split(np.concatenate([h for h, _ in pairs]) @ recurrent, 3 + len(children))
    c = expit(w_i + u_i) * np.tanh(w_g + u_g)
    c = c + sum(expit(w_f + u) * child_c for u, (_, child_c) in zip(u_f, pairs, strict=True))
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
    """The states of all nodes (B, N, U), zero where padded."""

    def state(jet, node):
        if node < 0 or not mask[jet, node]:
            return None
        return EQUATIONS[cell](nodes[jet, node], [state(jet, child) for child in children[jet, node]], *weights)

    states = np.zeros((*mask.shape, UNITS))
    for jet, node in np.argwhere(mask):
        states[jet, node] = state(jet, node)[0]
    return states


def roots(states, mask):
    return np.stack([jet[real][-1] if real.any() else np.zeros(UNITS) for jet, real in zip(states, mask, strict=True)])


def trees(random, sizes, slots, length=None):
    """Jets with these numbers of nodes; each adopts up to `slots` earlier nodes without a parent, the last the most."""
    length = length or max(sizes)
    children = np.full((len(sizes), length, slots), -1, "int32")
    for jet, size in enumerate(sizes):
        orphans = []
        for node in range(size):
            limit = min(slots, len(orphans))
            count = limit if node == size - 1 else random.integers(0, limit + 1)
            chosen = random.permutation(len(orphans))[:count]
            children[jet, node, random.permutation(slots)[:count]] = [orphans[index] for index in chosen]
            orphans = [orphan for index, orphan in enumerate(orphans) if index not in chosen] + [node]
    mask = np.arange(length) < np.array(sizes)[:, None]
    return random.normal(0, 1, (*mask.shape, FEATURES)).astype("float32"), children, mask


def layer_of(random, cell, slots, pooling="root", scale=0.7):
    layer = Recursive(cell, UNITS, pooling)
    layer.build((None, None, FEATURES), (None, None, slots))
    layer.set_weights([random.normal(0, scale, weight.shape) for weight in layer.get_weights()])
    return layer


def outputs(layer, *inputs):
    return np.asarray(keras.ops.convert_to_numpy(layer(*inputs)))


@pytest.fixture
def random():
    return np.random.default_rng(6)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("slots", [1, 2, 3])
def test_states_are_those_of_the_equations(cell, slots, random):
    inputs = trees(random, [9, 4, 1, 0, 2], slots)
    all_nodes, root = layer_of(random, cell, slots, "nodes"), layer_of(random, cell, slots, "root")
    root.set_weights(all_nodes.get_weights())
    expected = by_hand(cell, *inputs, all_nodes.get_weights())
    np.testing.assert_allclose(outputs(all_nodes, *inputs), expected, atol=2e-6, rtol=1e-6)
    np.testing.assert_allclose(outputs(root, *inputs), roots(expected, inputs[2]), atol=2e-6, rtol=1e-6)
    assert not expected[3].any()


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("pooling", ["root", "nodes"])
def test_gradients_are_those_of_the_equations(cell, pooling, random):
    nodes, children, mask = trees(random, [5, 2, 1, 0], 2)
    layer = layer_of(random, cell, 2, pooling)
    _, *gradients = outputs_and_gradients(layer, nodes, children, mask)

    def loss(nodes, *weights):
        states = by_hand(cell, nodes, children, mask, weights)
        return ((states if pooling == "nodes" else roots(states, mask)) ** 2).sum()

    for index, gradient in enumerate(gradients):
        expected = numerical_gradient(loss, [nodes, *layer.get_weights()], index)
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
    np.testing.assert_allclose(outputs(layer, steps, chain, mask), expected, atol=1e-6)


def test_a_tree_lstm_by_hand():
    """With zero weights every gate is 1/2, the forget gate sigmoid(1); only g sees the node: c = g / 2 of a leaf."""
    layer = Recursive("n_ary", 1)
    layer.build((None, None, 1), (None, None, 2))
    kernel, recurrent, bias = (np.zeros(weight.shape) for weight in layer.get_weights())
    kernel[0, 2], bias[1] = 1, 1
    layer.set_weights([kernel, recurrent, bias])
    nodes = np.array([[[0.5], [-1], [2]]], "float32")
    children = np.array([[[-1, -1], [-1, -1], [0, 1]]], "int32")
    c = np.tanh(2) / 2 + expit(1) * (np.tanh(0.5) / 2 + np.tanh(-1) / 2)
    np.testing.assert_allclose(outputs(layer, nodes, children, np.ones((1, 3), bool)), [[np.tanh(c) / 2]], rtol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_only_child_sum_ignores_the_order_of_the_children(cell, random):
    nodes, children, mask = trees(random, [9, 7], 2)
    layer = layer_of(random, cell, 2, "nodes")
    states, swapped = (outputs(layer, nodes, slots, mask) for slots in (children, children[..., ::-1].copy()))
    assert np.allclose(states, swapped, atol=1e-6) == (cell == "child_sum")


@pytest.mark.parametrize("cell", CELLS)
@settings(max_examples=6)
@given(sizes=st.lists(st.integers(0, 9), min_size=4, max_size=4), padding=st.integers(0, 1), seed=st.integers(0, 99))
def test_neither_padding_nor_the_other_jets_change_a_jet(cell, sizes, padding, seed):
    random = np.random.default_rng(seed)
    nodes, children, mask = trees(random, sizes, 2, length=10)
    layer, order = layer_of(random, cell, 2), random.permutation(len(sizes))
    expected = outputs(layer, nodes, children, mask)
    widths = ((0, 0), (0, padding), (0, 0))
    wider = np.pad(nodes, widths, constant_values=7), np.pad(children, widths), np.pad(mask, widths[:2])
    states = outputs(layer, *(array[order] for array in wider))
    np.testing.assert_allclose(states, expected[order], atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_real_nodes_may_be_anywhere(cell, random):
    """The same trees with padding between nodes, which has arbitrary features and children."""
    nodes, children, mask = trees(random, [6, 3, 0], 2)
    layer, positions = layer_of(random, cell, 2), np.array([1, 2, 5, 6, 7, 10])
    wide = np.full((3, 12, FEATURES), 9, "float32"), np.full((3, 12, 2), 0, "int32"), np.zeros((3, 12), bool)
    moved = nodes, np.where(children < 0, -1, positions[children]), mask
    for array, values in zip(wide, moved, strict=True):
        array[:, positions] = values
    np.testing.assert_allclose(outputs(layer, *wide), outputs(layer, nodes, children, mask), atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_a_child_that_is_not_real_counts_as_missing(cell, random):
    nodes, children, mask = trees(random, [8, 8], 2)
    mask[:, 2] = False
    layer = layer_of(random, cell, 2)
    expected = outputs(layer, nodes, np.where(children == 2, -1, children), mask)
    np.testing.assert_allclose(outputs(layer, nodes, children, mask), expected, atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_unused_slots_have_no_effect_on_unordered_children(cell, random):
    nodes, children, mask = trees(random, [7, 4], 2)
    layer = layer_of(random, cell, 3)
    wide = np.concatenate([children, np.full((2, 7, 1), -1, "int32")], axis=2)
    expected = roots(by_hand(cell, nodes, wide, mask, layer.get_weights()), mask)
    np.testing.assert_allclose(outputs(layer, nodes, wide, mask), expected, atol=2e-6)
    if cell == "child_sum":
        np.testing.assert_allclose(outputs(layer, nodes, children, mask), expected, atol=2e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_a_child_of_two_parents_has_the_gradients_of_both(cell, random):
    nodes, mask = random.normal(0, 1, (1, 4, FEATURES)).astype("float32"), np.ones((1, 4), bool)
    children = np.array([[[-1, -1], [0, -1], [-1, 0], [1, 2]]], "int32")
    layer = layer_of(random, cell, 2)
    _, grad_nodes, *_ = outputs_and_gradients(layer, nodes, children, mask)

    def loss(nodes):
        return (roots(by_hand(cell, nodes, children, mask, layer.get_weights()), mask) ** 2).sum()

    np.testing.assert_allclose(grad_nodes, numerical_gradient(loss, [nodes], 0), atol=2e-5, rtol=2e-4)


@pytest.mark.parametrize("cell", CELLS)
def test_trees_may_be_two_hundred_levels_deep(cell, random):
    """A comb: each merge adds one more leaf."""
    leaves, nodes = 201, 401
    children = np.full((1, nodes, 2), -1, "int32")
    children[0, leaves:, 0] = [0, *range(leaves, nodes - 1)]
    children[0, leaves:, 1] = np.arange(1, leaves)
    inputs = random.normal(0, 1, (1, nodes, FEATURES)).astype("float32"), children, np.ones((1, nodes), bool)
    layer = layer_of(random, cell, 2, scale=0.4)
    states = np.zeros((nodes, UNITS)), np.zeros((nodes, UNITS))
    for node in range(nodes):
        pairs = [None if child < 0 else tuple(array[child] for array in states) for child in children[0, node]]
        for array, value in zip(
            states, EQUATIONS[cell](inputs[0][0, node], pairs, *layer.get_weights()), strict=cell in TREE_LSTMS
        ):
            array[node] = value
    np.testing.assert_allclose(outputs(layer, *inputs)[0], states[0][-1], atol=1e-5, rtol=1e-5)
    assert all(np.isfinite(array).all() for array in outputs_and_gradients(layer, *inputs))


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
    loaded, inputs = keras.models.load_model(tmp_path / "model.keras"), list(trees(random, [5, 3, 0], 2))
    assert loaded.layers[-1].get_config() == model.layers[-1].get_config()
    np.testing.assert_array_equal(loaded.predict_on_batch(inputs), model.predict_on_batch(inputs))


@pytest.mark.parametrize("cell", CELLS)
def test_half_precision_agrees_to_its_accuracy(cell, random):
    inputs = trees(random, [9, 4, 0], 2)
    layer, half = layer_of(random, cell, 2, scale=0.3), Recursive(cell, UNITS, dtype="mixed_float16")
    half.build((None, None, FEATURES), (None, None, 2))
    half.set_weights(layer.get_weights())
    states = half(*inputs)
    assert keras.backend.standardize_dtype(states.dtype) == "float16"
    states = np.asarray(keras.ops.convert_to_numpy(states), float)
    np.testing.assert_allclose(states, outputs(layer, *inputs), atol=5e-3)


@pytest.mark.parametrize("cell", CELLS)
def test_mixed_bfloat16_changes_states_by_its_rounding(cell, random):
    """Eight binary digits, a rounding of 0.2 % at each product, or of the output alone on packed trees."""
    inputs = trees(random, [9, 4, 0], 2)
    layer, half = layer_of(random, cell, 2, scale=0.3), Recursive(cell, UNITS, dtype="mixed_bfloat16")
    half.build((None, None, FEATURES), (None, None, 2))
    half.set_weights(layer.get_weights())
    states = half(*inputs)
    assert keras.backend.standardize_dtype(states.dtype) == "bfloat16"
    states = np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(states, "float32")), float)
    np.testing.assert_allclose(states, outputs(layer, *inputs), atol=3e-2)
