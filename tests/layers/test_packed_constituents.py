import numpy as np
import pytest

from tagwerk.layers.edge_conv import EdgeConv
from tagwerk.layers.packed_constituents import Pack, Unpack, numbers
from tagwerk.layers.pairs import PairBias
from tagwerk.layers.portable import portable

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


LAYERS = {"edge convolution": lambda: EdgeConv([4, 3], 2), "pairs": lambda: PairBias(2, [4])}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("training", [False, True])
def test_layers_give_the_same_with_and_without_padding_among_the_rows(name, training):
    random = np.random.default_rng(4)
    x = np.where(MASK[..., None], random.exponential(3, (3, 3, 4)), np.nan).astype("float32")
    x = x if name == "pairs" else np.nan_to_num(x)
    arguments = (x, MASK) if name == "pairs" else (x, x[..., :2], MASK)
    packs, pads = LAYERS[name](), LAYERS[name]()
    packs(*arguments)
    with portable():
        pads(*arguments)
        pads.set_weights(packs.get_weights())
        expected = np.asarray(pads(*arguments, training=training))
    np.testing.assert_allclose(np.asarray(packs(*arguments, training=training)), expected, atol=1e-5)
    for one, other in zip(packs.get_weights(), pads.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_padding_is_unpacked_as_zeros_either_way(values):
    with portable():
        found = np.asarray(Unpack()(Pack()(values, MASK), MASK))
    np.testing.assert_array_equal(found, np.where(MASK[..., None], values, 0))
