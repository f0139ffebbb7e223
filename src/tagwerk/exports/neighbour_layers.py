"""Converters of convolutions, along the constituents and over their nearest neighbours."""

import math

from tagwerk.exports.constituent_rows import as_float, pack, real_rows, row_indices, unpack
from tagwerk.exports.converters import converts
from tagwerk.exports.dense_layers import activation, array, batch_norm
from tagwerk.exports.graph import FLOAT, INT, Value, arange, concatenate, full, where
from tagwerk.layers.edge_conv import EdgeConv
from tagwerk.layers.masked_conv import MaskedConv


@converts(EdgeConv)
def _edge_conv(layer: EdgeConv, rows: Value, points: Value, mask: Value) -> Value:
    centre, other = rows.matmul(array(layer.centre.kernel)), rows.matmul(array(layer.other.kernel))
    neighbours, real = _neighbours(unpack(points, mask), mask, layer.neighbours)
    edges = centre.expand_dims(1) + other.take(neighbours, 0)
    edges = activation("relu", batch_norm(layer.norms[0], edges))
    for linear, norm in zip(layer.hidden, layer.norms[1:-1], strict=True):
        edges = activation("relu", batch_norm(norm, edges.matmul(array(linear.kernel))))
    number = real.sum(1, keepdims=True)
    mean = (edges * real.expand_dims(2)).sum(1) / edges.graph.op("Max", number, edges.graph.constant(1.0))
    shortcut = batch_norm(layer.norms[-1], rows.matmul(array(layer.shortcut.kernel)))
    # The last row, of no constituent, becomes zero again.
    return activation("relu", shortcut + mean) * real_rows(mask)


def _neighbours(points: Value, mask: Value, count: int) -> tuple[Value, Value]:
    """Return the rows of each packed constituent's nearest neighbours, (M + 1, count), and 1 for those that exist."""
    graph = points.graph
    number = as_float(mask).sum(1, keepdims=True)
    mean = points.sum(1, keepdims=True) / graph.op("Max", number, graph.constant(1.0)).expand_dims(2)
    points = where(mask.expand_dims(2), points - mean, 0.0)
    squares = (points**2).sum(2)
    distances = squares.expand_dims(2) + squares.expand_dims(1) - 2.0 * points.matmul(points.transpose(0, 2, 1))
    steps = arange(mask.size(1))
    same = steps.expand_dims(0).equals(steps.expand_dims(1)).expand_dims(0)
    distances = where(mask.expand_dims(2) & mask.expand_dims(1) & ~same, distances, math.inf)
    distances = concatenate([distances, full(math.inf, FLOAT, mask.size(0), mask.size(1), count)], 2)
    nearest, indices = graph.ops(
        "TopK", distances, graph.constant([count], INT), kinds=[FLOAT, INT], axis=2, largest=0, sorted=0
    )
    exists = nearest < math.inf
    rows = concatenate([row_indices(mask), full(0, INT, mask.size(0), count)], 1)
    flat = indices.reshape(mask.size(0), -1)
    found = graph.op("GatherElements", rows, flat, kind=INT, axis=1)
    found = found.reshape(mask.size(0), mask.size(1), count)
    return pack(found, mask), pack(exists.cast(FLOAT), mask)


@converts(MaskedConv)
def _masked_conv(layer: MaskedConv, constituents: Value, mask: Value) -> Value:
    graph = constituents.graph
    real = constituents.transpose(0, 2, 1) * as_float(mask).expand_dims(1)
    kernel = graph.constant(array(layer.conv.kernel).transpose(2, 1, 0))
    bias = graph.constant(array(layer.conv.bias))
    convolved = graph.op("Conv", real, kernel, bias, pads=[1, 1], strides=[layer.stride])
    return convolved.transpose(0, 2, 1)
