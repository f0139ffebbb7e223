"""The recurrent cells against their equations, step by step."""

import keras
import numpy as np
import pytest
from scipy.special import expit, softmax

from tagwerk.layers.classifier import classify
from tagwerk.layers.model_inputs import ModelInputs
from tagwerk.layers.recurrent_stack import Recurrent
from tagwerk.layers.schema import Schema
from tests.layers.conftest import numerical_gradient, outputs_and_gradients

UNITS = 4
CELLS = ["simple_rnn", "lstm", "gru", "min_gru", "min_lstm"]


def lstm_step(x, state, kernel, recurrent, bias):
    """C' = f C + i tanh(...), h' = o tanh(C'); Keras's order of the gates is i, f, C, o."""
    h, c = state
    i, f, candidate, o = np.split(x @ kernel + h @ recurrent + bias, 4)
    c = expit(f) * c + expit(i) * np.tanh(candidate)
    return expit(o) * np.tanh(c), c


def gru_step(x, state, kernel, recurrent, bias):
    """h' = (1 - z) h + z tanh(...); Keras's gate is 1 - z, and r acts after the product (arXiv:1406.1078v1)."""
    (h,) = state
    x_gates, h_gates = np.split(x @ kernel + bias[0], 3), np.split(h @ recurrent + bias[1], 3)
    z, r = (1 - expit(x_gates[0] + h_gates[0])), expit(x_gates[1] + h_gates[1])
    return ((1 - z) * h + z * np.tanh(x_gates[2] + r * h_gates[2]),)


def simple_step(x, state, kernel, recurrent, bias):
    """h' = tanh(W x + U h + b)."""
    return (np.tanh(x @ kernel + state[0] @ recurrent + bias),)


def positive(x):
    """g of arXiv:2410.01201, appendix B."""
    return np.where(x >= 0, x + 0.5, expit(x))


def min_gru_step(x, state, kernel, bias):
    """h' = (1 - z) h + z g(...), with gates of x alone."""
    z, candidate = np.split(x @ kernel + bias, 2)
    return ((1 - expit(z)) * state[0] + expit(z) * positive(candidate),)


def min_lstm_step(x, state, kernel, bias):
    """h' = f / (f + i) h + i / (f + i) g(...), with gates of x alone."""
    f, i, candidate = np.split(x @ kernel + bias, 3)
    f, i = expit(f), expit(i)
    return ((f * state[0] + i * positive(candidate)) / (f + i),)


STEPS = {"simple_rnn": (simple_step, 1), "lstm": (lstm_step, 2), "gru": (gru_step, 1)}
STEPS |= {"min_gru": (min_gru_step, 1), "min_lstm": (min_lstm_step, 1)}


def by_hand(cell, x, mask, weights):
    """The outputs of all steps (B, T, U); padding leaves the state unchanged."""
    step, states = STEPS[cell]
    outputs = np.zeros((*mask.shape, UNITS))
    for jet in range(len(x)):
        state = (np.zeros(UNITS),) * states
        for time in range(mask.shape[1]):
            if mask[jet, time]:
                state = step(x[jet, time], state, *weights)
            outputs[jet, time] = state[0]
    return outputs


def encoder(cell, pooling, units, random, direction="forward"):
    """A model of the encoder only, with weights large enough to saturate some gates."""
    x, mask = keras.Input((None, 3)), keras.Input((None,), dtype="bool")
    model = keras.Model([x, mask], Recurrent(cell, units, direction, pooling)(x, mask))
    model.set_weights([random.normal(0, 1, weight.shape) for weight in model.get_weights()])
    return model


@pytest.fixture
def random():
    return np.random.default_rng(4)


@pytest.fixture
def jets(random):
    """Four jets with 5, 3, 1 and no constituents."""
    return random.normal(0, 1, (4, 5, 3)).astype("float32"), np.arange(5) < np.array([5, 3, 1, 0])[:, None]


@pytest.mark.parametrize("cell", CELLS)
def test_the_last_state_follows_the_update_equations(cell, jets, random):
    model = encoder(cell, "last", [UNITS], random)
    expected = by_hand(cell, *jets, model.get_weights())[:, -1]
    np.testing.assert_allclose(model.predict_on_batch(list(jets)), expected, atol=1e-6)
    assert not expected[3].any()


@pytest.mark.parametrize("cell", CELLS)
def test_two_pooled_layers_are_the_equations_twice_then_mean_and_maximum(cell, jets, random):
    x, mask = jets
    model = encoder(cell, "mean_max", [UNITS, UNITS], random)
    weights = model.get_weights()
    half = len(weights) // 2
    steps = by_hand(cell, by_hand(cell, x, mask, weights[:half]), mask, weights[half:])
    expected = [
        np.concatenate([s[m].mean(axis=0), s[m].max(axis=0)]) if m.any() else np.zeros(2 * UNITS)
        for s, m in zip(steps, mask, strict=True)
    ]
    np.testing.assert_allclose(model.predict_on_batch(list(jets)), expected, atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_are_those_of_the_update_equations(cell, jets, random):
    x, mask = jets
    layer = Recurrent(cell, [UNITS], pooling="last")
    layer.build((None, None, 3))
    layer.set_weights([random.normal(0, 0.7, weight.shape) for weight in layer.get_weights()])
    _, *gradients = outputs_and_gradients(layer, x, mask)

    def loss(x, *weights):
        return (by_hand(cell, x, mask, weights)[:, -1] ** 2).sum()

    for index, gradient in enumerate(gradients):
        expected = numerical_gradient(loss, [x, *layer.get_weights()], index)
        np.testing.assert_allclose(gradient, expected, atol=1e-5, rtol=1e-4)


def test_forget_gates_start_open():
    layer = keras.layers.LSTM(UNITS)
    layer.build((None, None, 3))
    np.testing.assert_array_equal(np.split(layer.get_weights()[2], 4)[1], 1)


@pytest.mark.parametrize("cell", CELLS)
def test_backward_is_forward_over_the_reversed_real_constituents(cell, jets, random):
    x, mask = jets
    model = encoder(cell, "last", [UNITS], random, "backward")
    reversed_x = np.stack([np.concatenate([jet[real][::-1], jet[~real]]) for jet, real in zip(x, mask, strict=True)])
    expected = by_hand(cell, reversed_x, mask, model.get_weights())[:, -1]
    np.testing.assert_allclose(model.predict_on_batch([x, mask]), expected, atol=1e-6)


@pytest.mark.parametrize("pooling", ["last", "mean"])
def test_both_directions_are_concatenated(pooling, jets, random):
    both, forward, backward = (
        encoder("gru", pooling, [UNITS], random, direction) for direction in ("both", "forward", "backward")
    )
    half = len(both.get_weights()) // 2
    forward.set_weights(both.get_weights()[:half])
    backward.set_weights(both.get_weights()[half:])
    expected = [model.predict_on_batch(list(jets)) for model in (forward, backward)]
    np.testing.assert_allclose(both.predict_on_batch(list(jets)), np.concatenate(expected, axis=1), atol=1e-6)


def test_the_classifier_is_dense_layers_and_a_softmax(random):
    encoded = keras.Input((3,))
    inputs = ModelInputs(Schema(["qcd", "top"], [], {}), {}, {}, {}, None, [])
    model = keras.Model(encoded, classify(inputs, encoded, [4], 0.5))
    model.set_weights([random.normal(0, 1, weight.shape) for weight in model.get_weights()])
    first, bias, second, last = model.get_weights()
    x = random.normal(0, 1, (5, 3))
    expected = softmax(np.maximum(x @ first + bias, 0) @ second + last, axis=1)
    np.testing.assert_allclose(model.predict_on_batch(x), expected, atol=1e-6)
