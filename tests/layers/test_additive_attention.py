import numpy as np
import pytest

from tagwerk.layers.additive_attention import AdditiveAttention


@pytest.fixture
def steps():
    """Three jets with four, one and no constituents, and their mask."""
    values = np.random.default_rng(2).normal(0, 1, (3, 5, 3)).astype("float32")
    return values, np.arange(5) < np.array([4, 1, 0])[:, None]


@pytest.fixture
def layer(steps):
    layer = AdditiveAttention(6)
    layer(*steps)
    random = np.random.default_rng(3)
    layer.set_weights([random.normal(0, 1, weight.shape) for weight in layer.get_weights()])
    return layer


def test_the_output_is_the_mean_of_the_steps_with_the_weights_of_the_equations(layer, steps):
    x, mask = steps
    w, b, v = layer.get_weights()
    for jet in range(2):
        real = x[jet][mask[jet]]
        scores = np.exp([v[:, 0] @ np.tanh(w.T @ step + b) for step in real])
        expected = (scores[:, None] / scores.sum() * real).sum(axis=0)
        np.testing.assert_allclose(np.asarray(layer(*steps))[jet], expected, atol=1e-6)


def test_weights_sum_to_one_and_are_zero_for_padding(layer, steps):
    weights = np.asarray(layer.attention_weights(*steps))
    assert weights.sum(axis=1) == pytest.approx([1, 1, 0])
    assert not weights[~steps[1]].any()
    assert weights[1, 0] == pytest.approx(1)


def test_scores_too_large_for_an_exponential_give_finite_weights(layer, steps):
    layer.set_weights([500 * weight for weight in layer.get_weights()])
    assert np.asarray(layer.attention_weights(*steps)).sum(axis=1) == pytest.approx([1, 1, 0])
