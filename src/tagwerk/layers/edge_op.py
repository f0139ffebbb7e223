"""Edge convolutions on packed constituents as TensorFlow operations, with their gradient."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tagwerk.arrays import Tensor
from tagwerk.layers.chain_op import (
    Statistics,
    count_arguments,
    layer_constants,
    layer_gradients,
    layer_inputs,
    split_layers,
    statistics_of,
    statistics_shapes,
    with_statistics,
)
from tagwerk.layers.numpy_operation import available_threads, numpy_function, numpy_operation
from tagwerk.packed import edges, neighbours
from tagwerk.packed.layer_chain import LayerChain, Norm
from tagwerk.packed.segments import Segments


def nearest_neighbours(points: Tensor, mask: Tensor, count: int) -> Tensor:
    """Return the rows of each packed constituent's nearest neighbours, (M, count), -1 where there are less.

    Args:
        points: (M + 1, D), of the constituents as `Pack` returns them; without a gradient.
        mask: (B, T), true where real.
        count: maximum number of neighbours.
    """
    threads = available_threads()

    def run(points: Any, mask: Any) -> Any:
        return neighbours.nearest_neighbours(points, Segments.of_mask(mask), count, threads)

    return numpy_function(run, [tf.stop_gradient(tf.cast(points, tf.float32)), mask], [None, count], tf.int32)


def mean_over_neighbours(
    chain: LayerChain,
    centre: Tensor,
    other: Tensor,
    neighbours: Tensor,
    mask: Tensor,
    weights: Sequence[Tensor],
    norms: Sequence[Norm],
) -> tuple[Tensor, Statistics]:
    """Return the output of `tagwerk.packed.edges.run`, and the mean and variance that each normalisation used.

    Args:
        chain: of the layers of h.
        centre: (M + 1, U).
        other: (M + 1, U).
        neighbours: (M, K).
        mask: (B, T), true where real.
        weights: of the second layer of h and so on.
        norms: of all layers of h, of tensors.
    """
    threads, layers = available_threads(), len(norms)

    def split(arrays: Sequence[Any]) -> tuple[Any, ...]:
        """Return centre, other, weights, normalisations and graph from inputs and constants."""
        centre, other, *rest, neighbours, mask = arrays
        graph = edges.Graph.of(neighbours, Segments.of_mask(mask), threads)
        return centre, other, *split_layers(rest, layers), graph

    def run(*arrays: Any) -> list[Any]:
        centre, other, weights, norms, graph = split(arrays)
        if not chain.training:
            return [edges.infer(chain, centre, other, graph, weights, norms), *statistics_of(norms)]
        means, outputs, used = edges.run(chain, centre, other, graph, weights, norms)
        return [means, *statistics_of(used), *outputs]

    def gradients(grad_means: Any, *arrays: Any) -> list[Any]:
        count = 2 + count_arguments(layers) + 2
        (centre, other, weights, norms, graph), results = split(arrays[:count]), arrays[count + 1 :]
        used, outputs = with_statistics(norms, results), list(results[2 * layers :])
        if not chain.training:
            outputs = edges.run(chain, centre, other, graph, weights, norms)[1]
        grad_centre, grad_other, grads = edges.gradients(chain, grad_means, graph, outputs, weights, used)
        return [grad_centre, grad_other, *layer_gradients(grads)]

    means, *statistics = numpy_operation(
        run,
        gradients,
        [centre, other, *layer_inputs(weights, norms)],
        [*layer_constants(norms), neighbours, mask],
        [[None, norms[-1].gamma.shape[0]], *statistics_shapes(norms)],
        layers if chain.training else 0,
    )
    return means, list(zip(statistics[::2], statistics[1::2], strict=True))
