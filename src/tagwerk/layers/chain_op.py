"""Chains of normalised layers on rows as a TensorFlow operation, with its gradient."""

from collections.abc import Sequence
from typing import Any

from tagwerk.arrays import Tensor
from tagwerk.layers.numpy_operation import available_threads, numpy_operation
from tagwerk.packed import layer_chain
from tagwerk.packed.layer_chain import ChainGradients, LayerChain, Norm

Statistics = list[tuple[Tensor, Tensor]]


def chain_outputs(
    chain: LayerChain, values: Tensor, weights: Sequence[Tensor], norms: Sequence[Norm]
) -> tuple[Tensor, Statistics]:
    """Return the last z of a `tagwerk.packed.layer_chain`, and the mean and variance that each normalisation used.

    Args:
        chain: the layers.
        values: y_0, (E, U_0).
        weights: W_1, W_2 and so on.
        norms: one more, of tensors.
    """
    threads, layers = available_threads(), len(norms)

    def run(values: Any, *arrays: Any) -> list[Any]:
        weights, norms = split_layers(arrays, layers)
        if not chain.training:
            return [layer_chain.infer_rows(chain, values, weights, norms, threads), *statistics_of(norms)]
        out, outputs, used = layer_chain.run(chain, values, weights, norms, threads)
        return [out, *statistics_of(used), *outputs[1:]]

    def gradients(grad_outputs: Any, values: Any, *arrays: Any) -> list[Any]:
        arguments, results = arrays[: count_arguments(layers)], arrays[count_arguments(layers) + 1 :]
        weights, norms = split_layers(arguments, layers)
        used = with_statistics(norms, results)
        outputs = [values, *results[2 * layers :]]
        if not chain.training:
            outputs = layer_chain.run(chain, values, weights, norms, threads)[1]
        grads = layer_chain.gradients(chain, outputs, grad_outputs, weights, used, threads)
        return [grads.values, *layer_gradients(grads)]

    out, *statistics = numpy_operation(
        run,
        gradients,
        [values, *layer_inputs(weights, norms)],
        layer_constants(norms),
        [[None, norms[-1].gamma.shape[0]], *statistics_shapes(norms)],
        layers - 1 if chain.training else 0,
    )
    return out, list(zip(statistics[::2], statistics[1::2], strict=True))


def layer_inputs(weights: Sequence[Tensor], norms: Sequence[Norm]) -> list[Tensor]:
    """Return the weights of a chain that have gradients."""
    return [*weights, *(norm.gamma for norm in norms), *(norm.beta for norm in norms)]


def layer_constants(norms: Sequence[Norm]) -> list[Tensor]:
    """Return the weights of a chain that have none, the moving averages."""
    return [*(norm.mean for norm in norms), *(norm.variance for norm in norms)]


def count_arguments(layers: int) -> int:
    """Return the number of inputs and constants of a chain with this number of normalisations."""
    return layers - 1 + 4 * layers


def split_layers(arrays: Sequence[Any], layers: int) -> tuple[Sequence[Any], list[Norm]]:
    """Return weights and normalisations from `layer_inputs` and `layer_constants`, one after the other."""
    weights, rest = arrays[: layers - 1], arrays[layers - 1 :]
    columns = (rest[start : start + layers] for start in range(0, 4 * layers, layers))
    return weights, [Norm(*each) for each in zip(*columns, strict=True)]


def layer_gradients(grads: ChainGradients) -> list[Any]:
    """Return the gradients of `layer_inputs`."""
    return [*grads.weights, *grads.gammas, *grads.betas]


def statistics_of(norms: Sequence[Norm]) -> list[Any]:
    """Return mean and variance of each normalisation."""
    return [array for norm in norms for array in (norm.mean, norm.variance)]


def statistics_shapes(norms: Sequence[Norm]) -> list[list[int]]:
    """Return the shapes of `statistics_of`."""
    return [[norm.gamma.shape[0]] for norm in norms for _ in range(2)]


def with_statistics(norms: Sequence[Norm], arrays: Sequence[Any]) -> list[Norm]:
    """Return the normalisations with the statistics that `statistics_of` returned, the first of the arrays."""
    return [norm._replace(mean=arrays[2 * index], variance=arrays[2 * index + 1]) for index, norm in enumerate(norms)]
