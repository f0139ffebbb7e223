"""Layer tests use whichever backend Keras is configured with, TensorFlow by default."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import pytest

from tagwerk.layers.packed_constituents import Pack, Unpack


@pytest.fixture(scope="session", autouse=True)
def backend(request: pytest.FixtureRequest) -> str:
    """The name of Keras's backend, which is initialised."""
    name: str = keras.backend.backend()
    if name == "tensorflow":
        request.getfixturevalue("tensorflow")
    return name


class OnPacked(keras.layers.Layer):  # type: ignore[misc]  # Keras has no type stubs
    """A layer on packed constituents, called with padded ones: x (B, T, F) and mask (B, T).

    Args:
        layer: the layer, or a function of its arguments.
        arguments: of the layer, from packed constituents and mask.
    """

    def __init__(self, layer: Any, arguments: Any = lambda rows, mask: (rows, mask)) -> None:
        super().__init__()
        self.layer, self.arguments = layer, arguments

    def call(self, x: Any, mask: Any, training: bool = False) -> Any:
        outputs = self.layer(*self.arguments(Pack()(x, mask), mask), training=training)
        return Unpack()(outputs, mask)


def outputs_and_gradients(layer: keras.layers.Layer, inputs: Any, *others: Any) -> Sequence[Any]:
    """Return the outputs, and the gradients of the sum of their squares with respect to the inputs and all weights."""
    layer(*(keras.Input(batch_shape=array.shape, dtype=str(array.dtype)) for array in (inputs, *others)))
    arrays = (_in_jax if keras.backend.backend() == "jax" else _in_tensorflow)(layer, inputs, *others)
    return [np.asarray(array) for array in arrays]


def numerical_gradient(function: Any, arrays: Sequence[Any], index: int, step: float = 1e-5) -> Any:
    """Return the gradient of a function with respect to one of its arrays, by central differences."""
    gradient = np.empty(arrays[index].shape)
    for element in np.ndindex(gradient.shape):
        values = []
        for sign in (1, -1):
            shifted = [np.array(array, float) for array in arrays]
            shifted[index][element] += sign * step
            values.append(function(*shifted))
        gradient[element] = (values[0] - values[1]) / (2 * step)
    return gradient


def _in_jax(layer: keras.layers.Layer, inputs: Any, *others: Any) -> Sequence[Any]:
    import jax

    def loss(inputs: Any, values: Any) -> Any:
        with keras.StatelessScope(list(zip(layer.trainable_variables, values, strict=True))):
            outputs = layer(inputs, *others, training=True)
        return (outputs**2).sum(), outputs

    values = [variable.value for variable in layer.trainable_variables]
    (grad_inputs, grad_weights), outputs = jax.jit(jax.grad(loss, (0, 1), has_aux=True))(inputs, values)
    return [outputs, grad_inputs, *grad_weights]


def _in_tensorflow(layer: keras.layers.Layer, inputs: Any, *others: Any) -> Sequence[Any]:
    import tensorflow as tf

    inputs = tf.constant(inputs)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(inputs, *others, training=True)
        loss = tf.reduce_sum(outputs**2)
    gradients = tape.gradient(loss, [inputs, *layer.trainable_variables], unconnected_gradients="zero")
    return [outputs, *(tf.convert_to_tensor(gradient) for gradient in gradients)]
