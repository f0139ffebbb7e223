from contextlib import nullcontext

import numpy as np
import pytest

from tagwerk.layers.packed_constituents import Pack
from tagwerk.layers.pooling import MaskedMax, MaskedMean, PackedMean, PackedSum, Shares
from tagwerk.layers.portable import portable

# Three jets with two, one and no constituents; padding must have no effect.
VALUES = np.array([[[1, -4], [3, -2], [99, 99]], [[-5, 0], [99, 99], [99, 99]], [[99, 99]] * 3], "float32")
MASK = np.array([[True, True, False], [True, False, False], [False] * 3])


@pytest.mark.parametrize(
    ("layer", "expected"),
    [(MaskedMean, [[2, -3], [-5, 0], [0, 0]]), (MaskedMax, [[3, -2], [-5, 0], [0, 0]])],
)
def test_mean_and_maximum_by_hand(layer, expected):
    assert np.asarray(layer()(VALUES, MASK)).tolist() == expected


@pytest.mark.parametrize("layer", [MaskedMean, MaskedMax])
def test_real_zeros_count(layer):
    jet, real = np.array([[[0.0], [-6.0]]], "float32"), np.array([[True, True]])
    expected = {MaskedMean: -3, MaskedMax: 0}[layer]
    assert np.asarray(layer()(jet, real)).item() == expected


@pytest.mark.parametrize("context", [nullcontext, portable])
def test_mean_and_sum_of_packed_constituents_by_hand(context):
    weights = np.array([[2, 1, 5], [1, 5, 5], [5, 5, 5]], "float32")
    with context():
        rows = Pack()(VALUES, MASK)
        assert np.asarray(PackedMean()(rows, MASK)).tolist() == [[2, -3], [-5, 0], [0, 0]]
        assert np.asarray(PackedSum()(rows, weights, MASK)).tolist() == [[5, -10], [-5, 0], [0, 0]]


def test_shares_sum_to_one_unless_all_values_are_zero():
    values = np.array([[1, 3, 99], [0, 99, 99], [99, 99, 99]], "float32")
    assert np.asarray(Shares()(values, MASK)).tolist() == [[0.25, 0.75, 0], [0, 0, 0], [0, 0, 0]]
