import numpy as np
import pytest
from scipy.special import softmax

from tagwerk.packed.jet_attention import NO_DROPOUT, Dropout, attend, gradients
from tagwerk.packed.segments import Segments

HEADS = 2
COUNTS = [5, 1, 0, 18]


@pytest.fixture
def segments():
    return Segments.of_mask(np.arange(20) < np.array(COUNTS)[:, None])


@pytest.fixture
def arrays():
    random = np.random.default_rng(1)
    pairs = sum(count * (count + 1) // 2 for count in COUNTS)
    queries, keys, values = random.normal(0, 1, (3, sum(COUNTS) + 1, 6)).astype("float32")
    return queries, keys, values, random.normal(0, 1, (pairs, HEADS)).astype("float32")


def attended(arrays, segments, drop, threads=1):
    return attend(*arrays, segments, HEADS, threads, keep_residuals=True, drop=drop)


def dropped_weights(arrays, segments, drop):
    """The weights of the last jet after dropout, (heads, N, N): only one constituent at a time has a value."""
    queries, keys, values, bias = arrays
    weights = np.zeros((HEADS, 18, 18))
    for j in range(18):
        values = np.zeros_like(values)
        values[6 + j] = 1
        out, _ = attended((queries, keys, values, bias), segments, drop)
        weights[:, :, j] = out[6:24, ::3].T
    return weights


def test_dropped_weights_are_zero_and_others_are_scaled(arrays, segments):
    plain = dropped_weights(arrays, segments, NO_DROPOUT)
    dropped = dropped_weights(arrays, segments, Dropout(0.25, 7))
    zero = dropped == 0
    np.testing.assert_allclose(np.where(zero, 0, plain / 0.75), dropped, rtol=1e-5)
    assert abs(zero.mean() - 0.25) < 5 * (0.25 * 0.75 / zero.size) ** 0.5
    # The choice differs between heads, rows and seeds.
    assert abs((zero[0] == zero[1]).mean() - (0.75**2 + 0.25**2)) < 0.15
    assert abs((zero[0, 1:] == zero[0, :-1]).mean() - (0.75**2 + 0.25**2)) < 0.15
    assert (zero != (dropped_weights(arrays, segments, Dropout(0.25, 8)) == 0)).mean() > 0.2


def test_dropout_does_not_depend_on_threads(arrays, segments):
    one, _ = attended(arrays, segments, Dropout(0.3, 5), threads=1)
    two, _ = attended(arrays, segments, Dropout(0.3, 5), threads=2)
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("drop", [NO_DROPOUT, Dropout(0.3, 5)], ids=["all", "dropout"])
def test_gradients_are_those_of_finite_differences(arrays, segments, drop):
    random = np.random.default_rng(2)
    grad_outputs = random.normal(0, 1, arrays[0].shape).astype("float32")
    grad_outputs[-1] = 0
    _, weights = attended(arrays, segments, drop)
    grads = gradients(grad_outputs, *arrays, weights, segments, HEADS, 1, drop)
    for index, (grad, array) in enumerate(zip(grads, arrays, strict=True)):
        direction = random.normal(0, 1, array.shape).astype("float32")
        moved = []
        for step in (0.01, -0.01):
            shifted = [each + step * direction if at == index else each for at, each in enumerate(arrays)]
            moved.append(np.sum(attended(shifted, segments, drop)[0].astype("float64") * grad_outputs))
        assert (moved[0] - moved[1]) / 0.02 == pytest.approx(np.sum(grad * direction), rel=2e-3, abs=2e-3)


def test_equals_the_softmax(arrays, segments):
    queries, keys, values, _ = arrays
    out, _ = attend(queries, keys, values, np.zeros((0, HEADS), "float32"), segments, HEADS, 1, keep_residuals=False)
    for head in (slice(0, 3), slice(3, 6)):
        logits = queries[6:24, head] @ keys[6:24, head].T / np.sqrt(3)
        np.testing.assert_allclose(out[6:24, head], softmax(logits, axis=1) @ values[6:24, head], atol=1e-5)
