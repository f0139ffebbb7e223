import numpy as np

from tagwerk.layers.order import OrderByKey


def test_constituents_are_ordered_by_descending_key_with_padding_last():
    values = np.array([[[1, -1], [2, -2], [3, -3], [9, 9]]], "float32")
    mask, key = np.array([[True, True, True, False]]), np.array([[0.5, -1, 2, 7]], "float32")
    ordered, real = OrderByKey()(values, mask, key)
    assert np.asarray(real).tolist() == mask.tolist()
    assert np.asarray(ordered)[0, :3].tolist() == [[3, -3], [1, -1], [2, -2]]


def test_gaps_in_a_mask_are_closed():
    ordered, real = OrderByKey()(
        np.array([[[1], [2], [3]]], "float32"), np.array([[False, True, True]]), np.zeros((1, 3), "float32")
    )
    assert np.asarray(real).tolist() == [[True, True, False]]
    assert np.asarray(ordered)[0, :2].tolist() == [[2], [3]]


def test_close_keys_are_not_rounded_with_mixed_precision():
    """Half precision cannot tell 100.02 from 100.01."""
    keys, mask = np.array([[100.01, 100.02, 100.0]], "float32"), np.ones((1, 3), bool)
    ordered, _ = OrderByKey(dtype="mixed_float16")(np.array([[[1], [2], [3]]], "float32"), mask, keys)
    np.testing.assert_array_equal(np.asarray(ordered)[0, :, 0], [2, 1, 3])
