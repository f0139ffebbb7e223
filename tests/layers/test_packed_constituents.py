from contextlib import nullcontext

import numpy as np
import pytest

from tagwerk.layers.packed_constituents import Pack, Unpack, join_packed, row_indices
from tagwerk.layers.portable import portable

MASK = np.array([[True, True, False], [False, False, False], [True, False, True]])


@pytest.fixture
def values():
    return np.arange(1, 19, dtype="float32").reshape(3, 3, 2)


def test_packing_keeps_real_constituents_in_order_and_appends_zeros(values):
    assert np.asarray(Pack()(values, MASK)).tolist() == [[1, 2], [3, 4], [13, 14], [17, 18], [0, 0]]


def test_unpacking_restores_positions_and_pads_with_zeros(values):
    unpacked = np.asarray(Unpack()(Pack()(values, MASK), MASK))
    np.testing.assert_array_equal(unpacked, np.where(MASK[..., None], values, 0))


def test_row_indices_are_the_rows_of_real_constituents(values):
    rows = np.asarray(row_indices(MASK))
    packed = np.asarray(Pack()(values, MASK))
    np.testing.assert_array_equal(packed[rows[MASK]], values[MASK])
    assert ((rows >= 0) & (rows < 4)).all()


def test_a_batch_without_constituents_packs_to_zeros(values):
    none = np.zeros_like(MASK)
    assert np.asarray(Pack()(values, none)).tolist() == [[0, 0]]
    assert not np.asarray(Unpack()(np.ones((1, 2), "float32"), none)).any()


@pytest.mark.parametrize("context", [nullcontext, portable])
def test_joined_constituents_are_those_of_one_longer_sequence(values, context):
    other, other_mask = values[:, :2] + 100, np.array([[True, False], [False, False], [True, True]])
    with context():
        rows, mask = join_packed([Pack()(values, MASK), Pack()(other, other_mask)], [MASK, other_mask])
        unpacked = np.asarray(Unpack()(rows, mask))
    assert np.asarray(mask).tolist() == np.hstack([MASK, other_mask]).tolist()
    np.testing.assert_array_equal(unpacked, np.where(mask[..., None], np.hstack([values, other]), 0))


def test_joining_one_sequence_changes_nothing(values):
    rows = Pack()(values, MASK)
    joined, mask = join_packed([rows], [MASK])
    assert joined is rows
    assert mask is MASK


def test_the_portable_path_also_pads_with_zeros(values):
    with portable():
        unpacked = np.asarray(Unpack()(Pack()(values, MASK), MASK))
    np.testing.assert_array_equal(unpacked, np.where(MASK[..., None], values, 0))
