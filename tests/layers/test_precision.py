"""The policy for products in bfloat16 on CPUs."""

import keras
import numpy as np
import pytest

from tagwerk.layers.portable import portable
from tagwerk.layers.precision import Bfloat16Products, packs, policy_of, rounds_products
from tagwerk.layers.row_layers import RowLayers
from tagwerk.packed.tiles import has_tiles


def test_only_packed_kernels_replace_mixed_bfloat16():
    assert isinstance(policy_of("mixed_bfloat16"), Bfloat16Products) == packs("float32")
    assert policy_of("mixed_float16").compute_dtype == "float16"
    with portable():
        assert policy_of("mixed_bfloat16").compute_dtype == "bfloat16"


@pytest.mark.parametrize(("precision", "rounds"), [("float32", False), ("mixed_float16", False), ("bfloat16", True)])
def test_products_are_rounded_if_asked_and_if_faster(precision, rounds):
    assert rounds_products(keras.DTypePolicy(precision)) == (rounds and has_tiles())
    assert rounds_products(Bfloat16Products()) == has_tiles()


def test_layers_keep_the_policy_and_pass_on_single_precision():
    """Also in what Keras stores of a layer."""
    layer = RowLayers([("dense", 3)], dtype=Bfloat16Products())
    rows = np.ones((2, 4), "float32")
    assert keras.backend.standardize_dtype(layer(rows).dtype) == "float32"
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert isinstance(copy.dtype_policy, Bfloat16Products)
    assert isinstance(copy.sublayers[0].dtype_policy, Bfloat16Products)
    assert not np.isnan(np.asarray(copy(rows))).any()
