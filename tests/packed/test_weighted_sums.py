"""Sums per jet against a loop, and their gradients against the sum of products that they are."""

import numpy as np
import pytest

from tagwerk.packed.segments import Segments
from tagwerk.packed.weighted_sums import gradients, run


@pytest.mark.parametrize("counts", [[3, 0, 5, 1], [0, 0], [], [17]])
def test_sums_and_gradients_by_a_loop(counts):
    random = np.random.default_rng(1)
    mask = np.arange(20) < np.array(counts, int).reshape(-1, 1)
    segments = Segments.of_mask(mask)
    rows = random.normal(0, 1, (len(segments) + 1, 19)).astype("float32")
    weights = random.normal(0, 1, mask.shape).astype("float32")
    grad_sums = random.normal(0, 1, (len(mask), 19)).astype("float32")
    sums, grad_rows = np.zeros((len(mask), 19)), np.zeros_like(rows)
    for row, jet in enumerate(segments.jets):
        weight = weights[jet, row - segments.offsets[jet]]
        sums[jet] += weight * rows[row]
        grad_rows[row] = weight * grad_sums[jet]
    np.testing.assert_allclose(run(rows, weights, mask), sums, atol=1e-5)
    np.testing.assert_allclose(gradients(grad_sums, weights, mask), grad_rows, atol=1e-6)
