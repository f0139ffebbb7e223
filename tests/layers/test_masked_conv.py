import numpy as np

from tagwerk.layers.masked_conv import MaskedConv


def convolved(values, mask, stride):
    """A convolution with weights 100, 10 and 1 for the constituent before, itself and the next."""
    layer = MaskedConv(1, stride)
    layer.build((None, None, 1))
    layer.set_weights([np.array([100, 10, 1], "float32").reshape(3, 1, 1), np.zeros(1, "float32")])
    return np.asarray(layer(np.array(values, "float32")[None, :, None], np.array(mask, bool)[None]))[0, :, 0]


def test_a_constituent_is_combined_with_those_before_and_after_it():
    np.testing.assert_array_equal(convolved([1, 2, 3, 4], [1, 1, 1, 1], 1), [12, 123, 234, 340])


def test_a_stride_of_two_keeps_the_first_the_third_and_so_on():
    np.testing.assert_array_equal(convolved([1, 2, 3, 4], [1, 1, 1, 1], 2), [12, 234])
    np.testing.assert_array_equal(convolved([1, 2, 3], [1, 1, 1], 2), [12, 230])


def test_padding_counts_as_zero_whatever_it_holds():
    np.testing.assert_array_equal(convolved([1, 2, np.nan, 9], [1, 1, 0, 0], 1)[:2], [12, 120])
