"""The base class of all layers that take masks."""

import keras

from tagwerk.arrays import Tensor


class ExplicitMask(keras.layers.Layer):  # type: ignore[misc]  # Keras has no type stubs
    """A layer that takes its mask as an argument, and neither uses nor propagates Keras's implicit masks.

    Without it, Keras warns that the masks that it attaches to the outputs of recurrent layers are lost.
    """

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor) -> None:
        """Return None."""
