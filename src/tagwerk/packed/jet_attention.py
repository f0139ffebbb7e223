"""Attention between the constituents of each jet, compiled.

softmax_j(q_i · k_j / √d + b_ij) v_j in each head, where b is symmetric and given once per pair of constituents: those
of a jet in the order (0, 0), (1, 0), (1, 1), (2, 0) and so on.
"""

import numpy as np

from tagwerk.arrays import Floats32, Ints, Ints32
from tagwerk.packed.activations import negative_exp
from tagwerk.packed.aligned import aligned_empty, aligned_zeros
from tagwerk.packed.kernels import ONE
from tagwerk.packed.lanes import LANES, highest, load, load_filled, store, total
from tagwerk.packed.products import compiled, matmul
from tagwerk.packed.segments import Segments
from tagwerk.packed.threads import parallel_map

_LOWEST = np.float32(-3e38)  # its exponential vanishes


def pair_rows(segments: Segments) -> Ints32:
    """Return the rows of both constituents of every pair, (P, 2), the later constituent first."""
    rows = np.empty((int(pair_offsets(segments)[-1]), 2), np.int32)
    _write_pairs(segments.offsets, rows)
    return rows


def pair_offsets(segments: Segments) -> Ints:
    """Return the first pair of each jet, and the number of pairs, (J + 1,)."""
    return np.concatenate([[0], np.cumsum(segments.counts * (segments.counts + 1) // 2)])


def attend(
    queries: Floats32, keys: Floats32, values: Floats32, bias: Floats32, segments: Segments, heads: int, threads: int,
    keep_residuals: bool,
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
    """
    squares = _square_offsets(segments)
    weights = aligned_empty((int(squares[-1]) * heads if keep_residuals else 0,))
    out, pairs = aligned_zeros(queries.shape), pair_offsets(segments)

    def part_outputs(jets: slice) -> None:
        bounds = slice(jets.start, jets.stop + 1)
        _attend(
            queries, keys, values, bias, segments.offsets[bounds], pairs[bounds], squares[bounds], heads, weights, out
        )

    parallel_map(part_outputs, threads, [part.jets for part in segments.parts(threads, segments.counts**2)])
    return out, weights


def gradients(
    grad_outputs: Floats32, queries: Floats32, keys: Floats32, values: Floats32, bias: Floats32, weights: Floats32,
    segments: Segments, heads: int, threads: int,
) -> tuple[Floats32, Floats32, Floats32, Floats32]:  # fmt: skip
    """Return the gradients of queries, keys, values and bias; `weights` are from `attend`."""
    squares, pairs = _square_offsets(segments), pair_offsets(segments)
    grad_queries, grad_keys, grad_values = (aligned_zeros(queries.shape) for _ in range(3))
    grad_bias = aligned_empty(bias.shape)

    def part_gradients(jets: slice) -> None:
        bounds = slice(jets.start, jets.stop + 1)
        _gradients(
            grad_outputs, queries, keys, values, weights,
            segments.offsets[bounds], pairs[bounds], squares[bounds], heads,
            grad_queries, grad_keys, grad_values, grad_bias,
        )  # fmt: skip

    parallel_map(part_gradients, threads, [part.jets for part in segments.parts(threads, segments.counts**2)])
    return grad_queries, grad_keys, grad_values, grad_bias


def _square_offsets(segments: Segments) -> Ints:
    return np.concatenate([[0], np.cumsum(segments.counts**2)])


@compiled
def _write_pairs(offsets: Ints, rows: Ints32) -> None:
    pair = 0
    for jet in range(len(offsets) - 1):
        for i in range(offsets[jet], offsets[jet + 1]):
            for j in range(offsets[jet], i + 1):
                rows[pair, 0], rows[pair, 1] = i, j
                pair += 1


@compiled
def _attend(
    queries: Floats32, keys: Floats32, values: Floats32, bias: Floats32, offsets: Ints, pairs: Ints, squares: Ints,
    heads: int, weights: Floats32, out: Floats32,
) -> None:  # fmt: skip
    width = queries.shape[1] // heads
    scale, longest = ONE / np.sqrt(np.float32(width)), _longest(offsets)
    scratch = np.empty((4, longest * width), np.float32)
    logits = np.empty(longest * longest, np.float32)
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
            logit = logits[: count * count].reshape(count, count)
            if len(weights):
                first = squares[jet] * heads + head * count * count
                logit = weights[first : first + count * count].reshape(count, count)
            matmul(q, k, logit)
            if len(bias):
                _add_bias(bias[pairs[jet] : pairs[jet + 1]], head, logit)
            for i in range(count):
                _softmax(logit[i])
            matmul(logit, v, attended)
            for i in range(count):
                for u in range(width):
                    out[start + i, head * width + u] = attended[i, u]


@compiled
def _gradients(
    grad_outputs: Floats32, queries: Floats32, keys: Floats32, values: Floats32, weights: Floats32,
    offsets: Ints, pairs: Ints, squares: Ints, heads: int,
    grad_queries: Floats32, grad_keys: Floats32, grad_values: Floats32, grad_bias: Floats32,
) -> None:  # fmt: skip
    width = queries.shape[1] // heads
    scale, longest = ONE / np.sqrt(np.float32(width)), _longest(offsets)
    scratch = np.empty((5, longest * width), np.float32)
    grads = np.empty(longest * longest, np.float32)
    for jet in range(len(offsets) - 1):
        start, count = offsets[jet], offsets[jet + 1] - offsets[jet]
        if count == 0:
            continue
        size = count * width
        q, k = scratch[0, :size].reshape(count, width), scratch[1, :size].reshape(count, width)
        v, grad_out = scratch[2, :size].reshape(width, count), scratch[3, :size].reshape(count, width)
        product, grad = scratch[4, :size].reshape(count, width), grads[: count * count].reshape(count, count)
        for head in range(heads):
            _take_head(queries, start, head, scale, q)
            _take_head(keys, start, head, scale, k)
            _take_transposed_head(values, start, head, v)
            _take_head(grad_outputs, start, head, ONE, grad_out)
            first = squares[jet] * heads + head * count * count
            weight = weights[first : first + count * count].reshape(count, count)
            np.dot(weight.T, grad_out, product)
            _put_head(product, start, head, grad_values)
            matmul(grad_out, v, grad)
            for i in range(count):
                _softmax_gradient(weight[i], grad[i])
            matmul(grad, k, product)
            _put_head(product, start, head, grad_queries)
            np.dot(grad.T, q, product)
            _put_head(product, start, head, grad_keys)
            if len(grad_bias):
                _write_bias_gradient(grad, head, grad_bias[pairs[jet] : pairs[jet + 1]])


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
def _add_bias(bias: Floats32, head: int, logits: Floats32) -> None:
    pair = 0
    for i in range(len(logits)):
        for j in range(i):
            logits[i, j] += bias[pair, head]
            logits[j, i] += bias[pair, head]
            pair += 1
        logits[i, i] += bias[pair, head]
        pair += 1


@compiled
def _write_bias_gradient(grad: Floats32, head: int, grad_bias: Floats32) -> None:
    pair = 0
    for i in range(len(grad)):
        for j in range(i):
            grad_bias[pair, head] = grad[i, j] + grad[j, i]
            pair += 1
        grad_bias[pair, head] = grad[i, i]
        pair += 1


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
