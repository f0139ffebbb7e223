"""Recurrent layers on packed steps against Keras's own, forward and gradient."""

import keras
import numpy as np
import pytest

from tagwerk.layers import cells

tf = pytest.importorskip("tensorflow")
pytestmark = pytest.mark.usefixtures("tensorflow")

LAYERS = ["SimpleRNN", "LSTM", "GRU"]


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


def layer_of(name, units, random, **options):
    layer = getattr(cells, name)(units, **options)
    layer.build((None, None, 5))
    layer.set_weights([random.normal(0, 0.7 / np.sqrt(weight.shape[0]), weight.shape) for weight in layer.get_weights()])
    return layer


def outputs_and_gradients(layer, steps, mask, slope):
    """Of a loss linear in the outputs: by the steps and by all weights."""
    steps = tf.constant(steps)
    with tf.GradientTape() as tape:
        tape.watch(steps)
        found = layer(steps, mask=mask, training=True)
        loss = tf.reduce_sum(found * slope)
    gradients = tape.gradient(loss, [steps, *layer.trainable_variables], unconnected_gradients="zero")
    return [np.asarray(found), *(np.asarray(tf.convert_to_tensor(each)) for each in gradients)]


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("units", [1, 5, 16])
@pytest.mark.parametrize("sequences", [True, False])
@pytest.mark.parametrize("shape", masks(np.random.default_rng(0)))
def test_outputs_and_gradients_are_those_of_keras(name, units, sequences, shape, random):
    mask = masks(random)[shape]
    layer = layer_of(name, units, random, return_sequences=sequences)
    steps = random.normal(0, 1, (*mask.shape, 5)).astype("float32")
    slope = random.normal(0, 1, (*mask.shape, units) if sequences else (len(mask), units)).astype("float32")
    found = outputs_and_gradients(layer, steps, mask, slope)
    with cells.portable():
        expected = outputs_and_gradients(layer, steps, mask, slope)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5, rtol=1e-5)
