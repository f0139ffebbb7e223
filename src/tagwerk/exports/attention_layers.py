"""Converters of attention between constituents, and of the features of pairs."""

from typing import Any

from tagwerk.exports.array_library import LIBRARY, stack
from tagwerk.exports.constituent_rows import pack, row_indices, unpack
from tagwerk.exports.converters import converts
from tagwerk.exports.dense_layers import activation, array, batch_norm, dense
from tagwerk.exports.graph import BOOL, FLOAT, INT, Value, arange, concatenate, full, where
from tagwerk.jets.pair_features import pair_features, pair_kinematics
from tagwerk.layers.attention import ClassAttention, ClassToken, SelfAttention
from tagwerk.layers.pairs import PairBias

_MASKED = -1e9


@converts(SelfAttention)
def _self_attention(layer: SelfAttention, rows: Value, mask: Value, bias: Value | None = None) -> Value:
    padded = unpack(rows, mask)
    queries, keys, values = (dense(each, padded) for each in (layer.query, layer.key, layer.value))
    queries = _heads(layer, queries * (layer.width // layer.heads) ** -0.5, mask, 0, 2, 1, 3)
    logits = queries.matmul(_heads(layer, keys, mask, 0, 2, 3, 1))
    logits = logits if bias is None else logits + _squares(bias, mask)
    weights = _softmax(logits, mask)
    attended = weights.matmul(_heads(layer, values, mask, 0, 2, 1, 3)).transpose(0, 2, 1, 3)
    return dense(layer.out, pack(attended.reshape(mask.size(0), mask.size(1), layer.width), mask))


def _softmax(logits: Value, mask: Value) -> Value:
    """Return the weights of the last axis, zero where padded; ONNX Runtime adds faster than it selects."""
    penalty = where(mask.expand_dims(1, 2), logits.graph.constant(0.0), _MASKED)
    return logits.graph.op("Softmax", logits + penalty, axis=-1)


def _heads(layer: Any, values: Value, mask: Value, *axes: int) -> Value:
    """Return values (B, T, width) as (B, T, heads, width / heads), with their axes in this order."""
    return values.reshape(mask.size(0), mask.size(1), layer.heads, layer.width // layer.heads).transpose(*axes)


@converts(ClassAttention)
def _class_attention(layer: ClassAttention, token: Value, normalised: Value, rows: Value, mask: Value) -> Value:
    """The token itself is the first of what it attends to."""
    size, jets = layer.width // layer.heads, token.size(0)
    attended_to = concatenate([normalised.expand_dims(1), unpack(rows, mask)], 1)
    real = concatenate([full(True, BOOL, jets, 1), mask], 1)
    query = (dense(layer.query, token) * size**-0.5).reshape(jets, 1, layer.heads, size).transpose(0, 2, 1, 3)
    keys, values = (_heads(layer, dense(each, attended_to), real, 0, 2, 1, 3) for each in (layer.key, layer.value))
    attended = _softmax(query.matmul(keys.transpose(0, 1, 3, 2)), real).matmul(values)
    return dense(layer.out, attended.transpose(0, 2, 1, 3).reshape(jets, layer.width))


@converts(ClassToken)
def _class_token(layer: ClassToken, mask: Value) -> Value:
    token = mask.graph.constant(array(layer.token))
    return full(1.0, FLOAT, mask.size(0), 1) * token


@converts(PairBias)
def _pair_bias(layer: PairBias, rows: Value, mask: Value) -> Value:
    positions, indices = _pair_positions(mask), row_indices(mask)
    jet, later, earlier = (positions.take(axis, 1).expand_dims(1) for axis in range(3))
    kinematics = stack(pair_kinematics(LIBRARY, *(rows.take(index, 1) for index in range(4))), 1)
    chosen = [
        kinematics.take(mask.graph.op("GatherND", indices, concatenate([jet, which], 1), kind=INT), 0)
        for which in (later, earlier)
    ]
    first, second = ([pairs.take(index, 1) for index in range(5)] for pairs in chosen)
    values = batch_norm(layer.norms[0], stack(pair_features(LIBRARY, first, second), 1))
    for linear, norm in zip(layer.linear[:-1], layer.norms[1:-1], strict=True):
        values = activation("gelu", batch_norm(norm, values.matmul(array(linear.kernel))))
    return batch_norm(layer.norms[-1], values.matmul(array(layer.linear[-1].kernel)))


def _pair_positions(mask: Value) -> Value:
    """Return jet, later and earlier constituent of every pair, (P, 3)."""
    graph = mask.graph

    def make() -> Value:
        steps = arange(mask.size(1))
        lower = steps.expand_dims(0) <= steps.expand_dims(1)
        pairs = mask.expand_dims(2) & mask.expand_dims(1) & lower.expand_dims(0)
        return graph.op("NonZero", pairs, kind=INT).transpose(1, 0)

    return graph.once("pairs", mask.name, make=make)


def _squares(bias: Value, mask: Value) -> Value:
    """Return the bias (P, heads) of all pairs as (B, heads, T, T), zero where either is padding."""
    graph = bias.graph

    def make() -> Value:
        shape = [mask.size(0), mask.size(1), mask.size(1), bias.size(1)]
        scattered = graph.op("ScatterND", full(0, FLOAT, *shape), _pair_positions(mask), bias)
        steps, lower = arange(mask.size(1)), scattered.transpose(0, 3, 1, 2)
        others = (~steps.expand_dims(0).equals(steps.expand_dims(1))).cast(FLOAT)
        return lower + others * lower.transpose(0, 1, 3, 2)

    return graph.once("squares", bias.name, make=make)
