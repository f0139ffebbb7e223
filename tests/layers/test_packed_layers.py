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
from tagwerk.layers.row_layers import RowLayers, dense_steps

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


def built(name, precision="float32", weights=None):
    """A layer of this precision, its weights, and how to call it."""
    build, arguments = LAYERS[name]
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        layer = build()
        rows, mask = tf.zeros((3, 6)), tf.ones((1, 2), bool)
        layer(*arguments(rows, mask))
    finally:
        keras.config.set_dtype_policy(before)
    if weights is not None:
        layer.set_weights(weights)
    return layer, arguments


def some_weights(layer):
    """Weights away from zero and from those at the start, positive where they scale."""
    random = np.random.default_rng(4)
    return [random.uniform(0.3, 1, weight.shape) * random.choice([-1, 1] if weight.ndim > 1 else [1])
            for weight in layer.get_weights()]  # fmt: skip


def outputs_and_gradients(layer, arguments, jets, training):
    """The padded outputs, and the gradients of inputs and weights of their weighted sum."""
    x, mask = tf.constant(jets[0]), tf.constant(jets[1])
    with tf.GradientTape() as tape:
        tape.watch(x)
        outputs = Unpack()(layer(*arguments(Pack()(x, mask), mask), training=training), mask)
        factors = np.random.default_rng(8).normal(0, 1, outputs.shape)
        total = tf.reduce_sum(tf.cast(outputs, "float32") * factors.astype("float32"))
    gradients = tape.gradient(total, [x, *layer.trainable_weights])
    return tf.cast(outputs, "float32").numpy(), [tf.convert_to_tensor(gradient).numpy() for gradient in gradients]


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("training", [False, True])
def test_outputs_and_gradients_are_those_of_keras_operations(name, training, jets):
    packed, arguments = built(name)
    packed.set_weights(some_weights(packed))
    with portable():
        reference, _ = built(name, weights=packed.get_weights())
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
    outputs, gradients = outputs_and_gradients(*built(name), (jets[0], np.zeros_like(jets[1])), True)
    assert not outputs.any()
    assert all(np.isfinite(gradient).all() for gradient in gradients)


def size(values):
    """The root mean square."""
    return np.sqrt(np.mean(values**2))


@pytest.mark.parametrize("name", LAYERS)
def test_bfloat16_changes_outputs_and_gradients_by_its_rounding(name, jets):
    """It has eight digits, a rounding of 0.2 %, which single edges of a convolution and gates multiply."""
    layer, arguments = built(name)
    weights = some_weights(layer)
    layer.set_weights(weights)
    exact, exact_gradients = outputs_and_gradients(layer, arguments, jets, True)
    layer, _ = built(name, "mixed_bfloat16", weights)
    rounded, gradients = outputs_and_gradients(layer, arguments, jets, True)
    again, gradients_again = outputs_and_gradients(built(name, "mixed_bfloat16", weights)[0], arguments, jets, True)
    np.testing.assert_array_equal(rounded, again)
    largest = max(map(size, exact_gradients))  # some gradients vanish
    for array, other, repeated in zip(gradients, exact_gradients, gradients_again, strict=True):
        np.testing.assert_array_equal(array, repeated)
        assert size(array - other) < 0.05 * size(other) + 0.002 * largest
    assert size(rounded - exact) < 0.02 * size(exact)


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_wrong_input_is_not_hidden_and_leaves_other_jets_alone(name, precision, value, jets):
    layer, arguments = built(name, precision)
    x, mask = jets[0].copy(), jets[1]
    expected, _ = outputs_and_gradients(layer, arguments, (x, mask), False)
    x[4, 3] = value
    outputs, _ = outputs_and_gradients(layer, arguments, (x, mask), False)
    others = np.arange(len(x)) != 4
    np.testing.assert_array_equal(outputs[others], expected[others])
    assert not np.isfinite(outputs[4, 3]).all()


@pytest.fixture
def rows():
    return np.random.default_rng(1).normal(0, 2, (700, 6)).astype("float32")


def of_rows(layer, rows, training=True):
    rows = tf.constant(rows)
    with tf.GradientTape() as tape:
        tape.watch(rows)
        outputs = tf.cast(layer(rows, training=training), "float32")
        total = tf.reduce_sum(outputs**2)
    return outputs.numpy(), [
        tf.convert_to_tensor(each).numpy() for each in tape.gradient(total, [rows, *layer.weights])
    ]


@pytest.mark.parametrize("widths", [[5], [100, 33], [256, 17, 64]])
@pytest.mark.parametrize("count", [1, 130, 700])
def test_products_in_bfloat16_of_any_width_and_number_of_rows(rows, widths, count):
    """Blocks of rows and tiles that are not full; outputs and gradients are close to those in single precision."""
    steps = [("norm",), *dense_steps(widths, "gelu")]
    exact, rounded = RowLayers(steps), RowLayers(steps, dtype="mixed_bfloat16")
    exact(rows), rounded(rows)
    rounded.set_weights(exact.get_weights())
    expected, expected_gradients = of_rows(exact, rows[:count])
    outputs, rounded_gradients = of_rows(rounded, rows[:count])
    np.testing.assert_allclose(outputs, expected, atol=0.03 * np.abs(expected).max())
    for array, other in zip(rounded_gradients, expected_gradients, strict=True):
        np.testing.assert_allclose(array, other, atol=0.05 * np.abs(other).max() + 1e-6)


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_the_gradient_of_a_dropout_is_of_what_it_kept(rows, precision):
    layer = RowLayers([("dropout", 0.5)], dtype=precision)
    outputs, (gradient,) = of_rows(layer, np.ones_like(rows))
    np.testing.assert_allclose(gradient, 4 * outputs, rtol=1e-2)
    assert {0.0, 2.0} == set(np.unique(outputs).tolist())
