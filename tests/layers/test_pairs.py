import numpy as np
import pytest
import vector
from scipy.special import erf

from tagwerk.layers.pairs import PairBias, pair_features


@pytest.fixture
def momenta():
    """Two jets with three and one constituents around φ = π, and their mask."""
    random = np.random.default_rng(7)
    pt, eta = random.exponential(30, (2, 4)) + 1, random.normal(1, 0.3, (2, 4))
    phi = (random.normal(np.pi, 0.3, (2, 4)) + np.pi) % (2 * np.pi) - np.pi
    energy = np.hypot(pt * np.cosh(eta), 0.14)
    return np.stack([pt, eta, phi, energy], axis=-1).astype("float32"), np.arange(4) < np.array([[3], [1]])


def test_features_are_those_of_the_paper(momenta):
    x, _ = momenta
    constituents = [vector.obj(pt=pt, eta=eta, phi=phi, E=energy) for pt, eta, phi, energy in x[0].astype(float)]
    for i in range(4):
        for j in set(range(4)) - {i}:
            a, b = constituents[i], constituents[j]
            softer, delta = min(a.pt, b.pt), np.hypot(a.rapidity - b.rapidity, a.deltaphi(b))
            expected = np.log([delta, softer * delta, softer / (a.pt + b.pt), (a + b).mass2])
            np.testing.assert_allclose(np.asarray(pair_features(x[0, i], x[0, j])), expected, atol=2e-4)


def test_collinear_constituents_and_zero_momenta_give_finite_features():
    momenta = np.array([[10, 1, 2, 16], [10, 1, 2, 16], [0, 0, 0, 0], [5, 300, 0, 1e4]], "float32")
    assert np.isfinite(np.asarray(pair_features(momenta[:, None], momenta))).all()


def by_hand(layer, momenta):
    """The network on one pair, in inference."""

    def normalised(values, norm):
        gain, shift, mean, variance = (np.asarray(weight) for weight in norm.get_weights())
        return (values - mean) / np.sqrt(variance + 1e-5) * gain + shift

    values = normalised(np.asarray(pair_features(*momenta)), layer.norms[0])
    for linear, norm in zip(layer.linear, layer.norms[1:], strict=True):
        values = normalised(values @ linear.get_weights()[0], norm)
        if norm is not layer.norms[-1]:
            values = values * 0.5 * (1 + erf(values / np.sqrt(2)))
    return values


def test_biases_are_those_of_the_network_on_each_pair_and_zero_where_padded(momenta):
    x, mask = momenta
    layer, random = PairBias(2, [5, 3]), np.random.default_rng(2)
    layer(x, mask)
    layer.set_weights([random.uniform(0.5, 1.5, weight.shape) for weight in layer.weights])
    biases = np.asarray(layer(np.where(mask[..., None], x, np.nan), mask))
    assert biases.shape == (2, 2, 4, 4)
    for jet, i, j in np.ndindex(2, 4, 4):
        real = mask[jet, i] and mask[jet, j]
        expected = by_hand(layer, (x[jet, max(i, j)], x[jet, min(i, j)])) if real else 0
        np.testing.assert_allclose(biases[jet, :, i, j], expected, rtol=1e-3, atol=1e-4)


def test_padding_does_not_enter_the_statistics(momenta):
    x, mask = momenta
    layer, longer = PairBias(2, [5]), PairBias(2, [5])
    layer(x, mask)
    wide = np.pad(x, [(0, 0), (0, 3), (0, 0)], constant_values=9), np.pad(mask, [(0, 0), (0, 3)])
    longer(*wide)
    longer.set_weights(layer.get_weights())
    layer(x, mask, training=True)
    longer(*wide, training=True)
    for norm, other in zip(layer.norms, longer.norms, strict=True):
        for weight, longer_weight in zip(norm.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_allclose(weight, longer_weight, atol=1e-5)
