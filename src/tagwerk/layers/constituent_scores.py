"""The outputs per constituent: the probability that it comes from the signal decay, or those of its origins."""

from typing import Any

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.explicit_mask import ExplicitMask
from tagwerk.layers.model_inputs import ModelInputs

_OUTPUT = "constituent_scores"


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
class OriginScores(ExplicitMask):
    """softmax(W h_t + b) of each step, in single precision; zero where padded.

    Args:
        origins: number K of origins that a constituent may have.

    Call arguments: steps (B, T, F); mask (B, T), true where real.
    Returns: (B, T, K).
    """

    def __init__(self, origins: int, **options: Any) -> None:
        super().__init__(**options)
        self.origins = origins
        self.score = keras.layers.Dense(origins, activation="softmax", dtype="float32")

    def build(self, steps_shape: tuple[int | None, ...]) -> None:
        """Create W and b."""
        self.score.build(steps_shape)

    def call(self, steps: Tensor, mask: Tensor) -> Tensor:
        """Return the probabilities."""
        return ops.where(mask[..., None], self.score(steps), 0.0)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(super().get_config()) | {"origins": self.origins}


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


def constituent_scores(inputs: ModelInputs, steps: Tensor, mask: Tensor) -> Tensor:
    """Return the labels of the only sequence: (B, T), or (B, T, K) if its constituents have K named origins."""
    origins = inputs.origins
    layer = OriginScores(len(origins), name=_OUTPUT) if origins else ConstituentScores(name=_OUTPUT)
    return layer(steps, mask)


def pt_share_scores(inputs: ModelInputs, labels: Tensor, mask: Tensor, signal: str) -> Tensor:
    """Return class probabilities (B, classes) from the labels of the only sequence, (B, T) or (B, T, K).

    Of named origins, the signal's is the one that has the name of this class.
    """
    is_signal = [name == signal for name in inputs.classes]
    of_signal = labels[..., inputs.origins.index(signal)] if inputs.origins else labels
    return PtShareScores(is_signal, name="scores", dtype="float32")(of_signal, inputs.raw("pt")[..., 0], mask)
