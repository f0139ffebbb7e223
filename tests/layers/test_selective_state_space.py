"""The parts of a Mamba block against their equations, constituent by constituent (arXiv:2312.00752)."""

from contextlib import nullcontext

import keras
import numpy as np
import pytest
from scipy.special import expit

from tagwerk.layers.convolution import CausalConvolution
from tagwerk.layers.explicit_mask import ExplicitMask
from tagwerk.layers.packed_constituents import Pack, Unpack
from tagwerk.layers.portable import portable
from tagwerk.layers.selective_state_space import SelectiveStateSpace
from tests.layers.conftest import numerical_gradient, outputs_and_gradients

WIDTH, STATES, TAPS = 3, 2, 3
# Jets with padding at the end, in between, and nothing else.
MASK = np.array([[True, True, True, True, False], [True, False, True, True, True], [False] * 5])


class Padded(ExplicitMask):
    """A layer on packed rows, on padded constituents (B, T, F) whose columns are split into its arguments."""

    def __init__(self, layer, arguments):
        super().__init__()
        self.layer, self.arguments = layer, arguments

    def build(self, constituents_shape):
        width = constituents_shape[-1] // self.arguments
        self.layer.build(*[(None, width)] * self.arguments)

    def call(self, constituents, mask, training=False):
        columns = keras.ops.split(constituents, self.arguments, axis=-1)
        return Unpack()(self.layer(*(Pack()(each, mask) for each in columns), mask), mask)


def convolution_by_hand(x, mask, kernel, bias):
    """silu(b + Σ_k w_k x_{t-k}) over the real constituents."""
    out = np.zeros_like(x)
    for jet, real in enumerate(mask):
        steps = x[jet, real]
        for t, position in enumerate(np.flatnonzero(real)):
            total = bias + sum(kernel[k] * steps[t - k] for k in range(min(TAPS, t + 1)))
            out[jet, position] = total * expit(total)
    return out


def scan_by_hand(inputs, mask, projection, delta_kernel, delta_bias, log_rates, skip):
    """silu(z) (C · h + D x), h' = exp(Δ A) h + Δ B x, feature by feature."""
    x, z = np.split(inputs, 2, axis=-1)
    out, a = np.zeros_like(x), -np.exp(log_rates)
    for jet, real in enumerate(mask):
        h = np.zeros((STATES, WIDTH))
        for t in np.flatnonzero(real):
            low, b, c = np.split(x[jet, t] @ projection, [len(delta_kernel), len(delta_kernel) + STATES])
            delta = np.log1p(np.exp(low @ delta_kernel + delta_bias))
            for e in range(WIDTH):
                h[:, e] = np.exp(delta[e] * a[:, e]) * h[:, e] + delta[e] * b * x[jet, t, e]
                y = c @ h[:, e] + skip[e] * x[jet, t, e]
                out[jet, t, e] = z[jet, t, e] * expit(z[jet, t, e]) * y
    return out


LAYERS = {
    "convolution": (lambda: CausalConvolution(TAPS), 1, convolution_by_hand),
    "scan": (lambda: SelectiveStateSpace(STATES), 2, scan_by_hand),
}


@pytest.fixture(params=LAYERS)
def case(request):
    """A layer with random weights, constituents, and the function by hand."""
    constructor, arguments, by_hand = LAYERS[request.param]
    random, layer = np.random.default_rng(3), Padded(constructor(), arguments)
    layer.build((None, None, arguments * WIDTH))
    layer.set_weights([random.normal(0, 0.8, weight.shape) for weight in layer.weights])
    return layer, random.normal(0, 1, (*MASK.shape, arguments * WIDTH)).astype("float32"), by_hand


@pytest.mark.parametrize("context", [nullcontext, portable])
def test_outputs_and_gradients_follow_the_equations(case, context):
    layer, x, by_hand = case
    with context():
        outputs, *gradients = outputs_and_gradients(layer, x, MASK)
    np.testing.assert_allclose(outputs, by_hand(x, MASK, *layer.get_weights()), atol=1e-5)

    def loss(x, *weights):
        return (by_hand(x, MASK, *weights) ** 2).sum()

    for index, gradient in enumerate(gradients):
        expected = numerical_gradient(loss, [x, *layer.get_weights()], index)
        np.testing.assert_allclose(gradient, expected, atol=1e-5, rtol=1e-4)


def test_before_training_states_decay_within_one_to_a_thousand_constituents():
    layer = SelectiveStateSpace(4)
    layer.build((None, 64), (None, 64))
    _, _, delta_bias, log_rates, skip = layer.get_weights()
    delta = np.log1p(np.exp(delta_bias))
    assert 0.001 <= delta.min() < 0.01 < delta.max() <= 0.1
    np.testing.assert_allclose(np.exp(log_rates), np.arange(1, 5)[:, None] * np.ones(64), rtol=1e-5)
    assert (skip == 1).all()
