"""Edge convolutions (arXiv:1902.08570) over the constituents of a batch, whose parts run in parallel threads.

mean_j h(x_i, x_j), where the first layer of h is c_i + o_j, c and o being linear in x, and further layers follow in a
`tagwerk.packed.layer_chain`. Every edge from a constituent i to a neighbour j has a row.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from tagwerk.arrays import Floats32, Floats64, Ints, Ints32
from tagwerk.packed import layer_chain, normalised_rows
from tagwerk.packed.activations import activated
from tagwerk.packed.aligned import aligned_empty, aligned_zeros
from tagwerk.packed.kernels import ONE
from tagwerk.packed.lanes import LANES, load, store
from tagwerk.packed.layer_chain import LayerChain, Norm
from tagwerk.packed.operands import operand
from tagwerk.packed.products import add_scaled, compiled
from tagwerk.packed.segments import Part, Segments
from tagwerk.packed.threads import parallel_map


class Graph(NamedTuple):
    """The edges of all constituents.

    Attributes:
        neighbours: rows of each constituent's neighbours, (M, K); -1 where there are less.
        offsets: the first edge of each constituent, and the number of edges, (M + 1,).
        parts: of the constituents.
    """

    neighbours: Ints32
    offsets: Ints
    parts: list[Part]

    @classmethod
    def of(cls, neighbours: Ints32, segments: Segments, threads: int) -> "Graph":
        """Return the graph of these neighbours."""
        return cls(
            neighbours,
            np.concatenate([[0], np.cumsum((neighbours >= 0).sum(axis=1))]),
            segments.parts(threads),
        )

    def edges(self, part: Part) -> slice:
        """Return the edges of a part."""
        return slice(int(self.offsets[part.rows.start]), int(self.offsets[part.rows.stop]))

    def chunks(self, rows: slice) -> Iterator[tuple[int, int]]:
        """Yield first and last row of pieces of these rows that have few edges."""
        step = max(layer_chain.CHUNK // self.neighbours.shape[1], 1)
        yield from ((start, min(start + step, rows.stop)) for start in range(rows.start, rows.stop, step))


def run(
    chain: LayerChain,
    centre: Floats32,
    other: Floats32,
    graph: Graph,
    weights: Sequence[Floats32],
    norms: Sequence[Norm],
) -> tuple[Floats32, list[Floats32], list[Norm]]:
    """Return the means over the neighbours (M, V), zero without any, and the residuals for `gradients`.

    Args:
        chain: of the layers of h.
        centre: c, (M, U).
        other: o, (M, U).
        graph: with the neighbours of each constituent.
        weights: of the second layer of h and so on.
        norms: of all layers of h.
    """
    threads, first = len(graph.parts), aligned_empty((int(graph.offsets[-1]), centre.shape[1]))

    def first_layer(part: Part) -> Floats64:
        sums = np.zeros((2, centre.shape[1]))
        values = first[graph.edges(part)]
        _gather_edges(centre, other, graph.neighbours, graph.offsets, part.rows.start, part.rows.stop, values)
        normalised_rows.add_moments(values, sums)
        return sums

    sums = parallel_map(first_layer, threads, graph.parts)
    outputs, norms = layer_chain.forward(
        chain, first, sums, weights, norms, [graph.edges(part) for part in graph.parts]
    )
    means, (scale, shift, _) = aligned_zeros((len(centre), norms[-1].mean.shape[0])), chain.affine(norms[-1])

    def mean(part: Part) -> None:
        values = outputs[-1][graph.edges(part)]
        _mean_over_edges(
            values, scale, shift, chain.activations[-1], graph.offsets, part.rows.start, part.rows.stop, means
        )

    parallel_map(mean, threads, graph.parts)
    return means, outputs, norms


def infer(
    chain: LayerChain,
    centre: Floats32,
    other: Floats32,
    graph: Graph,
    weights: Sequence[Floats32],
    norms: Sequence[Norm],
) -> Floats32:
    """Return the means as `run` does, without batch statistics: chunk by chunk of edges that stay in the cache."""
    means, affines = aligned_zeros((len(centre), norms[-1].mean.shape[0])), [chain.affine(norm) for norm in norms]
    operands = [operand(weight, chain.half) for weight in weights]

    def part_means(part: Part) -> None:
        for start, stop in graph.chunks(part.rows):
            values = np.empty((int(graph.offsets[stop] - graph.offsets[start]), centre.shape[1]), np.float32)
            _gather_edges(centre, other, graph.neighbours, graph.offsets, start, stop, values)
            values = layer_chain.infer(chain, values, operands, affines)
            _mean_over_edges(
                values, affines[-1].scale, affines[-1].shift, chain.activations[-1], graph.offsets, start, stop, means
            )

    parallel_map(part_means, len(graph.parts), graph.parts)
    return means


def gradients(
    chain: LayerChain,
    grad_means: Floats32,
    graph: Graph,
    outputs: Sequence[Floats32],
    weights: Sequence[Floats32],
    norms: Sequence[Norm],
) -> tuple[Floats32, Floats32, layer_chain.ChainGradients]:
    """Return the gradients of c and o (M, U) and of the layers.

    Args:
        chain: of the layers of h.
        grad_means: gradients of the means, (M, V).
        graph: of the constituents.
        outputs: of all layers of h, and
        norms: both from `run`.
        weights: as in `run`.
    """
    threads, grad_z = len(graph.parts), aligned_empty(outputs[-1].shape)
    parallel_map(
        lambda part: _spread(grad_means, graph.offsets, part.rows.start, part.rows.stop, grad_z), threads, graph.parts
    )
    grads = layer_chain.backward(chain, outputs, grad_z, weights, norms, [graph.edges(part) for part in graph.parts])
    grad_centre, grad_other = (aligned_zeros((len(grad_means), outputs[0].shape[1])) for _ in range(2))

    def scatter(part: Part) -> None:
        rows = part.rows.start, part.rows.stop
        _scatter_edges(grads.values, graph.neighbours, graph.offsets, *rows, grad_centre, grad_other)

    parallel_map(scatter, threads, graph.parts)
    return grad_centre, grad_other, grads


@compiled
def _gather_edges(
    centre: Floats32, other: Floats32, neighbours: Ints32, offsets: Ints, start: int, stop: int, out: Floats32
) -> None:
    """Write the sums c_i + o_j of all edges of these constituents."""
    for row in range(start, stop):
        own, edge = centre[row], offsets[row] - offsets[start]
        for slot in range(offsets[row + 1] - offsets[row]):
            value, target = other[neighbours[row, slot]], out[edge + slot]
            for u in range(0, len(own), LANES):
                store(load(own, u) + load(value, u), target, u)


@compiled
def _mean_over_edges(
    values: Floats32, scale: Floats32, shift: Floats32, activation: int, offsets: Ints, start: int, stop: int,
    means: Floats32,
) -> None:  # fmt: skip
    for row in range(start, stop):
        first, last, target = offsets[row] - offsets[start], offsets[row + 1] - offsets[start], means[row]
        share = ONE / np.float32(max(last - first, 1))
        for u in range(0, len(target), LANES):
            factor, offset = load(scale, u), load(shift, u)
            total = factor - factor
            for edge in range(first, last):
                total = total + activated(activation, load(values[edge], u) * factor + offset)
            store(total * share, target, u)


@compiled
def _spread(grad_means: Floats32, offsets: Ints, start: int, stop: int, grad_z: Floats32) -> None:
    for row in range(start, stop):
        grad, share = grad_means[row], ONE / np.float32(max(offsets[row + 1] - offsets[row], 1))
        for edge in range(offsets[row], offsets[row + 1]):
            for u in range(0, len(grad), LANES):
                store(share * load(grad, u), grad_z[edge], u)


@compiled
def _scatter_edges(
    grad_edges: Floats32, neighbours: Ints32, offsets: Ints, start: int, stop: int,
    grad_centre: Floats32, grad_other: Floats32,
) -> None:  # fmt: skip
    for row in range(start, stop):
        for slot in range(offsets[row + 1] - offsets[row]):
            grad = grad_edges[offsets[row] + slot]
            add_scaled(ONE, grad, grad_centre[row])
            add_scaled(ONE, grad, grad_other[neighbours[row, slot]])
