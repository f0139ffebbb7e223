"""Functions of the rows of each jet: any split into parts, and batches of any composition."""

import numpy as np
import pytest

from tagwerk.packed.jet_rows import CONVOLUTION, SELECTIVE_SCAN, gradients, run
from tagwerk.packed.segments import Segments

WIDTH, STATES, RANK = 5, 3, 2
WEIGHTS = {
    CONVOLUTION: [(4, WIDTH), (WIDTH,)],
    SELECTIVE_SCAN: [(RANK, WIDTH), (WIDTH,), (STATES, WIDTH), (WIDTH,)],
}
ROWS = {CONVOLUTION: [WIDTH], SELECTIVE_SCAN: [WIDTH, WIDTH, RANK + 2 * STATES]}


def arguments_of(kernels, rows):
    random = np.random.default_rng(2)
    arrays = [random.normal(0, 1, (rows + 1, width)) for width in ROWS[kernels]]
    weights = [np.abs(random.normal(0, 1, shape)) for shape in WEIGHTS[kernels]]
    return [array.astype("float32") for array in (*arrays, *weights)]


@pytest.fixture(params=[CONVOLUTION, SELECTIVE_SCAN], ids=["convolution", "scan"])
def kernels(request):
    return request.param


@pytest.mark.parametrize("threads", [2, 3, 20])
def test_the_number_of_threads_does_not_change_outputs_and_gradients(kernels, threads):
    segments = Segments(np.array([4, 9, 0, 1, 2, 9, 3]))
    arguments = arguments_of(kernels, len(segments))
    grad_out = np.random.default_rng(3).normal(0, 1, arguments[0].shape).astype("float32")
    one, several = (
        [run(kernels, segments, arguments, count), *gradients(kernels, segments, arguments, grad_out, count)]
        for count in (1, threads)
    )
    assert not one[0][-1].any()
    for array, other in zip(several, one, strict=True):
        np.testing.assert_allclose(array, other, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("jets", [0, 3])
def test_a_batch_without_constituents_gives_zeros(kernels, jets):
    segments, arguments = Segments(np.zeros(jets, np.int64)), arguments_of(kernels, 0)
    grad_out = np.ones_like(arguments[0])
    for array in [run(kernels, segments, arguments, 2), *gradients(kernels, segments, arguments, grad_out, 2)]:
        assert np.isfinite(array).all()
        assert not array.any()
