"""Layers compute with whichever backend Keras is told to use, TensorFlow by default."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import pytest


@pytest.fixture(scope="session", autouse=True)
def backend(request: pytest.FixtureRequest) -> str:
    """The name of Keras's backend, which is ready."""
    name: str = keras.backend.backend()
    if name == "tensorflow":
        request.getfixturevalue("tensorflow")
    return name


def outputs_and_gradients(layer: keras.layers.Layer, inputs: Any, *others: Any) -> Sequence[Any]:
    """Return the outputs, and the gradients of the sum of their squares by the inputs and by all weights."""
    layer(*(keras.Input(batch_shape=each.shape, dtype=str(each.dtype)) for each in (inputs, *others)))
    found = (_in_jax if keras.backend.backend() == "jax" else _in_tensorflow)(layer, inputs, *others)
    return [np.asarray(each) for each in found]


def differences(function: Any, arrays: Sequence[Any], which: int, step: float = 1e-5) -> Any:
    """Return the gradient of a function by one of its arrays, from values a step to both sides of every number."""
    found = np.empty(arrays[which].shape)
    for place in np.ndindex(found.shape):
        ends = []
        for sign in (1, -1):
            moved = [np.array(each, float) for each in arrays]
            moved[which][place] += sign * step
            ends.append(function(*moved))
        found[place] = (ends[0] - ends[1]) / (2 * step)
    return found


def _in_jax(layer: keras.layers.Layer, inputs: Any, *others: Any) -> Sequence[Any]:
    import jax

    def loss(inputs: Any, values: Any) -> Any:
        with keras.StatelessScope(list(zip(layer.trainable_variables, values, strict=True))):
            found = layer(inputs, *others, training=True)
        return (found**2).sum(), found

    values = [each.value for each in layer.trainable_variables]
    (by_inputs, by_weights), found = jax.jit(jax.grad(loss, (0, 1), has_aux=True))(inputs, values)
    return [found, by_inputs, *by_weights]


def _in_tensorflow(layer: keras.layers.Layer, inputs: Any, *others: Any) -> Sequence[Any]:
    import tensorflow as tf

    inputs = tf.constant(inputs)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        found = layer(inputs, *others, training=True)
        loss = tf.reduce_sum(found**2)
    gradients = tape.gradient(loss, [inputs, *layer.trainable_variables], unconnected_gradients="zero")
    return [found, *(tf.convert_to_tensor(each) for each in gradients)]
