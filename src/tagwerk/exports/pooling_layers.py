"""Converters of layers that make one vector per jet."""

import math

from tagwerk.exports.constituent_rows import as_float, unpack
from tagwerk.exports.converters import converts
from tagwerk.exports.dense_layers import dense
from tagwerk.exports.graph import Value, where
from tagwerk.layers.additive_attention import AdditiveAttention
from tagwerk.layers.pooling import MaskedMax, MaskedMean, PackedMean, PackedSum, Shares


def masked_mean(steps: Value, mask: Value) -> Value:
    """Return the mean over the real constituents, (B, F); zero without any."""
    real = as_float(mask)
    number = real.sum(1, keepdims=True)
    return weighted_sum(steps, real / number.graph.op("Max", number, number.graph.constant(1.0)))


def masked_max(steps: Value, mask: Value) -> Value:
    """Return the largest value over the real constituents, (B, F); zero without any."""
    highest = where(mask.expand_dims(2), steps, -math.inf).max(1)
    return where(as_float(mask).sum(1, keepdims=True) > 0.0, highest, 0.0)


def weighted_sum(steps: Value, weights: Value) -> Value:
    """Return the sum over the constituents (B, T, F) with these weights (B, T)."""
    return weights.expand_dims(1).matmul(steps).squeeze(1)


converts(MaskedMean)(lambda layer, steps, mask: masked_mean(steps, mask))
converts(MaskedMax)(lambda layer, steps, mask: masked_max(steps, mask))
converts(PackedMean)(lambda layer, rows, mask: masked_mean(unpack(rows, mask), mask))
converts(PackedSum)(lambda layer, rows, weights, mask: weighted_sum(unpack(rows, mask), weights))


@converts(Shares)
def _shares(layer: Shares, values: Value, mask: Value) -> Value:
    real = where(mask, values, 0.0)
    total = real.sum(1, keepdims=True)
    return real / where(total > 0.0, total, 1.0)


@converts(AdditiveAttention)
def _additive_attention(layer: AdditiveAttention, steps: Value, mask: Value) -> Value:
    scores = where(mask, dense(layer.score, dense(layer.hidden, steps)).squeeze(2), -1e30)
    weights = where(mask, scores.graph.op("Softmax", scores, axis=1), 0.0)
    return weighted_sum(steps, weights)
