from contextlib import nullcontext

import keras
import numpy as np
import pytest
from scipy.special import softmax

from tagwerk.layers.attention import ClassAttention, ClassToken, SelfAttention
from tagwerk.layers.packed_constituents import Pack
from tagwerk.layers.portable import packing_enabled, portable

HEADS, WIDTH = 2, 6
COUNTS = [4, 1, 0]
PATHS = pytest.mark.parametrize("context", [nullcontext, portable])


@pytest.fixture
def random():
    return np.random.default_rng(3)


@pytest.fixture
def steps(random):
    """Three jets with four, one and no constituents, and their mask; padding is large."""
    mask = np.arange(5) < np.array(COUNTS)[:, None]
    return np.where(mask[..., None], random.normal(0, 1, (3, 5, 3)), 1e4).astype("float32"), mask


def with_random_weights(layer, random, *arguments):
    layer(*arguments)
    layer.set_weights([random.normal(0, 1, weight.shape) for weight in layer.get_weights()])
    return layer


def by_hand(layer, queries, values, bias):
    """The equation for one jet, one head at a time."""
    q, q0, k, k0, v, v0, out, out0 = layer.get_weights()
    attended = np.zeros((len(queries), WIDTH))
    for head in range(HEADS):
        columns = slice(3 * head, 3 * head + 3)
        logits = (queries @ q + q0)[:, columns] @ (values @ k + k0)[:, columns].T / np.sqrt(3)
        attended[:, columns] = softmax(logits + bias[head], axis=1) @ (values @ v + v0)[:, columns]
    return attended @ out + out0


def pair_bias(random):
    """A bias of every pair, as rows in the order of `pair_rows`, and as a matrix per jet and head."""
    matrices = random.normal(0, 2, (3, HEADS, 5, 5)).astype("float32")
    matrices += matrices.transpose(0, 1, 3, 2)
    if not packing_enabled():
        return matrices.transpose(0, 2, 3, 1).reshape(-1, HEADS), matrices
    pairs = [(jet, i, j) for jet, count in enumerate(COUNTS) for i in range(count) for j in range(i + 1)]
    return np.array([matrices[jet, :, i, j] for jet, i, j in pairs]), matrices


@PATHS
@pytest.mark.parametrize("with_bias", [False, True])
def test_constituents_attend_to_those_of_their_jet(steps, random, context, with_bias):
    x, mask = steps
    with context():
        rows = np.asarray(Pack()(x, mask))
        bias, matrices = pair_bias(random)
        layer = with_random_weights(SelfAttention(HEADS, WIDTH), random, rows, mask)
        outputs = np.asarray(layer(rows, mask, bias if with_bias else None))[:-1]
        outputs = outputs if packing_enabled() else outputs[mask.ravel()]
    expected = [by_hand(layer, x[jet, :count], x[jet, :count], with_bias * matrices[jet, :, :count, :count])
                for jet, count in enumerate(COUNTS) if count]  # fmt: skip
    np.testing.assert_allclose(outputs, np.concatenate(expected), atol=1e-4)


@PATHS
def test_a_token_attends_to_itself_and_to_the_constituents_of_its_jet(steps, random, context):
    x, mask = steps
    token, normalised = random.normal(0, 1, (2, 3, 3)).astype("float32")
    with context():
        arguments = token, normalised, np.asarray(Pack()(x, mask)), mask
        layer = with_random_weights(ClassAttention(HEADS, WIDTH), random, *arguments)
        outputs = np.asarray(layer(*arguments))
    for jet, count in enumerate(COUNTS):
        values = np.concatenate([normalised[jet : jet + 1], x[jet, :count]])
        expected = by_hand(layer, token[jet : jet + 1], values, np.zeros(HEADS))[0]
        np.testing.assert_allclose(outputs[jet], expected, atol=1e-4)


@PATHS
def test_logits_too_large_for_an_exponential_give_finite_outputs(steps, random, context):
    x, mask = steps
    with context():
        rows, token = np.asarray(Pack()(x, mask)), np.ones((3, 3), "float32")
        for layer, arguments in (
            (SelfAttention(HEADS, WIDTH), (rows, mask)),
            (ClassAttention(HEADS, WIDTH), (token, token, rows, mask)),
        ):
            with_random_weights(layer, random, *arguments)
            layer.set_weights([100 * weight for weight in layer.get_weights()])
            assert np.isfinite(np.asarray(layer(*arguments))).all()


def test_every_jet_starts_from_the_same_token(steps):
    tokens = np.asarray(ClassToken(3)(steps[1]))
    assert tokens.shape == (3, 3)
    assert (tokens == tokens[0]).all()
    assert 0 < np.abs(tokens).max() < 0.05


@PATHS
def test_dropout_acts_on_attention_weights_in_training_only(steps, random, context):
    x, mask = steps
    with context():
        rows = np.asarray(Pack()(x, mask))
        layer = with_random_weights(SelfAttention(HEADS, WIDTH, 0.5), random, rows, mask)
        keras.utils.set_random_seed(1)
        trained = np.stack([np.asarray(layer(rows, mask, training=True))[:4] for _ in range(2000)])
        scored = np.asarray(layer(rows, mask))[:4]
    assert len({outputs.tobytes() for outputs in trained}) > 1000
    # A weight is zero or doubled, with the same probability: the mean is the output without dropout.
    error = trained.std(axis=0) / len(trained) ** 0.5
    assert (error > 0).all()
    assert (np.abs(trained.mean(axis=0) - scored) < 5 * error).all()
