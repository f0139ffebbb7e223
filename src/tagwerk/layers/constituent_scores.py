"""One output per constituent: the probability that it comes from the signal decay."""

from typing import Any

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.explicit_mask import ExplicitMask
from tagwerk.layers.model_inputs import ModelInputs


@keras.saving.register_keras_serializable("tagwerk")
class ConstituentScores(ExplicitMask):
    """σ(w · h_t + b) of each step, in single precision; zero where padded.

    Call arguments: steps (B, T, F); mask (B, T), true where real.
    Returns: (B, T).
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.score = keras.layers.Dense(1, activation="sigmoid", dtype="float32")

    def build(self, steps_shape: tuple[int | None, ...]) -> None:
        """Create w and b."""
        self.score.build(steps_shape)

    def call(self, steps: Tensor, mask: Tensor) -> Tensor:
        """Return the probabilities."""
        return ops.where(mask, self.score(steps)[..., 0], 0.0)


@keras.saving.register_keras_serializable("tagwerk")
class PtShareScores(ExplicitMask):
    """Class probabilities from the share of a jet's pT that is labelled as signal.

    The other classes get the rest in equal shares; a jet without constituents has a signal share of zero.

    Args:
        signal: of each class, whether it is the signal.

    Call arguments: labels (B, T); pt (B, T), in GeV; mask (B, T), true where real.
    Returns: (B, classes).
    """

    def __init__(self, signal: list[bool], **options: Any) -> None:
        super().__init__(**options)
        self.signal = list(signal)

    def call(self, labels: Tensor, pt: Tensor, mask: Tensor) -> Tensor:
        """Return the class probabilities."""
        pt = ops.where(mask, pt, 0.0)
        total = ops.sum(pt, axis=1, keepdims=True)
        share = ops.sum(labels * pt, axis=1, keepdims=True) / ops.where(total > 0, total, 1.0)
        signal = ops.array([1.0 if flag else 0.0 for flag in self.signal])
        return share * signal + (1 - share) * (1 - signal) / (len(self.signal) - 1)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(super().get_config()) | {"signal": self.signal}


def pt_share_scores(inputs: ModelInputs, labels: Tensor, mask: Tensor, signal: str) -> Tensor:
    """Return class probabilities (B, classes) from the labels (B, T) of the only sequence."""
    is_signal = [name == signal for name in inputs.classes]
    return PtShareScores(is_signal, name="scores", dtype="float32")(labels, inputs.raw("pt")[..., 0], mask)
