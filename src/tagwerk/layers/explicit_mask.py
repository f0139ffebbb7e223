"""The base of all layers that are handed masks."""

import keras

from tagwerk.arrays import Tensor


class ExplicitMask(keras.layers.Layer):  # type: ignore[misc]  # Keras has no type stubs
    """A layer that is handed its mask as an argument, and takes and passes on none by itself.

    Without it, Keras warns that the masks that it attaches to the outputs of recurrent layers are lost.
    """

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor) -> None:
        """Return none."""
