from contextlib import nullcontext

import keras
import numpy as np
import pytest

from tagwerk.layers.edge_conv import EdgeConv, nearest_neighbours
from tagwerk.layers.packed_constituents import Pack, Unpack
from tagwerk.layers.portable import portable

EPSILON = 1e-5  # added to the variance


@pytest.fixture
def random():
    return np.random.default_rng(6)


@pytest.fixture
def jets(random):
    """Four jets with six, two, one and no constituents: features, points and mask."""
    counts = np.array([6, 2, 1, 0])
    return (
        random.normal(0, 1, (4, 7, 3)).astype("float32"),
        random.normal(0, 1, (4, 7, 2)).astype("float32"),
        np.arange(7) < counts[:, None],
    )


def outputs(layer, x, points, mask, **options):
    """The layer's outputs, padded with zeros, (B, T, F)."""
    return np.asarray(Unpack()(layer(Pack()(x, mask), Pack()(points, mask), mask, **options), mask))


@pytest.fixture
def layer(jets, random):
    """Two layers on the edges, three neighbours, and statistics other than zero and one."""
    layer = EdgeConv([4, 5], 3)
    outputs(layer, *jets)
    for weight in layer.weights:
        value = random.normal(0, 1, weight.shape)
        weight.assign(np.abs(value) + 0.5 if weight.name == "moving_variance" else value)
    return layer


def by_hand(layer, x, points, mask):
    """The paper's equation, one edge at a time."""

    def normalised(values, norm):
        gain, shift, mean, variance = (np.asarray(weight) for weight in norm.get_weights())
        return (values - mean) / np.sqrt(variance + EPSILON) * gain + shift

    centre, other, hidden, shortcut = (
        dense.get_weights()[0] for dense in (layer.centre, layer.other, *layer.hidden, layer.shortcut)
    )
    out = np.zeros((*mask.shape, 5))
    for jet in range(len(x)):
        real = np.flatnonzero(mask[jet])
        for i in real:
            others = sorted(real[real != i], key=lambda j: ((points[jet, i] - points[jet, j]) ** 2).sum())[:3]
            edges = []
            for j in others:
                edge = np.maximum(normalised(x[jet, i] @ centre + x[jet, j] @ other, layer.norms[0]), 0)
                edges.append(np.maximum(normalised(edge @ hidden, layer.norms[1]), 0))
            mean = np.mean(edges, axis=0) if edges else 0
            out[jet, i] = np.maximum(normalised(x[jet, i] @ shortcut, layer.norms[2]) + mean, 0)
    return out


@pytest.mark.parametrize("context", [nullcontext, portable])
def test_the_output_is_that_of_the_equation_over_nearest_neighbours(layer, jets, context):
    with context():
        np.testing.assert_allclose(outputs(layer, *jets), by_hand(layer, *jets), atol=1e-5)


def test_centre_and_difference_are_centre_and_other_in_another_basis(layer, jets, random):
    """h(x_i, x_j - x_i) of the paper is A x_i + B (x_j - x_i) = (A - B) x_i + B x_j."""
    a, b = random.normal(0, 1, (2, 3, 4))
    layer.centre.set_weights([a - b])
    layer.other.set_weights([b])
    x_i, x_j = jets[0][0, :2]
    edge = np.asarray(layer.centre(x_i[None]) + layer.other(x_j[None]))[0]
    np.testing.assert_allclose(edge, x_i @ a + (x_j - x_i) @ b, atol=1e-5)


def test_statistics_are_of_real_edges_only(jets):
    x, points, mask = jets
    layer, longer = EdgeConv([4], 3), EdgeConv([4], 3)
    outputs(layer, *jets)
    outputs(longer, *jets)
    longer.set_weights(layer.get_weights())
    wide = [np.pad(array, [(0, 0), (0, 9), (0, 0)], constant_values=50) for array in (x, points)]
    outputs(layer, *jets, training=True)
    with portable():
        outputs(longer, *wide, np.pad(mask, [(0, 0), (0, 9)]), training=True)
    for weight, longer_weight in zip(layer.get_weights(), longer.get_weights(), strict=True):
        np.testing.assert_allclose(weight, longer_weight, atol=1e-5)


def test_neighbours_are_other_real_constituents():
    points = np.array([[[0.0], [1.0], [3.0], [0.0]]], "float32")
    mask = np.array([[True, True, True, False]])
    indices, real = (np.asarray(array) for array in nearest_neighbours(points, mask, 3))
    assert real[0].sum(axis=1).tolist() == [2, 2, 2, 0]
    assert indices[0, :3, :2].tolist() == [[1, 2], [0, 2], [1, 0]]


@pytest.mark.parametrize("length", [1, 2])
def test_there_may_be_fewer_constituents_than_neighbours(layer, jets, length):
    x, points, mask = (array[:, :length] for array in jets)
    np.testing.assert_allclose(outputs(layer, x, points, mask), by_hand(layer, x, points, mask), atol=1e-5)


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("context", [nullcontext, portable])
def test_distances_are_not_rounded_with_mixed_precision(random, context, precision):
    """Between constituents nearer to one another than half precision resolves; as the others, in single precision."""
    x, mask = random.normal(0, 1, (3, 12, 3)).astype("float32"), np.ones((3, 12), bool)
    points = (0.3 + 0.0008 * random.normal(0, 1, (3, 12, 2))).astype("float32")
    with context():
        exact, mixed = EdgeConv([4, 5], 2), EdgeConv([4, 5], 2, dtype=precision)
        expected = outputs(exact, x, points, mask)
        outputs(mixed, x, points, mask)
        mixed.set_weights(exact.get_weights())
        np.testing.assert_allclose(
            keras.ops.cast(outputs(mixed, x, points, mask), "float32"), expected, atol=0.05 * np.abs(expected).max()
        )
