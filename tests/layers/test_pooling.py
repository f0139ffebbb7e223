import numpy as np
import pytest

from tagwerk.layers.pooling import MaskedMax, MaskedMean

pytestmark = pytest.mark.usefixtures("tensorflow")

# Three jets of two, one and no constituents; what stands behind a jet's end must not be seen.
VALUES = np.array([[[1, -4], [3, -2], [99, 99]], [[-5, 0], [99, 99], [99, 99]], [[99, 99]] * 3], "float32")
MASK = np.array([[True, True, False], [True, False, False], [False] * 3])


@pytest.mark.parametrize(
    ("layer", "expected"),
    [(MaskedMean, [[2, -3], [-5, 0], [0, 0]]), (MaskedMax, [[3, -2], [-5, 0], [0, 0]])],
)
def test_three_jets_by_hand(layer, expected):
    assert np.asarray(layer()(VALUES, MASK)).tolist() == expected


@pytest.mark.parametrize("layer", [MaskedMean, MaskedMax])
def test_real_zeros_are_seen(layer):
    jet, real = np.array([[[0.0], [-6.0]]], "float32"), np.array([[True, True]])
    expected = {MaskedMean: -3, MaskedMax: 0}[layer]
    assert np.asarray(layer()(jet, real)).item() == expected
