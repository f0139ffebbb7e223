"""The base class of all layers that take masks."""

from typing import Any, Self, cast

import keras

from tagwerk.arrays import Tensor


class ExplicitMask(keras.layers.Layer):  # type: ignore[misc]  # Keras has no type stubs
    """A layer that takes its mask as an argument, and neither uses nor propagates Keras's implicit masks.

    Without it, Keras warns that the masks that it attaches to the outputs of recurrent layers are lost.
    """

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the layer of this configuration, whose policy may be one of ours: Keras keeps the name alone."""
        dtype = config.get("dtype")
        dtype = keras.dtype_policies.deserialize(dtype) if isinstance(dtype, dict) else dtype
        return cast(Self, super().from_config(config | {"dtype": dtype}))

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor) -> None:
        """Return None."""


class Uncast(ExplicitMask):
    """The same, with inputs in the precision that they come in: momenta, coordinates and features must not be rounded.

    With a mixed policy, Keras would cast them to half precision before the call.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.autocast = False
