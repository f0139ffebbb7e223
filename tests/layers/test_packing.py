import numpy as np
import pytest

from tagwerk.layers.packing import Pack, Unpack, numbers

MASK = np.array([[True, True, False], [False, False, False], [True, False, True]])


@pytest.fixture
def values():
    return np.arange(1, 19, dtype="float32").reshape(3, 3, 2)


def test_packed_are_the_real_ones_in_their_order_and_zeros(values):
    assert np.asarray(Pack()(values, MASK)).tolist() == [[1, 2], [3, 4], [13, 14], [17, 18], [0, 0]]


def test_unpacked_they_are_where_they_were_and_zero_elsewhere(values):
    found = np.asarray(Unpack()(Pack()(values, MASK), MASK))
    np.testing.assert_array_equal(found, np.where(MASK[..., None], values, 0))


def test_numbers_are_the_rows_of_the_real_ones(values):
    rows = np.asarray(numbers(MASK))
    packed = np.asarray(Pack()(values, MASK))
    np.testing.assert_array_equal(packed[rows[MASK]], values[MASK])
    assert ((rows >= 0) & (rows < 4)).all()


def test_no_real_one_gives_zeros(values):
    none = np.zeros_like(MASK)
    assert np.asarray(Pack()(values, none)).tolist() == [[0, 0]]
    assert not np.asarray(Unpack()(np.ones((1, 2), "float32"), none)).any()
