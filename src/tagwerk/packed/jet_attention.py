"""Attention between the constituents of each jet, compiled.

softmax_j(q_i · k_j / √d + b_ij) v_j in each head, where b is symmetric and given once per pair of constituents, as in
`jet_pairs`. In training, a dropout can act on the softmax.
"""

from typing import NamedTuple

import numpy as np

from tagwerk.arrays import Floats32, Ints
from tagwerk.packed.activations import negative_exp
from tagwerk.packed.aligned import aligned_empty, aligned_zeros
from tagwerk.packed.jet_pairs import add_bias, pair_offsets, write_bias_gradient
from tagwerk.packed.kernels import ONE
from tagwerk.packed.lanes import LANES, highest, load, load_filled, store, total
from tagwerk.packed.products import compiled, matmul
from tagwerk.packed.row_kernels import dropout
from tagwerk.packed.segments import Segments
from tagwerk.packed.threads import parallel_map

_LOWEST = np.float32(-3e38)  # its exponential vanishes


class Dropout(NamedTuple):
    """Dropout of attention weights.

    Attributes:
        rate: probability that a weight is zero.
        seed: of the choice.
    """

    rate: float
    seed: int


NO_DROPOUT = Dropout(0.0, 0)


def attend(
    queries: Floats32, keys: Floats32, values: Floats32, bias: Floats32, segments: Segments, heads: int, threads: int,
    keep_residuals: bool, drop: Dropout = NO_DROPOUT,
) -> tuple[Floats32, Floats32]:  # fmt: skip
    """Return the attended values (M, W), and the attention weights for `gradients`.

    Args:
        queries: (M, W); each head has W / heads of the columns.
        keys: (M, W).
        values: (M, W).
        bias: (P, heads); without rows, there is none.
        segments: of the jets.
        heads: number of heads.
        threads: that share the jets.
        keep_residuals: whether `gradients` is to follow.
        drop: dropout of the attention weights; those for `gradients` are of before.
    """
    squares = _square_offsets(segments)
    weights = aligned_empty((int(squares[-1]) * heads if keep_residuals else 0,))
    out, pairs = aligned_zeros(queries.shape), pair_offsets(segments)

    def part_outputs(jets: slice) -> None:
        bounds = slice(jets.start, jets.stop + 1)
        _attend(
            queries, keys, values, bias, segments.offsets[bounds], pairs[bounds], squares[bounds], heads,
            drop.rate, np.uint64(drop.seed), weights, out,
        )  # fmt: skip

    parallel_map(part_outputs, threads, [part.jets for part in segments.parts(threads, segments.counts**2)])
    return out, weights


def gradients(
    grad_outputs: Floats32, queries: Floats32, keys: Floats32, values: Floats32, bias: Floats32, weights: Floats32,
    segments: Segments, heads: int, threads: int, drop: Dropout = NO_DROPOUT,
) -> tuple[Floats32, Floats32, Floats32, Floats32]:  # fmt: skip
    """Return the gradients of queries, keys, values and bias; `weights` and `drop` are those of `attend`."""
    squares, pairs = _square_offsets(segments), pair_offsets(segments)
    grad_queries, grad_keys, grad_values = (aligned_zeros(queries.shape) for _ in range(3))
    grad_bias = aligned_empty(bias.shape)

    def part_gradients(jets: slice) -> None:
        bounds = slice(jets.start, jets.stop + 1)
        _gradients(
            grad_outputs, queries, keys, values, weights,
            segments.offsets[bounds], pairs[bounds], squares[bounds], heads, drop.rate, np.uint64(drop.seed),
            grad_queries, grad_keys, grad_values, grad_bias,
        )  # fmt: skip

    parallel_map(part_gradients, threads, [part.jets for part in segments.parts(threads, segments.counts**2)])
    return grad_queries, grad_keys, grad_values, grad_bias


def _square_offsets(segments: Segments) -> Ints:
    return np.concatenate([[0], np.cumsum(segments.counts**2)])


@compiled
def _attend(
    queries: Floats32, keys: Floats32, values: Floats32, bias: Floats32, offsets: Ints, pairs: Ints, squares: Ints,
    heads: int, rate: float, seed: np.uint64, weights: Floats32, out: Floats32,
) -> None:  # fmt: skip
    width = queries.shape[1] // heads
    scale, longest = ONE / np.sqrt(np.float32(width)), _longest(offsets)
    scratch = np.empty((4, longest * width), np.float32)
    logits = np.empty((2, longest * longest), np.float32)
    for jet in range(len(offsets) - 1):
        start, count = offsets[jet], offsets[jet + 1] - offsets[jet]
        if count == 0:
            continue
        size = count * width
        q, k = scratch[0, :size].reshape(count, width), scratch[1, :size].reshape(width, count)
        v, attended = scratch[2, :size].reshape(count, width), scratch[3, :size].reshape(count, width)
        for head in range(heads):
            _take_head(queries, start, head, scale, q)
            _take_transposed_head(keys, start, head, k)
            _take_head(values, start, head, ONE, v)
            logit = logits[0, : count * count].reshape(count, count)
            if len(weights):
                first = squares[jet] * heads + head * count * count
                logit = weights[first : first + count * count].reshape(count, count)
            matmul(q, k, logit)
            if len(bias):
                add_bias(bias[pairs[jet] : pairs[jet + 1]], head, logit)
            for i in range(count):
                _softmax(logit[i])
            if rate > 0:
                kept = logits[1, : count * count].reshape(count, count)
                dropout(logit, rate, seed, start * heads + head * count, kept)
                matmul(kept, v, attended)
            else:
                matmul(logit, v, attended)
            for i in range(count):
                for u in range(width):
                    out[start + i, head * width + u] = attended[i, u]


@compiled
def _gradients(
    grad_outputs: Floats32, queries: Floats32, keys: Floats32, values: Floats32, weights: Floats32,
    offsets: Ints, pairs: Ints, squares: Ints, heads: int, rate: float, seed: np.uint64,
    grad_queries: Floats32, grad_keys: Floats32, grad_values: Floats32, grad_bias: Floats32,
) -> None:  # fmt: skip
    width = queries.shape[1] // heads
    scale, longest = ONE / np.sqrt(np.float32(width)), _longest(offsets)
    scratch = np.empty((5, longest * width), np.float32)
    grads = np.empty((2, longest * longest), np.float32)
    for jet in range(len(offsets) - 1):
        start, count = offsets[jet], offsets[jet + 1] - offsets[jet]
        if count == 0:
            continue
        size = count * width
        q, k = scratch[0, :size].reshape(count, width), scratch[1, :size].reshape(count, width)
        v, grad_out = scratch[2, :size].reshape(width, count), scratch[3, :size].reshape(count, width)
        product, grad = scratch[4, :size].reshape(count, width), grads[0, : count * count].reshape(count, count)
        for head in range(heads):
            _take_head(queries, start, head, scale, q)
            _take_head(keys, start, head, scale, k)
            _take_transposed_head(values, start, head, v)
            _take_head(grad_outputs, start, head, ONE, grad_out)
            first = squares[jet] * heads + head * count * count
            weight = weights[first : first + count * count].reshape(count, count)
            matmul(grad_out, v, grad)
            if rate > 0:
                kept = grads[1, : count * count].reshape(count, count)
                dropout(weight, rate, seed, start * heads + head * count, kept)
                np.dot(kept.T, grad_out, product)
                dropout(grad, rate, seed, start * heads + head * count, grad)
            else:
                np.dot(weight.T, grad_out, product)
            _put_head(product, start, head, grad_values)
            for i in range(count):
                _softmax_gradient(weight[i], grad[i])
            matmul(grad, k, product)
            _put_head(product, start, head, grad_queries)
            np.dot(grad.T, q, product)
            _put_head(product, start, head, grad_keys)
            if len(grad_bias):
                write_bias_gradient(grad, head, grad_bias[pairs[jet] : pairs[jet + 1]])


@compiled
def _longest(offsets: Ints) -> int:
    longest = 0
    for jet in range(len(offsets) - 1):
        longest = max(longest, offsets[jet + 1] - offsets[jet])
    return longest


@compiled
def _take_head(values: Floats32, start: int, head: int, factor: np.float32, out: Floats32) -> None:
    count, width = out.shape
    for i in range(count):
        source, target = values[start + i, head * width :][:width], out[i]
        for u in range(width):
            target[u] = factor * source[u]


@compiled
def _take_transposed_head(values: Floats32, start: int, head: int, out: Floats32) -> None:
    width, count = out.shape
    for i in range(count):
        source = values[start + i, head * width :][:width]
        for u in range(width):
            out[u, i] = source[u]


@compiled
def _put_head(values: Floats32, start: int, head: int, out: Floats32) -> None:
    count, width = values.shape
    for i in range(count):
        source, target = values[i], out[start + i, head * width :][:width]
        for u in range(width):
            target[u] = source[u]


@compiled
def _softmax(logits: Floats32) -> None:
    top = load_filled(logits, 0, _LOWEST)
    for j in range(LANES, len(logits), LANES):
        top = max(top, load_filled(logits, j, _LOWEST))
    greatest = highest(top)
    sums = top - top
    for j in range(0, len(logits), LANES):
        exponentials = negative_exp(load_filled(logits, j, _LOWEST) - greatest)
        store(exponentials, logits, j)
        sums = sums + exponentials
    share = ONE / total(sums)
    for j in range(0, len(logits), LANES):
        store(load(logits, j) * share, logits, j)


@compiled
def _softmax_gradient(weights: Floats32, grad: Floats32) -> None:
    """Turn the gradients of the weights (N,) into those of the logits, in place."""
    mean = np.float32(0)
    for j in range(len(grad)):
        mean += weights[j] * grad[j]
    for j in range(len(grad)):
        grad[j] = weights[j] * (grad[j] - mean)
