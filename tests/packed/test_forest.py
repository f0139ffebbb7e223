"""Recursive layers on packed trees against the portable ones, outputs and gradients."""

import numpy as np
import pytest

from tagwerk.layers.portable import portable
from tagwerk.layers.recursive_layer import Recursive
from tagwerk.packed.levels import pack_trees
from tests.layers.test_recursive_layer import CELLS, trees
from tests.packed.test_batch import assert_all_close

tf = pytest.importorskip("tensorflow")
pytestmark = pytest.mark.usefixtures("tensorflow")

SIZES = {
    "several": [7, 12, 0, 1, 2, 12, 5],
    "empty": [0, 0],
    "one leaf": [1],
    "one tree": [12],
    "more than a block": [30] * 40,
}


@pytest.fixture
def random():
    return np.random.default_rng(12)


def layer_of(random, cell, slots, pooling="root", units=5):
    layer = Recursive(cell, units, pooling)
    layer.build((None, None, 3), (None, None, slots))
    layer.set_weights([random.normal(0, 0.7 / np.sqrt(weight.shape[0]), weight.shape) for weight in layer.weights])
    return layer


def outputs_and_gradients(layer, nodes, children, mask, training=True):
    """The outputs, and the gradients of a loss linear in them with respect to the nodes and all weights."""
    nodes = tf.constant(nodes)
    with tf.GradientTape() as tape:
        tape.watch(nodes)
        outputs = layer(nodes, children, mask, training=training)
        grad_outputs = np.random.default_rng(1).normal(0, 1, outputs.shape).astype("float32")
        loss = tf.reduce_sum(outputs * grad_outputs)
    gradients = tape.gradient(loss, [nodes, *layer.trainable_variables], unconnected_gradients="zero")
    return [np.asarray(outputs), *(np.asarray(tf.convert_to_tensor(gradient)) for gradient in gradients)]


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("pooling", ["root", "nodes"])
@pytest.mark.parametrize("name", SIZES)
def test_outputs_and_gradients_are_those_of_the_portable_layer(cell, pooling, name, random):
    inputs = trees(random, SIZES[name], 2, length=max(*SIZES[name], 1, 1))
    layer = layer_of(random, cell, 2, pooling)
    packed = outputs_and_gradients(layer, *inputs)
    with portable():
        expected = outputs_and_gradients(layer, *inputs)
    for array, other in zip(packed, expected, strict=True):
        np.testing.assert_allclose(array, other, atol=1e-5 * max(1, np.abs(other).max(initial=0)), rtol=1e-4)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("slots", [1, 3, 6])
@pytest.mark.parametrize("units", [1, 17])
def test_outputs_and_gradients_agree_for_any_number_of_children_and_units(cell, slots, units, random):
    inputs = trees(random, SIZES["several"], slots)
    layer = layer_of(random, cell, slots, "nodes", units)
    packed = outputs_and_gradients(layer, *inputs)
    with portable():
        assert_all_close(packed, outputs_and_gradients(layer, *inputs))


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_are_the_same_in_inference(cell, random):
    inputs, layer = trees(random, [20, 3, 300, 280], 2), layer_of(random, cell, 2)
    assert_all_close(outputs_and_gradients(layer, *inputs, training=False), outputs_and_gradients(layer, *inputs))


@pytest.mark.parametrize("cell", CELLS)
def test_two_passes_are_the_same_to_the_bit(cell, random):
    inputs, layer = trees(random, SIZES["more than a block"], 2), layer_of(random, cell, 2, units=16)
    for array, other in zip(*(outputs_and_gradients(layer, *inputs) for _ in range(2)), strict=True):
        np.testing.assert_array_equal(array, other)


@pytest.mark.parametrize("pooling", ["root", "nodes"])
def test_a_batch_without_jets_gives_empty_outputs_and_zero_gradients(pooling, random):
    inputs = np.zeros((0, 4, 3), "float32"), np.zeros((0, 4, 2), "int32"), np.zeros((0, 4), bool)
    outputs, grad_nodes, *grad_weights = outputs_and_gradients(layer_of(random, "n_ary", 2, pooling), *inputs)
    assert outputs.shape == ((0, 5) if pooling == "root" else (0, 4, 5))
    assert grad_nodes.shape == (0, 4, 3)
    assert not any(gradient.any() for gradient in grad_weights)


def test_levels_of_a_small_forest():
    """Node 4 merges 0 and 1, node 5 merges 4 and 2; node 3 is a separate tree, and the second jet a single leaf."""
    children = np.full((2, 6, 2), -1, "int32")
    children[0, 4:] = [[0, 1], [4, 2]]
    mask = np.array([[True] * 6, [False, True] + [False] * 4])
    (levels,) = pack_trees(children, mask, 1)
    assert levels.positions.tolist() == [0, 1, 2, 3, 7, 4, 5]
    assert levels.counts.tolist() == [5, 1, 1]
    assert levels.children.tolist() == [[0, 1], [5, 2]]
    assert levels.roots.tolist() == [6, 4]
    assert levels.blocks.tolist() == [0, 5, 6, 7]
    assert levels.offsets.tolist() == [0, 2, 4]


def test_parts_have_nearly_equal_numbers_of_nodes(random):
    sizes = random.integers(0, 40, 30)
    _, children, mask = trees(random, sizes, 2)
    parts = pack_trees(children, mask, 3)
    assert sum(map(len, parts)) == sizes.sum()
    assert max(map(len, parts)) - min(map(len, parts)) <= 40
    assert sorted(position for levels in parts for position in levels.positions) == np.flatnonzero(mask).tolist()


@pytest.mark.parametrize("child", [1, 2, 5])
def test_a_child_after_its_parent_is_refused(child):
    children = np.full((1, 3, 2), -1, "int32")
    children[0, 1, 1] = child
    with pytest.raises(ValueError, match=rf"node 1 of jet 0: children \[-1 *{child}\] must come before their parent"):
        pack_trees(children, np.ones((1, 3), bool), 2)
