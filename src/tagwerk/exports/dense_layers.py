"""Converters of layers on vectors, and of Keras's own operations."""

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from tagwerk.exports.constituent_rows import pack, unpack
from tagwerk.exports.converters import converts
from tagwerk.exports.graph import INT, Value, concatenate
from tagwerk.layers.normalisation import PackedBatchNorm
from tagwerk.layers.packed_constituents import Pack, Unpack
from tagwerk.layers.row_layers import RowLayers


def array(weight: Any) -> Any:
    """Return a weight as an array in single precision."""
    return np.asarray(keras.ops.convert_to_numpy(weight), np.float32)


def dense(layer: keras.layers.Dense, values: Value) -> Value:
    """Return the outputs of a dense layer."""
    out = values.matmul(array(layer.kernel))
    out = out + values.graph.constant(array(layer.bias)) if layer.use_bias else out
    return activation(layer.activation.__name__, out)


def activation(name: str, values: Value) -> Value:
    """Return the values after an activation of Keras."""
    graph = values.graph
    if name == "gelu":
        return 0.5 * values * (1.0 + graph.op("Erf", values * (1 / math.sqrt(2))))
    if name == "silu":
        return values * graph.op("Sigmoid", values)
    if name == "softmax":
        return graph.op("Softmax", values, axis=-1)
    operators = {"relu": "Relu", "tanh": "Tanh", "sigmoid": "Sigmoid"}
    return values if name == "linear" else graph.op(operators[name], values)


def batch_norm(layer: keras.layers.BatchNormalization, values: Value) -> Value:
    """Return the values after a batch normalisation with its moving averages."""
    gamma, beta, mean, variance = (
        array(weight).astype(np.float64)
        for weight in (layer.gamma, layer.beta, layer.moving_mean, layer.moving_variance)
    )
    factor = gamma / np.sqrt(variance + layer.epsilon)
    return (values - values.graph.constant(mean)) * values.graph.constant(factor) + values.graph.constant(beta)


def batch_norm_of_channels(layer: keras.layers.BatchNormalization, values: Value) -> Value:
    """Return constituents (B, T, F) after a batch normalisation, by an operator that joins the convolution before."""
    weights = (layer.gamma, layer.beta, layer.moving_mean, layer.moving_variance)
    normalised = values.graph.op(
        "BatchNormalization",
        values.transpose(0, 2, 1),
        *(values.graph.constant(array(weight)) for weight in weights),
        epsilon=layer.epsilon,
    )
    return normalised.transpose(0, 2, 1)


def layer_norm(layer: keras.layers.LayerNormalization, values: Value) -> Value:
    """Return the values after a layer normalisation."""
    gamma, beta = (values.graph.constant(array(weight)) for weight in (layer.gamma, layer.beta))
    return values.graph.op("LayerNormalization", values, gamma, beta, axis=-1, epsilon=layer.epsilon)


converts(keras.layers.Dense)(lambda layer, values: dense(layer, values))
converts(keras.layers.Dropout)(lambda layer, values: values)
converts(keras.layers.ReLU)(lambda layer, values: activation("relu", values))
converts(keras.layers.Activation)(lambda layer, values: activation(layer.activation.__name__, values))
converts(keras.layers.LayerNormalization)(layer_norm)
converts(keras.layers.BatchNormalization)(lambda layer, values, mask=None: batch_norm_of_channels(layer, values))
converts(keras.layers.Concatenate)(lambda layer, values: concatenate(values, -1))
converts(Pack)(lambda layer, constituents, mask: pack(constituents, mask))
converts(Unpack)(lambda layer, rows, mask: unpack(rows, mask))
converts(PackedBatchNorm)(lambda layer, rows, mask: batch_norm(layer.norm, rows))


@converts(keras.layers.RMSNormalization)
def _rms_norm(layer: keras.layers.RMSNormalization, values: Value) -> Value:
    graph = values.graph
    mean = graph.op("ReduceMean", values * values, axes=[-1])
    return values / graph.op("Sqrt", mean + layer.epsilon) * graph.constant(array(layer.scale))


@converts(RowLayers)
def _row_layers(layer: RowLayers, rows: Value) -> Value:
    width = layer.input.shape[-1]
    for (kind, *_), sublayer in zip(layer.steps, layer.sublayers, strict=True):
        if kind == "dense":
            rows, width = dense(sublayer, rows), sublayer.units
        elif kind == "norm":
            rows = layer_norm(sublayer, rows)
        elif kind == "scale":
            rows = rows * rows.graph.constant(np.repeat(array(sublayer), width // len(array(sublayer))))
        elif kind != "dropout":
            rows = activation(kind, rows)
    return rows


def split(values: Value, sizes: Sequence[int]) -> list[Value]:
    """Return parts of these sizes along the last axis."""
    graph = values.graph
    return graph.ops("Split", values, graph.constant(sizes, INT), kinds=[values.kind] * len(sizes), axis=-1)
