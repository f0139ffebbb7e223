"""Convolution along the constituents, in their order."""

from typing import Any

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.explicit_mask import ExplicitMask


@keras.saving.register_keras_serializable("tagwerk")
class MaskedConv(ExplicitMask):
    """A linear layer of each constituent and its two neighbours in the list; padding counts as zeros.

    Args:
        width: of the output.
        stride: of the positions that have an output: each, or the first, third, ... for a stride of two.

    Call arguments: constituents (B, T, F); mask (B, T), true where real.
    Returns: (B, T / stride rounded up, width); of padding, any number.
    """

    def __init__(self, width: int, stride: int = 1, **options: Any) -> None:
        super().__init__(**options)
        self.width, self.stride = width, stride
        self.conv = keras.layers.Conv1D(width, 3, strides=stride, dtype=self.dtype_policy)

    def build(self, constituents_shape: tuple[int | None, ...]) -> None:
        """Create the weights."""
        self.conv.build(constituents_shape)

    def compute_output_shape(self, constituents_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the output."""
        batch, length, _ = constituents_shape
        return (batch, None if length is None else -(-length // self.stride), self.width)

    def call(self, constituents: Tensor, mask: Tensor) -> Tensor:
        """Return the new features."""
        real = ops.where(mask[..., None], constituents, 0.0)
        return self.conv(ops.pad(real, ((0, 0), (1, 1), (0, 0))))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(super().get_config()) | {"width": self.width, "stride": self.stride}
