"""Jets without constituents give finite outputs and gradients, and have zero gradients themselves."""

import numpy as np
import pytest

from tagwerk.layers.additive_attention import AdditiveAttention
from tagwerk.layers.attention import SelfAttention
from tagwerk.layers.constituent_scores import ConstituentScores, OriginScores
from tagwerk.layers.edge_conv import EdgeConv
from tagwerk.layers.pooling import MaskedMax, MaskedMean
from tagwerk.layers.recurrent_stack import Recurrent
from tagwerk.layers.recursive_layer import Recursive
from tagwerk.layers.row_layers import RowLayers
from tests.layers.conftest import OnPacked, outputs_and_gradients

# Two trees of two leaves and their parent.
CHILDREN = np.array([[[-1, -1], [-1, -1], [0, 1]]] * 2, "int32")
# Constructor and call arguments, constituents (B, T, F) first.
LAYERS = {
    "mean": (MaskedMean, lambda x, mask: (x, mask)),
    "maximum": (MaskedMax, lambda x, mask: (x, mask)),
    "additive attention": (lambda: AdditiveAttention(4), lambda x, mask: (x, mask)),
    "attention": (lambda: OnPacked(SelfAttention(2, 4)), lambda x, mask: (x, mask)),
    "edge convolution": (
        lambda: OnPacked(EdgeConv([4, 4], 2), lambda x, mask: (x, x, mask)),
        lambda x, mask: (x, mask),
    ),
    "row layers": (
        lambda: OnPacked(RowLayers([("norm",), ("dense", 4), ("gelu",)]), lambda x, mask: (x,)),
        lambda x, mask: (x, mask),
    ),
    "labels": (ConstituentScores, lambda x, mask: (x, mask)),
    "origins": (lambda: OriginScores(3), lambda x, mask: (x, mask)),
    "simple_rnn": (lambda: Recurrent("simple_rnn", [4], pooling="mean_max"), lambda x, mask: (x, mask)),
    "lstm": (lambda: Recurrent("lstm", [4, 4], "both", "last"), lambda x, mask: (x, mask)),
    "gru": (lambda: Recurrent("gru", [4], "backward"), lambda x, mask: (x, mask)),
    "min_gru": (lambda: Recurrent("min_gru", [4, 4], "both", "mean_max"), lambda x, mask: (x, mask)),
    "min_lstm": (lambda: Recurrent("min_lstm", [4]), lambda x, mask: (x, mask)),
    "child_sum": (lambda: Recursive("child_sum", 4), lambda x, mask: (x, CHILDREN, mask)),
    "n_ary": (lambda: Recursive("n_ary", 4, "nodes"), lambda x, mask: (x, CHILDREN, mask)),
    "recnn_simple": (lambda: Recursive("simple", 4), lambda x, mask: (x, CHILDREN, mask)),
    "recnn_gated": (lambda: Recursive("gated", 4), lambda x, mask: (x, CHILDREN, mask)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_outputs_and_gradients_are_finite(name):
    constructor, arguments = LAYERS[name]
    x, mask = np.random.default_rng(1).normal(0, 1, (2, 3, 2)).astype("float32"), np.arange(3) < np.array([[3], [0]])
    layer = constructor()
    outputs, grad_inputs, *grad_weights = outputs_and_gradients(layer, *arguments(x, mask))
    assert len(grad_weights) == len(layer.trainable_variables)
    assert all(np.isfinite(array).all() for array in (outputs, grad_inputs, *grad_weights))
    assert grad_inputs[0].any()
    assert not grad_inputs[1].any()
