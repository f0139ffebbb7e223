"""Convolution of packed constituents with those before them."""

from typing import Any

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.explicit_mask import ExplicitMask
from tagwerk.layers.packed_constituents import Pack, Unpack
from tagwerk.layers.precision import packs

Shape = tuple[Any, ...]


@keras.saving.register_keras_serializable("tagwerk")
class CausalConvolution(ExplicitMask):
    """y_t = silu(b + Σ_k w_k x_{t-k}), feature by feature, over the constituents of a jet.

    Args:
        taps: K, the number of constituents that an output sees.

    Call arguments: rows (M + 1, E), the real constituents of all jets, as `Pack` returns them; mask (B, T), true where
    real.
    Returns: (M + 1, E).
    """

    def __init__(self, taps: int, **options: Any) -> None:
        super().__init__(**options)
        self.taps = taps

    def build(self, rows_shape: Shape) -> None:
        """Create w, (K, E), and b."""
        start = keras.initializers.RandomUniform(-(self.taps**-0.5), self.taps**-0.5)
        self.kernel = self.add_weight(name="kernel", shape=(self.taps, rows_shape[-1]), initializer=start)
        self.bias = self.add_weight(name="bias", shape=rows_shape[-1:], initializer=start)

    def compute_output_shape(self, rows_shape: Shape) -> Shape:
        """Return the shape of the output."""
        return rows_shape

    def call(self, rows: Tensor, mask: Tensor) -> Tensor:
        """Return y."""
        if packs(self.compute_dtype):
            from tagwerk.layers.jet_rows_op import outputs
            from tagwerk.packed.jet_rows import CONVOLUTION

            return ops.cast(outputs(CONVOLUTION, mask, [rows, self.kernel, self.bias]), rows.dtype)
        position = ops.arange(ops.shape(mask)[1])
        real_first = ops.argsort(ops.where(mask, position, position + ops.shape(mask)[1]), axis=1)
        steps = ops.take_along_axis(Unpack()(rows, mask), real_first[..., None], axis=1)
        kernel = ops.cast(self.kernel, rows.dtype)
        sums = ops.cast(self.bias, rows.dtype) + kernel[0] * steps
        for k in range(1, self.taps):
            sums = sums + kernel[k] * ops.pad(steps, ((0, 0), (k, 0), (0, 0)))[:, :-k]
        return Pack()(ops.take_along_axis(ops.silu(sums), ops.argsort(real_first, axis=1)[..., None], axis=1), mask)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(super().get_config()) | {"taps": self.taps}
