import numpy as np

from tagwerk.layers.order import Ordered


def test_constituents_come_by_falling_key_and_padding_last():
    values = np.array([[[1, -1], [2, -2], [3, -3], [9, 9]]], "float32")
    mask, key = np.array([[True, True, True, False]]), np.array([[0.5, -1, 2, 7]], "float32")
    found, real = Ordered()(values, mask, key)
    assert np.asarray(real).tolist() == mask.tolist()
    assert np.asarray(found)[0, :3].tolist() == [[3, -3], [1, -1], [2, -2]]


def test_gaps_in_a_mask_are_closed():
    found, real = Ordered()(
        np.array([[[1], [2], [3]]], "float32"), np.array([[False, True, True]]), np.zeros((1, 3), "float32")
    )
    assert np.asarray(real).tolist() == [[True, True, False]]
    assert np.asarray(found)[0, :2].tolist() == [[2], [3]]
