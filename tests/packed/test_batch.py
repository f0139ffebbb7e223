"""Recurrent layers on packed steps against Keras's own, outputs and gradients."""

import numpy as np
import pytest

from tagwerk.layers.portable import portable
from tagwerk.layers.recurrent_stack import Recurrent

tf = pytest.importorskip("tensorflow")
pytestmark = pytest.mark.usefixtures("tensorflow")

CELLS = ["simple_rnn", "lstm", "gru", "min_gru", "min_lstm"]
POOLING = ["steps", "last", "mean", "mean_max"]


def masks(random):
    """Masks of up to seven jets: constituents first, as in data, or anywhere."""
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
    """The outputs, and the gradients of a loss linear in them with respect to the steps and all weights."""
    steps = tf.constant(steps)
    with tf.GradientTape() as tape:
        tape.watch(steps)
        outputs = layer(steps, mask, training=training)
        grad_outputs = np.random.default_rng(1).normal(0, 1, outputs.shape).astype("float32")
        loss = tf.reduce_sum(outputs * grad_outputs)
    gradients = tape.gradient(loss, [steps, *layer.trainable_variables], unconnected_gradients="zero")
    return [np.asarray(outputs), *(np.asarray(tf.convert_to_tensor(gradient)) for gradient in gradients)]


def assert_all_close(actual, expected, tolerance=1e-5):
    for array, other in zip(actual, expected, strict=True):
        np.testing.assert_allclose(array, other, atol=tolerance, rtol=1e-5)


def assert_agrees_with_keras(layer, steps, mask, tolerance=1e-5):
    packed = outputs_and_gradients(layer, steps, mask)
    with portable():
        assert_all_close(packed, outputs_and_gradients(layer, steps, mask), tolerance)


# Pooling is the same for all cells.
@pytest.mark.parametrize(
    ("cell", "pooling"), [*((cell, "steps") for cell in CELLS), *(("gru", each) for each in POOLING[1:])]
)
@pytest.mark.parametrize("shape", masks(np.random.default_rng(0)))
def test_outputs_and_gradients_are_those_of_keras(cell, pooling, shape, random):
    mask = masks(random)[shape]
    assert_agrees_with_keras(layer_of(random, cell, [5], "forward", pooling), jets_of(random, mask), mask)


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_wrong_input_is_not_hidden_by_an_activation(cell, dtype, value, random):
    layer = Recurrent(cell, [16, 5], "forward", "last", dtype=dtype)
    steps = jets_of(random, np.ones((3, 4), bool))
    steps[1, 2, 3] = value
    outputs = np.asarray(layer(steps, np.ones((3, 4), bool)), np.float32)
    assert np.isfinite(outputs[[0, 2]]).all()
    if np.isnan(value):
        assert np.isnan(outputs[1]).all()


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("direction", ["forward", "backward", "both"])
@pytest.mark.parametrize("units", [[1], [16], [4, 7, 3]])
def test_outputs_and_gradients_agree_for_any_depth_and_direction(cell, direction, units, random):
    mask = masks(random)["prefix"]
    assert_agrees_with_keras(layer_of(random, cell, units, direction, "mean_max"), jets_of(random, mask), mask)


@pytest.mark.parametrize("pooling", POOLING)
def test_outputs_and_gradients_agree_for_any_pooling_of_both_directions(pooling, random):
    mask = masks(random)["prefix"]
    assert_agrees_with_keras(layer_of(random, "lstm", [4, 7, 3], "both", pooling), jets_of(random, mask), mask)


@pytest.mark.parametrize("cell", ["min_gru", "min_lstm"])
def test_blocks_of_steps_hold_as_many_rows_as_jets_have(cell, random):
    """More than one block of `BLOCK_ROWS`, of many steps and of single ones, forward with and without residuals."""
    mask = np.arange(40) < random.integers(0, 41, 150)[:, None]
    layer, steps = layer_of(random, cell, [6], "forward", "steps"), jets_of(random, mask)
    assert_agrees_with_keras(layer, steps, mask, tolerance=1e-4)  # gradients of the weights are sums of 3,000 rows
    assert_all_close([layer(steps, mask)], [layer(steps, mask, training=True)])


@pytest.mark.parametrize("cell", ["min_gru", "min_lstm"])
def test_saturated_gates_agree_with_keras(cell, random):
    """Arguments of up to 60, where exponentials vanish, also those of both gates of a minLSTM at once."""
    mask = masks(random)["full"]
    layer, steps = layer_of(random, cell, [16], "forward", "steps"), 60 * np.sign(jets_of(random, mask))
    packed = outputs_and_gradients(layer, steps.astype("float32"), mask)
    with portable():
        expected = layer(steps.astype("float32"), mask)
    np.testing.assert_allclose(packed[0], expected, atol=1e-4, rtol=1e-5)  # states are of order 60, too
    assert all(np.isfinite(gradient).all() for gradient in packed)


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_are_the_same_in_inference(cell, random):
    mask = masks(random)["anywhere"]
    layer, steps = layer_of(random, cell, [4, 3], "both", "mean_max"), jets_of(random, mask)
    assert_all_close(
        outputs_and_gradients(layer, steps, mask, training=False), outputs_and_gradients(layer, steps, mask)
    )


@pytest.mark.parametrize("pooling", POOLING)
def test_a_batch_without_jets_gives_empty_outputs_and_zero_gradients(pooling, random):
    mask = np.ones((0, 9), bool)
    outputs, grad_steps, *grad_weights = outputs_and_gradients(
        layer_of(random, "gru", [4], "both", pooling), jets_of(random, mask), mask
    )
    assert outputs.shape == {"steps": (0, 9, 8), "mean_max": (0, 16)}.get(pooling, (0, 8))
    assert grad_steps.shape == (0, 9, 5)
    assert not any(gradient.any() for gradient in grad_weights)


def test_two_gradients_of_one_tape_are_the_same(random):
    mask = masks(random)["prefix"]
    layer, steps = layer_of(random, "lstm", [4]), jets_of(random, mask)
    with tf.GradientTape(persistent=True) as tape:
        loss = tf.reduce_sum(layer(steps, mask, training=True) ** 2)
    first, second = (tape.gradient(loss, layer.trainable_variables) for _ in range(2))
    for gradient, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(gradient, other)


def relative_errors(arrays, expected):
    return [np.sqrt(np.mean((a - b) ** 2) / np.mean(b**2)) for a, b in zip(arrays, expected, strict=True)]


def rounded_to_bfloat16(layer, arguments):
    """A layer of the same weights with the policy `mixed_bfloat16`."""
    rounded = Recurrent(*arguments, dtype="mixed_bfloat16")
    rounded.build((None, None, 5))
    rounded.set_weights(layer.get_weights())
    return rounded


@pytest.mark.parametrize("cell", ["simple_rnn", "lstm", "gru"])
@pytest.mark.parametrize("units", [[3], [40, 33]])
def test_products_in_bfloat16_change_outputs_and_gradients_by_its_rounding(cell, units, random):
    """Numbers of steps below and above those of tiles and blocks; bfloat16 has eight digits, a rounding of 0.2 %."""
    mask = np.arange(24) < random.integers(0, 25, 70)[:, None]
    arguments = cell, units, "both", "last"
    layer, steps = layer_of(random, *arguments), jets_of(random, mask)
    exact = outputs_and_gradients(layer, steps, mask)
    rounded = outputs_and_gradients(rounded_to_bfloat16(layer, arguments), steps, mask)
    assert max(relative_errors(rounded, exact)) < 0.03


@pytest.mark.parametrize("cell", ["simple_rnn", "lstm", "gru"])
def test_products_in_bfloat16_repeat_to_the_bit_and_agree_in_inference(cell, random):
    mask = masks(random)["anywhere"]
    arguments = cell, [6, 17], "forward", "mean"
    layer, steps = layer_of(random, *arguments), jets_of(random, mask)
    rounded = rounded_to_bfloat16(layer, arguments)
    first, second = (outputs_and_gradients(rounded, steps, mask) for _ in range(2))
    inferred = outputs_and_gradients(rounded, steps, mask, training=False)
    for array, *others in zip(first, second, inferred, strict=True):
        for other in others:
            np.testing.assert_array_equal(array, other)


@pytest.mark.parametrize("shape", masks(np.random.default_rng(0)))
def test_products_in_bfloat16_take_any_mask(shape, random):
    mask = masks(random)[shape]
    arguments = "lstm", [5], "forward", "last"
    layer, steps = layer_of(random, *arguments), jets_of(random, mask)
    rounded = outputs_and_gradients(rounded_to_bfloat16(layer, arguments), steps, mask)
    for array, other in zip(rounded, outputs_and_gradients(layer, steps, mask), strict=True):
        np.testing.assert_allclose(array, other, atol=0.02, rtol=0.02)
