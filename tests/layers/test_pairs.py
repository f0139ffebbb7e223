from contextlib import nullcontext

import keras
import numpy as np
import pytest
from scipy.special import erf

from tagwerk.jets.pair_features import pair_features, pair_kinematics
from tagwerk.layers.packed_constituents import Pack
from tagwerk.layers.pairs import PairBias, padded_bias
from tagwerk.layers.portable import portable


@pytest.fixture
def momenta():
    """Two jets with three and one constituents around φ = π, and their mask."""
    random = np.random.default_rng(7)
    pt, eta = random.exponential(30, (2, 4)) + 1, random.normal(1, 0.3, (2, 4))
    phi = (random.normal(np.pi, 0.3, (2, 4)) + np.pi) % (2 * np.pi) - np.pi
    energy = np.hypot(pt * np.cosh(eta), 0.14)
    return np.stack([pt, eta, phi, energy], axis=-1).astype("float32"), np.arange(4) < np.array([[3], [1]])


def features(first, second):
    first, second = (pair_kinematics(np, *np.moveaxis(momenta, -1, 0)) for momenta in (first, second))
    return np.stack(pair_features(np, first, second), axis=-1)


def by_hand(layer, momenta):
    """The network on one pair, in inference."""

    def normalised(values, norm):
        gain, shift, mean, variance = (np.asarray(weight) for weight in norm.get_weights())
        return (values - mean) / np.sqrt(variance + 1e-5) * gain + shift

    values = normalised(features(*momenta), layer.norms[0])
    for linear, norm in zip(layer.linear, layer.norms[1:], strict=True):
        values = normalised(values @ linear.get_weights()[0], norm)
        if norm is not layer.norms[-1]:
            values = values * 0.5 * (1 + erf(values / np.sqrt(2)))
    return values


@pytest.mark.parametrize("context", [nullcontext, portable])
def test_biases_are_those_of_the_network_on_each_pair(momenta, context):
    x, mask = momenta
    layer, random = PairBias(2, [5, 3]), np.random.default_rng(2)
    with context():
        rows = Pack()(np.where(mask[..., None], x, 7), mask)
        layer(rows, mask)
        layer.set_weights([random.uniform(0.5, 1.5, weight.shape) for weight in layer.weights])
        biases = np.asarray(padded_bias(layer(rows, mask), mask))
    assert biases.shape == (2, 2, 4, 4)
    for jet, i, j in zip(*np.nonzero(mask[:, :, None] & mask[:, None]), strict=True):
        expected = by_hand(layer, (x[jet, max(i, j)], x[jet, min(i, j)]))
        np.testing.assert_allclose(biases[jet, :, i, j], expected, rtol=1e-3, atol=1e-4)


def test_padding_does_not_enter_the_statistics(momenta):
    x, mask = momenta
    layer, longer = PairBias(2, [5]), PairBias(2, [5])
    wide = np.pad(x, [(0, 0), (0, 3), (0, 0)], constant_values=9), np.pad(mask, [(0, 0), (0, 3)])
    layer(Pack()(x, mask), mask, training=True)
    with portable():
        longer(Pack()(*wide), wide[1])
        longer(Pack()(*wide), wide[1], training=True)
    for norm, other in zip(layer.norms[:1], longer.norms[:1], strict=True):
        for weight, longer_weight in zip(norm.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_allclose(weight, longer_weight, atol=1e-5)


@pytest.mark.parametrize("context", [nullcontext, portable])
@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_momenta_are_not_rounded_with_mixed_precision(momenta, context, precision):
    """In half precision, squares of hundreds of GeV are infinite, and angles have three digits."""
    x, mask = momenta
    x = x * np.array([20, 1, 1, 20], "float32")
    exact, mixed = PairBias(2, [5]), PairBias(2, [5], dtype=precision)
    with context():
        expected = np.asarray(exact(Pack()(x, mask), mask))
        rows = Pack(dtype=precision)(x, mask)
        mixed(rows, mask)
        mixed.set_weights(exact.get_weights())
        bias = np.asarray(keras.ops.cast(mixed(rows, mask), "float32"))
    np.testing.assert_allclose(bias, expected, atol=0.02 * np.abs(expected).max())
