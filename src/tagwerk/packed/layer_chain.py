"""Chains of `normalised_rows` over all rows of a batch, whose parts run in parallel threads.

y_1 = z_0 W_1, y_2 = z_1 W_2 and so on, where z_i = a_i(BN_i(y_i)) and y_0 is given. The batch normalisation takes the
statistics of all rows in training, and its moving averages otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from tagwerk.arrays import Floats32, Floats64
from tagwerk.packed import normalised_rows
from tagwerk.packed.aligned import aligned_empty
from tagwerk.packed.operands import Operand, operand
from tagwerk.packed.threads import parallel_map

CHUNK = 2048  # rows, whose layers stay in a core's cache


class Norm(NamedTuple):
    """A batch normalisation: γ, β, mean and variance, (U,) each."""

    gamma: Floats32
    beta: Floats32
    mean: Floats32
    variance: Floats32


class Affine(NamedTuple):
    """The same as n = scale y + shift, with mean and 1 / std as `centre` (2, U)."""

    scale: Floats32
    shift: Floats32
    centre: Floats32


@dataclass(frozen=True)
class LayerChain:
    """A chain of layers.

    Attributes:
        activations: a_0, a_1 and so on.
        epsilon: added to variances.
        training: whether the statistics are those of the batch.
        half: whether products are in bfloat16.
    """

    activations: tuple[int, ...]
    epsilon: float
    training: bool
    half: bool = False

    def affine(self, norm: Norm) -> Affine:
        """Return a normalisation as scale and shift."""
        inverse_std = 1 / np.sqrt(norm.variance + np.float32(self.epsilon))
        scale = norm.gamma * inverse_std
        return Affine(scale, norm.beta - norm.mean * scale, np.stack([norm.mean, inverse_std]))

    def with_statistics(self, norm: Norm, sums: Sequence[Floats64], rows: int) -> Norm:
        """Return the normalisation with the statistics of the batch, from the sums over its parts, in training."""
        if not self.training:
            return norm
        if not rows:
            return norm._replace(mean=np.zeros_like(norm.mean), variance=np.zeros_like(norm.variance))
        mean, square = np.sum(sums, axis=0) / rows
        variance = np.maximum(square - mean**2, 0)
        return norm._replace(mean=mean.astype(np.float32), variance=variance.astype(np.float32))


def run(
    chain: LayerChain, values: Floats32, weights: Sequence[Floats32], norms: Sequence[Norm], threads: int
) -> tuple[Floats32, list[Floats32], list[Norm]]:
    """Return the last z (E, U), and the residuals for `gradients`: y_0, y_1, ..., and the statistics.

    Args:
        chain: the layers.
        values: y_0, (E, U_0).
        weights: W_1, W_2 and so on, (U_0, U_1), ...
        norms: one more.
        threads: number of parts that the rows are split into.
    """
    parts = row_parts(len(values), threads)

    def moments(rows: slice) -> Floats64:
        sums = np.zeros((2, values.shape[1]))
        normalised_rows.add_moments(values[rows], sums)
        return sums

    outputs, used = forward(chain, values, parallel_map(moments, threads, parts), weights, norms, parts)
    out, (scale, shift, _) = aligned_empty(outputs[-1].shape), chain.affine(used[-1])
    parallel_map(
        lambda rows: normalised_rows.normalise_and_activate(
            outputs[-1][rows], scale, shift, chain.activations[-1], out[rows]
        ),
        threads,
        parts,
    )
    return out, outputs, used


def gradients(
    chain: LayerChain,
    outputs: Sequence[Floats32],
    grad_outputs: Floats32,
    weights: Sequence[Floats32],
    norms: Sequence[Norm],
    threads: int,
) -> "ChainGradients":
    """Return the gradients from those of the output of `run`, (E, U)."""
    grad_z = aligned_empty(grad_outputs.shape)
    grad_z[...] = grad_outputs
    return backward(chain, outputs, grad_z, weights, norms, row_parts(len(grad_z), threads))


def infer_rows(
    chain: LayerChain, values: Floats32, weights: Sequence[Floats32], norms: Sequence[Norm], threads: int
) -> Floats32:
    """Return the output of `run` without batch statistics, chunk by chunk of rows that stay in the cache."""
    affines, out = [chain.affine(norm) for norm in norms], aligned_empty((len(values), len(norms[-1].mean)))
    operands = [operand(weight, chain.half) for weight in weights]

    def part_outputs(rows: slice) -> None:
        for start in range(rows.start, rows.stop, CHUNK):
            chunk = slice(start, min(start + CHUNK, rows.stop))
            last = infer(chain, values[chunk], operands, affines)
            normalised_rows.normalise_and_activate(
                last, affines[-1].scale, affines[-1].shift, chain.activations[-1], out[chunk]
            )

    parallel_map(part_outputs, threads, row_parts(len(values), threads))
    return out


def row_parts(rows: int, count: int) -> list[slice]:
    """Return at most `count` parts of nearly the same number of rows."""
    ends = [rows * part // count for part in range(count + 1)]
    return [slice(start, end) for start, end in pairwise(ends) if start < end]


def forward(
    chain: LayerChain,
    values: Floats32,
    sums: Sequence[Floats64],
    weights: Sequence[Floats32],
    norms: Sequence[Norm],
    parts: Sequence[slice],
) -> tuple[list[Floats32], list[Norm]]:
    """Return y_0, y_1, ... (E, U_i), and the normalisations with the statistics that they used.

    Args:
        chain: the layers.
        values: y_0, (E, U_0).
        sums: of each part of the rows, (2, U_0), of y_0 and its squares.
        weights: W_1, W_2 and so on, (U_0, U_1), ...
        norms: one more.
        parts: of the rows.
    """
    outputs, used, threads = [values], [chain.with_statistics(norms[0], sums, len(values))], len(parts)
    for weight, norm, activation in zip(weights, norms[1:], chain.activations, strict=False):
        scale, shift, _ = chain.affine(used[-1])
        inputs, out, right = outputs[-1], aligned_empty((len(values), weight.shape[1])), operand(weight, chain.half)

        def layer(rows: slice) -> Floats64:
            sums = np.zeros((2, weight.shape[1]))  # noqa: B023  # called within this iteration
            normalised_rows.forward(inputs[rows], scale, shift, activation, right, out[rows], sums)  # noqa: B023
            return sums

        used.append(chain.with_statistics(norm, parallel_map(layer, threads, parts), len(values)))
        outputs.append(out)
    return outputs, used


def infer(chain: LayerChain, values: Floats32, operands: Sequence[Operand], affines: Sequence[Affine]) -> Floats32:
    """Return the last y of a few rows, (E, U), from y_0, with the weights as right operands."""
    no_sums = np.empty((0, 0))
    for right, affine, after, activation in zip(operands, affines, affines[1:], chain.activations, strict=False):
        out = np.empty((len(values), len(after.scale)), np.float32)
        normalised_rows.forward(values, affine.scale, affine.shift, activation, right, out, no_sums)
        values = out
    return values


class ChainGradients(NamedTuple):
    """The gradients of y_0, and of the weights and normalisations."""

    values: Floats32
    weights: list[Floats32]
    gammas: list[Floats32]
    betas: list[Floats32]


def backward(
    chain: LayerChain,
    outputs: Sequence[Floats32],
    grad_z: Floats32,
    weights: Sequence[Floats32],
    norms: Sequence[Norm],
    parts: Sequence[slice],
) -> ChainGradients:
    """Return the gradients from those of the last z, (E, U), which is overwritten.

    Args:
        chain: the layers.
        outputs: y_0, y_1 and so on, and
        norms: both from `forward`.
        grad_z: gradients of the last z.
        weights: as in `forward`.
        parts: of the rows.
    """
    threads, rows_count, last = len(parts), len(grad_z), len(weights)
    affines = [chain.affine(norm) for norm in norms]

    def output_layer(rows: slice) -> Floats64:
        sums, affine = np.zeros((2, grad_z.shape[1])), affines[last]
        normalised_rows.output_gradient(outputs[last][rows], *affine, chain.activations[last], grad_z[rows], sums)
        return sums

    sums, grad_n, result = parallel_map(output_layer, threads, parts), grad_z, ChainGradients(grad_z, [], [], [])
    for index in range(last, -1, -1):
        total = np.sum([np.zeros((2, len(norms[index].mean))), *sums], axis=0).astype(np.float32)
        result.betas.insert(0, total[0])
        result.gammas.insert(0, total[1])
        means = total / np.float32(max(rows_count, 1)) * chain.training
        if index == 0:
            break
        before, grad_before = index - 1, aligned_empty((rows_count, weights[index - 1].shape[0]))
        transposed = operand(np.ascontiguousarray(weights[before].T), chain.half)

        def layer(rows: slice) -> tuple[Floats64, Floats32]:
            sums, grad_weights = np.zeros((2, len(weights[before]))), np.zeros_like(weights[before])  # noqa: B023
            normalised_rows.backward(
                outputs[before][rows], *affines[before], chain.activations[before],  # noqa: B023
                outputs[index][rows], affines[index].scale, affines[index].centre, means, grad_n[rows],  # noqa: B023
                transposed, grad_before[rows], grad_weights, sums,  # noqa: B023
            )  # fmt: skip
            return sums, grad_weights

        of_parts = parallel_map(layer, threads, parts)
        sums, grad_n = [sums for sums, _ in of_parts], grad_before
        result.weights.insert(0, np.sum([np.zeros_like(weights[before]), *(grad for _, grad in of_parts)], axis=0))

    def entry(rows: slice) -> None:
        normalised_rows.input_gradient(
            outputs[0][rows], affines[0].scale, affines[0].centre, means, grad_n[rows], grad_n[rows]
        )

    parallel_map(entry, threads, parts)
    return result._replace(values=grad_n)
