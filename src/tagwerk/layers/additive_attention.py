"""One vector per jet: the mean of its steps with learnt attention weights."""

import math
from typing import Any

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.explicit_mask import ExplicitMask


@keras.saving.register_keras_serializable("tagwerk")
class AdditiveAttention(ExplicitMask):
    """The mean of the steps h_t with weights softmax_t(v · tanh(W h_t + b)) over the constituents that exist.

    Additive attention (arXiv:1409.0473, equations 5 and 6); a jet without constituents gives zero.

    Args:
        units: length of v.

    Call arguments: steps (B, T, F); mask (B, T), true where real.
    Returns: (B, F).
    """

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(**options)
        self.units = units
        self.hidden = keras.layers.Dense(units, activation="tanh", dtype=self.dtype_policy)
        self.score = keras.layers.Dense(1, use_bias=False, dtype=self.dtype_policy)

    def build(self, steps_shape: tuple[int | None, ...]) -> None:
        """Create W, b and v."""
        self.hidden.build(steps_shape)
        self.score.build((*steps_shape[:-1], self.units))

    def call(self, steps: Tensor, mask: Tensor) -> Tensor:
        """Return the weighted mean of the steps."""
        return ops.sum(self.attention_weights(steps, mask)[..., None] * steps, axis=1)

    def attention_weights(self, steps: Tensor, mask: Tensor) -> Tensor:
        """Return the weight of each step, (B, T); they sum to one, or to zero for a jet without constituents."""
        scores = ops.where(mask, self.score(self.hidden(steps))[..., 0], -math.inf)
        # In a jet without constituents the highest score is -inf, and e^(-inf - 0) is zero.
        highest = ops.max(scores, axis=1, keepdims=True)
        weights = ops.exp(scores - ops.where(ops.isfinite(highest), highest, 0.0))
        total = ops.sum(weights, axis=1, keepdims=True)
        return weights / ops.where(total > 0, total, 1.0)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(super().get_config()) | {"units": self.units}
