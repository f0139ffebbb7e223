"""Recurrent layers on packed steps against Keras's own, forward and gradient."""

import numpy as np
import pytest

from tagwerk.layers.portable import portable
from tagwerk.layers.recurrent_stack import Recurrent

tf = pytest.importorskip("tensorflow")
pytestmark = pytest.mark.usefixtures("tensorflow")

CELLS = ["simple_rnn", "lstm", "gru"]
POOLING = ["steps", "last", "mean", "mean_max"]


def masks(random):
    """Of seven jets: constituents first, as jets have them, and anywhere."""
    return {
        "prefix": np.arange(9) < np.array([4, 9, 0, 1, 2, 9, 3])[:, None],
        "suffix": np.arange(9) >= np.array([4, 9, 0, 1, 2, 9, 3])[:, None],
        "anywhere": random.random((7, 9)) < 0.5,
        "full": np.ones((7, 9), bool),
        "empty": np.zeros((7, 9), bool),
        "one step": np.ones((7, 1), bool),
        "one jet": np.ones((1, 9), bool),
    }


@pytest.fixture
def random():
    return np.random.default_rng(12)


def layer_of(random, *arguments):
    layer = Recurrent(*arguments)
    layer.build((None, None, 5))
    layer.set_weights([random.normal(0, 0.7 / np.sqrt(weight.shape[0]), weight.shape) for weight in layer.weights])
    return layer


def jets_of(random, mask):
    return random.normal(0, 1, (*mask.shape, 5)).astype("float32")


def outputs_and_gradients(layer, steps, mask, training=True):
    """Of a loss linear in the outputs: by the steps and by all weights."""
    steps = tf.constant(steps)
    with tf.GradientTape() as tape:
        tape.watch(steps)
        found = layer(steps, mask, training=training)
        slope = np.random.default_rng(1).normal(0, 1, found.shape).astype("float32")
        loss = tf.reduce_sum(found * slope)
    gradients = tape.gradient(loss, [steps, *layer.trainable_variables], unconnected_gradients="zero")
    return [np.asarray(found), *(np.asarray(tf.convert_to_tensor(each)) for each in gradients)]


def agree(found, expected):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("pooling", POOLING)
@pytest.mark.parametrize("shape", masks(np.random.default_rng(0)))
def test_outputs_and_gradients_are_those_of_keras(cell, pooling, shape, random):
    mask = masks(random)[shape]
    layer, steps = layer_of(random, cell, [5], "forward", pooling), jets_of(random, mask)
    found = outputs_and_gradients(layer, steps, mask)
    with portable():
        agree(found, outputs_and_gradients(layer, steps, mask))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("pooling", POOLING)
@pytest.mark.parametrize("direction", ["forward", "backward", "both"])
@pytest.mark.parametrize("units", [[1], [16], [4, 7, 3]])
def test_so_they_are_for_any_depth_and_direction(cell, pooling, direction, units, random):
    mask = masks(random)["prefix"]
    layer, steps = layer_of(random, cell, units, direction, pooling), jets_of(random, mask)
    found = outputs_and_gradients(layer, steps, mask)
    with portable():
        agree(found, outputs_and_gradients(layer, steps, mask))


@pytest.mark.parametrize("cell", CELLS)
def test_a_gradient_in_inference_is_the_same(cell, random):
    mask = masks(random)["anywhere"]
    layer, steps = layer_of(random, cell, [4, 3], "both", "mean_max"), jets_of(random, mask)
    agree(outputs_and_gradients(layer, steps, mask, training=False), outputs_and_gradients(layer, steps, mask))


@pytest.mark.parametrize("pooling", POOLING)
def test_without_jets_nothing_comes_out(pooling, random):
    mask = np.ones((0, 9), bool)
    found, by_steps, *by_weights = outputs_and_gradients(
        layer_of(random, "gru", [4], "both", pooling), jets_of(random, mask), mask
    )
    assert found.shape == {"steps": (0, 9, 8), "mean_max": (0, 16)}.get(pooling, (0, 8))
    assert by_steps.shape == (0, 9, 5)
    assert not any(each.any() for each in by_weights)


def test_two_gradients_of_one_tape_are_the_same(random):
    mask = masks(random)["prefix"]
    layer, steps = layer_of(random, "lstm", [4]), jets_of(random, mask)
    with tf.GradientTape(persistent=True) as tape:
        loss = tf.reduce_sum(layer(steps, mask, training=True) ** 2)
    first, second = (tape.gradient(loss, layer.trainable_variables) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)
