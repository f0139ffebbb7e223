from contextlib import nullcontext

import keras
import numpy as np
import pytest
from scipy.special import erf

from tagwerk.layers.portable import portable
from tagwerk.layers.row_layers import RowLayers, dense_steps

PATHS = pytest.mark.parametrize("context", [nullcontext, portable])


@pytest.fixture
def rows():
    return np.random.default_rng(1).normal(0, 2, (700, 6)).astype("float32")


def gelu(values):
    return values * 0.5 * (1 + erf(values / np.sqrt(2)))


def normalised(values):
    return (values - values.mean(axis=1, keepdims=True)) / np.sqrt(values.var(axis=1, keepdims=True) + 1e-5)


@PATHS
def test_layers_by_hand(rows, context):
    layer, random = RowLayers([("norm",), ("dense", 4), ("gelu",), ("scale", 2), ("relu",)]), np.random.default_rng(2)
    with context():
        layer(rows)
        layer.set_weights([random.normal(0, 1, weight.shape) for weight in layer.get_weights()])
        outputs = np.asarray(layer(rows))
    weights = {weight.path.split("/", 1)[1]: np.asarray(weight) for weight in layer.weights}
    gamma, beta, kernel, bias, scale = (
        next(value for path, value in weights.items() if name in path)
        for name in ("gamma", "beta", "kernel", "bias", "scale")
    )
    hidden = gelu((normalised(rows) * gamma + beta) @ kernel + bias)
    np.testing.assert_allclose(outputs, np.maximum(hidden * np.repeat(scale, 2), 0), atol=1e-4)


@PATHS
def test_dropout_keeps_the_mean_and_acts_in_training_only(rows, context):
    with context():
        layer = RowLayers([("dropout", 0.25)])
        values = np.ones_like(rows)
        np.testing.assert_array_equal(np.asarray(layer(values)), values)
        dropped, again = (np.asarray(layer(values, training=True)) for _ in range(2))
    np.testing.assert_allclose(np.unique(dropped), [0, 4 / 3], atol=1e-5)
    assert (dropped == 0).mean() == pytest.approx(0.25, abs=0.03)
    assert (dropped != again).any()
    # Neighbouring columns and rows are independent.
    for first, second in ((dropped[:, 0], dropped[:, 1]), (dropped[:-1, 0], dropped[1:, 0])):
        assert abs(np.corrcoef(first, second)[0, 1]) < 0.15


@pytest.mark.parametrize("count", [0, 1, 700])
def test_any_number_of_rows(rows, count):
    layer = RowLayers(dense_steps([5, 3], "relu"))
    outputs = np.asarray(layer(rows[:count]))
    assert outputs.shape == (count, 3)
    with portable():
        np.testing.assert_allclose(outputs, np.asarray(layer(rows[:count])), atol=1e-5)


def test_a_copy_from_the_configuration_is_the_same_layer(rows):
    layer = RowLayers([("norm",), ("dense", 4), ("gelu",), ("dropout", 0.1), ("scale", 2)])
    expected = np.asarray(layer(rows))
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    copy(rows)
    copy.set_weights(layer.get_weights())
    np.testing.assert_array_equal(np.asarray(copy(rows)), expected)
