"""Layers on packed constituents against the same layers in Keras operations."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tagwerk.layers.attention import SelfAttention
from tagwerk.layers.edge_conv import EdgeConv
from tagwerk.layers.packed_constituents import Pack, Unpack
from tagwerk.layers.pairs import PairBias
from tagwerk.layers.portable import portable
from tagwerk.layers.row_layers import RowLayers

COUNTS = np.array([9, 0, 1, 2, 30, 5, 8, 0])


class Biased(keras.layers.Layer):
    """Attention with the bias of pairs."""

    def __init__(self):
        super().__init__()
        self.pairs, self.attention = PairBias(3, [5, 4]), SelfAttention(3, 6)

    def call(self, rows, mask, training=False):
        return self.attention(rows, mask, self.pairs(ops_momenta(rows), mask, training=training), training=training)


def ops_momenta(rows):
    """Valid momenta from the first columns of the rows."""
    pt, eta, phi = (keras.ops.exp(rows[:, 0]), rows[:, 1], rows[:, 2])
    return keras.ops.stop_gradient(keras.ops.stack([pt, eta, phi, 1.1 * pt * keras.ops.cosh(eta)], axis=1))


LAYERS = {
    "edge convolution": (lambda: EdgeConv([4, 3], 3), lambda rows, mask: (rows, rows[:, :2], mask)),
    "edge convolution of one layer": (lambda: EdgeConv([4], 7), lambda rows, mask: (rows, rows[:, :2], mask)),
    "attention": (lambda: SelfAttention(2, 6), lambda rows, mask: (rows, mask)),
    "attention with pairs": (Biased, lambda rows, mask: (rows, mask)),
    "row layers": (
        lambda: RowLayers(
            [("norm",), ("dense", 7), ("gelu",), ("norm",), ("dense", 5), ("relu",), ("dense", 5), ("scale", 5)]
        ),
        lambda rows, mask: (rows,),
    ),
}


@pytest.fixture
def jets():
    mask = np.arange(31) < COUNTS[:, None]
    return np.random.default_rng(5).normal(0, 1, (*mask.shape, 6)).astype("float32"), mask


def outputs_and_gradients(layer, arguments, jets, training):
    """The padded outputs, and the gradients of inputs and weights of their weighted sum."""
    x, mask = tf.constant(jets[0]), tf.constant(jets[1])
    with tf.GradientTape() as tape:
        tape.watch(x)
        outputs = Unpack()(layer(*arguments(Pack()(x, mask), mask), training=training), mask)
        factors = np.random.default_rng(8).normal(0, 1, outputs.shape)
        total = tf.reduce_sum(outputs * factors.astype("float32"))
    gradients = tape.gradient(total, [x, *layer.trainable_weights])
    return outputs.numpy(), [tf.convert_to_tensor(gradient).numpy() for gradient in gradients]


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("training", [False, True])
def test_outputs_and_gradients_are_those_of_keras_operations(name, training, jets):
    build, arguments = LAYERS[name]
    packed, reference, random = build(), build(), np.random.default_rng(4)
    outputs_and_gradients(packed, arguments, jets, False)
    packed.set_weights([random.uniform(0.3, 1, weight.shape) * random.choice([-1, 1] if weight.ndim > 1 else [1])
                        for weight in packed.get_weights()])  # fmt: skip
    with portable():
        outputs_and_gradients(reference, arguments, jets, False)
        reference.set_weights(packed.get_weights())
        expected, expected_gradients = outputs_and_gradients(reference, arguments, jets, training)
    outputs, gradients = outputs_and_gradients(packed, arguments, jets, training)
    assert np.abs(expected).max() > 0.1
    np.testing.assert_allclose(outputs, expected, atol=1e-4, rtol=1e-4)
    for gradient, other in zip(gradients, expected_gradients, strict=True):
        np.testing.assert_allclose(gradient, other, atol=2e-3 * max(np.abs(other).max(), 0.1))
    for weight, other in zip(packed.get_weights(), reference.get_weights(), strict=True):
        np.testing.assert_allclose(weight, other, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", LAYERS)
def test_a_batch_without_constituents_gives_finite_gradients(name, jets):
    build, arguments = LAYERS[name]
    outputs, gradients = outputs_and_gradients(build(), arguments, (jets[0], np.zeros_like(jets[1])), True)
    assert not outputs.any()
    assert all(np.isfinite(gradient).all() for gradient in gradients)
