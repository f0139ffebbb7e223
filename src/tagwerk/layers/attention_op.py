"""Attention between packed constituents as TensorFlow operations, with their gradient."""

from typing import Any

import tensorflow as tf

from tagwerk.arrays import Tensor
from tagwerk.layers.numpy_operation import available_threads, numpy_operation
from tagwerk.packed import jet_attention
from tagwerk.packed.segments import Segments


def pair_rows(mask: Tensor) -> Tensor:
    """Return the rows of both constituents of every pair, (P, 2), of jets whose mask is (B, T)."""
    rows = tf.numpy_function(lambda mask: jet_attention.pair_rows(Segments.of_mask(mask)), [mask], tf.int32)
    rows.set_shape([None, 2])
    return rows


def attend(
    queries: Tensor, keys: Tensor, values: Tensor, bias: Tensor | None, mask: Tensor, heads: int, training: bool
) -> Tensor:
    """Return the attended values, (M + 1, W), as `tagwerk.packed.jet_attention.attend`.

    Args:
        queries: (M + 1, W).
        keys: (M + 1, W).
        values: (M + 1, W).
        bias: (P, heads), of the pairs in `pair_rows`, or None.
        mask: (B, T), true where real.
        heads: number of heads.
        training: whether to keep the residuals; without them, a gradient repeats the forward pass.
    """
    threads = available_threads()
    bias = tf.zeros((0, heads)) if bias is None else bias

    def run(queries: Any, keys: Any, values: Any, bias: Any, mask: Any, keep_residuals: bool = training) -> list[Any]:
        out, weights = jet_attention.attend(
            queries, keys, values, bias, Segments.of_mask(mask), heads, threads, keep_residuals
        )
        return [out, weights] if keep_residuals else [out]

    def gradients(grad_outputs: Any, *arrays: Any) -> list[Any]:
        inputs, results = arrays[:5], arrays[5:]
        queries, keys, values, bias, mask = inputs
        _, weights = results if training else run(queries, keys, values, bias, mask, keep_residuals=True)
        segments = Segments.of_mask(mask)
        return list(
            jet_attention.gradients(grad_outputs, queries, keys, values, bias, weights, segments, heads, threads)
        )

    shape = [None, queries.shape[1]]
    (out,) = numpy_operation(run, gradients, [queries, keys, values, bias], [mask], [shape], 1 if training else 0)
    return out
