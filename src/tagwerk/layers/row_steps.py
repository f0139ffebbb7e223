"""Layers that act on each row alone, applied one after the other: fused on the CPU, with Keras operations elsewhere."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.precision import packs, rounds_products
from tagwerk.packed import activations, row_sequence

_ACTIVATIONS: dict[str, tuple[int, Callable[[Tensor], Tensor]]] = {
    "relu": (activations.RELU, ops.relu),
    "gelu": (activations.GELU, lambda values: ops.gelu(values, approximate=False)),
}


@dataclass(frozen=True)
class DenseStep:
    """x W + b."""

    kernel: Tensor
    bias: Tensor

    @property
    def weights(self) -> list[Tensor]:
        """Return kernel and bias."""
        return [self.kernel, self.bias]

    def packed(self, weights: Sequence[Any], seed: Any) -> row_sequence.Step:
        """Return the layer on arrays."""
        return row_sequence.dense(*weights)

    def __call__(self, values: Tensor, training: bool) -> Tensor:
        """Return the outputs."""
        return ops.matmul(values, ops.cast(self.kernel, values.dtype)) + ops.cast(self.bias, values.dtype)


@dataclass(frozen=True)
class ActivationStep:
    """An activation: relu or gelu."""

    name: str

    @property
    def weights(self) -> list[Tensor]:
        """Return nothing."""
        return []

    def packed(self, weights: Sequence[Any], seed: Any) -> row_sequence.Step:
        """Return the layer on arrays."""
        return row_sequence.activation(_ACTIVATIONS[self.name][0])

    def __call__(self, values: Tensor, training: bool) -> Tensor:
        """Return the outputs."""
        return _ACTIVATIONS[self.name][1](values)


@dataclass(frozen=True)
class ScaleStep:
    """Factors of the columns, (F,)."""

    factors: Tensor

    @property
    def weights(self) -> list[Tensor]:
        """Return the factors."""
        return [self.factors]

    def packed(self, weights: Sequence[Any], seed: Any) -> row_sequence.Step:
        """Return the layer on arrays."""
        return row_sequence.scale(*weights)

    def __call__(self, values: Tensor, training: bool) -> Tensor:
        """Return the outputs."""
        return values * ops.cast(self.factors, values.dtype)


@dataclass(frozen=True)
class NormStep:
    """A layer normalisation."""

    layer: keras.layers.LayerNormalization

    @property
    def weights(self) -> list[Tensor]:
        """Return γ and β."""
        return [self.layer.gamma, self.layer.beta]

    def packed(self, weights: Sequence[Any], seed: Any) -> row_sequence.Step:
        """Return the layer on arrays."""
        gamma, beta = weights
        return row_sequence.layer_norm(gamma, beta, self.layer.epsilon)

    def __call__(self, values: Tensor, training: bool) -> Tensor:
        """Return the outputs."""
        return self.layer(values)


@dataclass(frozen=True)
class DropoutStep:
    """A dropout."""

    layer: keras.layers.Dropout

    @property
    def weights(self) -> list[Tensor]:
        """Return nothing."""
        return []

    def packed(self, weights: Sequence[Any], seed: Any) -> row_sequence.Step:
        """Return the layer on arrays."""
        return row_sequence.dropout(self.layer.rate, seed)

    def __call__(self, values: Tensor, training: bool) -> Tensor:
        """Return the outputs."""
        return self.layer(values, training=training)


RowStep = DenseStep | ActivationStep | ScaleStep | NormStep | DropoutStep


def apply_steps(steps: Sequence[RowStep], values: Tensor, training: bool, policy: keras.DTypePolicy) -> Tensor:
    """Return the outputs of all layers on the rows (N, F), in the precision of this policy."""
    used = [step for step in steps if not isinstance(step, DropoutStep) or (training and step.layer.rate > 0)]
    if packs(policy.compute_dtype) and used:
        return ops.cast(_apply_packed(used, values, rounds_products(policy)), policy.compute_dtype)
    values = ops.cast(values, policy.compute_dtype)
    for step in used:
        values = step(values, training)
    return values


def _apply_packed(steps: Sequence[RowStep], values: Tensor, half: bool) -> Tensor:
    from tagwerk.layers.numpy_operation import available_threads, drawn_seed, joined_seed, numpy_operation

    threads = available_threads()
    seeds = [drawn_seed(step.layer.seed_generator) for step in steps if isinstance(step, DropoutStep)]
    weights = [weight for step in steps for weight in step.weights]

    def packed(arrays: Sequence[Any]) -> list[row_sequence.Step]:
        remaining, seeds = iter(arrays), iter(arrays[len(weights) :])
        return [
            step.packed(
                [next(remaining) for _ in step.weights],
                joined_seed(next(seeds)) if isinstance(step, DropoutStep) else None,
            )
            for step in steps
        ]

    def run(values: Any, *arrays: Any) -> list[Any]:
        return [row_sequence.run(packed(arrays), values, threads, half=half)]

    def gradients(grad_outputs: Any, values: Any, *arrays: Any) -> list[Any]:
        grad_values, grads = row_sequence.gradients(packed(arrays), values, grad_outputs, threads, half=half)
        return [grad_values, *grads]

    width = next((step.bias.shape[0] for step in reversed(steps) if isinstance(step, DenseStep)), values.shape[-1])
    (out,) = numpy_operation(run, gradients, [values, *weights], seeds, [[None, width]], 0)
    return out
