"""Attention between packed constituents as TensorFlow operations, with their gradient."""

from typing import Any

import tensorflow as tf

from tagwerk.arrays import Tensor
from tagwerk.layers.numpy_operation import available_threads, joined_seed, numpy_operation
from tagwerk.packed import jet_attention, jet_pairs
from tagwerk.packed.jet_attention import Dropout
from tagwerk.packed.segments import Segments


def pair_rows(mask: Tensor) -> Tensor:
    """Return the rows of both constituents of every pair, (P, 2), of jets whose mask is (B, T)."""
    rows = tf.numpy_function(lambda mask: jet_pairs.pair_rows(Segments.of_mask(mask)), [mask], tf.int32)
    rows.set_shape([None, 2])
    return rows


def attend(
    queries: Tensor, keys: Tensor, values: Tensor, bias: Tensor | None, mask: Tensor, heads: int, training: bool,
    drop: tuple[float, Any],
) -> Tensor:  # fmt: skip
    """Return the attended values, (M + 1, W), as `tagwerk.packed.jet_attention.attend`.

    Args:
        queries: (M + 1, W).
        keys: (M + 1, W).
        values: (M + 1, W).
        bias: (P, heads), of the pairs in `pair_rows`, or None.
        mask: (B, T), true where real.
        heads: number of heads.
        training: whether to keep the residuals; without them, a gradient repeats the forward pass.
        drop: rate of the dropout of attention weights, and its seed, (2,).
    """
    threads, (rate, seed) = available_threads(), drop
    bias = tf.zeros((0, heads)) if bias is None else bias

    def run(
        queries: Any, keys: Any, values: Any, bias: Any, mask: Any, seed: Any, keep_residuals: bool = training
    ) -> list[Any]:
        drop = Dropout(rate, joined_seed(seed))
        out, weights = jet_attention.attend(
            queries, keys, values, bias, Segments.of_mask(mask), heads, threads, keep_residuals, drop
        )
        return [out, weights] if keep_residuals else [out]

    def gradients(grad_outputs: Any, *arrays: Any) -> list[Any]:
        queries, keys, values, bias, mask, seed, *results = arrays
        _, weights = results if training else run(queries, keys, values, bias, mask, seed, keep_residuals=True)
        segments, drop = Segments.of_mask(mask), Dropout(rate, joined_seed(seed))
        return list(
            jet_attention.gradients(grad_outputs, queries, keys, values, bias, weights, segments, heads, threads, drop)
        )

    shape = [None, queries.shape[1]]
    (out,) = numpy_operation(run, gradients, [queries, keys, values, bias], [mask, seed], [shape], 1 if training else 0)
    return out
