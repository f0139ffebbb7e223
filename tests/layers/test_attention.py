import numpy as np
import pytest
from scipy.special import softmax

from tagwerk.layers.attention import Attention, ClassToken, Scale

HEADS, WIDTH = 2, 6


@pytest.fixture
def random():
    return np.random.default_rng(3)


@pytest.fixture
def steps(random):
    """Three jets with four, one and no constituents, and their mask."""
    return random.normal(0, 1, (3, 5, 3)).astype("float32"), np.arange(5) < np.array([4, 1, 0])[:, None]


@pytest.fixture
def layer(steps, random):
    layer = Attention(HEADS, WIDTH)
    layer(steps[0], *steps)
    layer.set_weights([random.normal(0, 1, weight.shape) for weight in layer.get_weights()])
    return layer


def by_hand(layer, queries, values, mask, bias):
    """The equation, for one jet with constituents and one head at a time."""
    q, q0, k, k0, v, v0, out, out0 = layer.get_weights()
    attended = np.zeros((*queries.shape[:2], WIDTH))
    for jet in np.flatnonzero(mask.any(axis=1)):
        real = values[jet][mask[jet]]
        for head in range(HEADS):
            columns = slice(3 * head, 3 * head + 3)
            logits = (queries[jet] @ q + q0)[:, columns] @ (real @ k + k0)[:, columns].T / np.sqrt(3)
            weights = softmax(logits + bias[jet, head][:, mask[jet]], axis=1)
            attended[jet, :, columns] = weights @ (real @ v + v0)[:, columns]
    return attended @ out + out0


@pytest.mark.parametrize("strength", [0, 2])
def test_every_head_is_the_softmax_of_the_equation(layer, steps, random, strength):
    x, mask = steps
    queries = random.normal(0, 1, (3, 2, 3)).astype("float32")
    bias = strength * random.normal(0, 1, (3, HEADS, 2, 5)).astype("float32")
    outputs = np.asarray(layer(queries, x, mask, bias if strength else None))
    np.testing.assert_allclose(outputs[:2], by_hand(layer, queries, x, mask, bias)[:2], atol=1e-5)
    assert np.isfinite(outputs[2]).all()


def test_padding_is_not_attended_to(layer, steps):
    x, mask = steps
    corrupted = np.where(mask[..., None], x, 1e4).astype("float32")
    outputs, expected = layer(x, corrupted, mask), layer(x, x, mask)
    np.testing.assert_allclose(np.asarray(outputs)[:2], np.asarray(expected)[:2], atol=1e-6)


def test_logits_too_large_for_an_exponential_give_finite_outputs(layer, steps):
    layer.set_weights([100 * weight for weight in layer.get_weights()])
    assert np.isfinite(np.asarray(layer(steps[0], *steps))).all()


def test_every_jet_starts_from_the_same_token(steps):
    tokens = np.asarray(ClassToken(3)(steps[1]))
    assert tokens.shape == (3, 3)
    assert (tokens == tokens[0]).all()
    assert 0 < np.abs(tokens).max() < 0.05


def test_scales_start_at_one_and_apply_to_consecutive_features(random):
    values = random.normal(0, 1, (2, 6)).astype("float32")
    heads, features = Scale(2), Scale()
    np.testing.assert_array_equal(np.asarray(heads(values)), values)
    np.testing.assert_array_equal(np.asarray(features(values)), values)
    heads.set_weights([np.array([2, 3])])
    features.set_weights([np.arange(6)])
    np.testing.assert_allclose(np.asarray(heads(values)), values * [2, 2, 2, 3, 3, 3])
    np.testing.assert_allclose(np.asarray(features(values)), values * np.arange(6))
