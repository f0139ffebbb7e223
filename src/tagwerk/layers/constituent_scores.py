"""One output a constituent: how probable it is that it comes from the signal decay."""

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
        """Make w and b."""
        self.score.build(steps_shape)

    def call(self, steps: Tensor, mask: Tensor) -> Tensor:
        """Return the probabilities."""
        return ops.where(mask, self.score(steps)[..., 0], 0.0)


@keras.saving.register_keras_serializable("tagwerk")
class ShareScores(ExplicitMask):
    """The share of a jet's pT that its labels give to the signal, as class probabilities.

    The other classes have the rest in equal shares; a jet without constituents has no signal in it.

    Args:
        signal: of each class, whether it is the signal.

    Call arguments: labels (B, T); pt (B, T), in GeV; mask (B, T), true where real.
    Returns: (B, classes).
    """

    def __init__(self, signal: list[bool], **options: Any) -> None:
        super().__init__(**options)
        self.signal = list(signal)

    def call(self, labels: Tensor, pt: Tensor, mask: Tensor) -> Tensor:
        """Return the shares."""
        pt = ops.where(mask, pt, 0.0)
        total = ops.sum(pt, axis=1, keepdims=True)
        share = ops.sum(labels * pt, axis=1, keepdims=True) / ops.where(total > 0, total, 1.0)
        kinds = ops.array([1.0 if each else 0.0 for each in self.signal])
        return share * kinds + (1 - share) * (1 - kinds) / (len(self.signal) - 1)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(super().get_config()) | {"signal": self.signal}


def scores_of_share(inputs: ModelInputs, labels: Tensor, mask: Tensor, signal: str) -> Tensor:
    """Return class probabilities (B, classes) from the labels (B, T) of the only sequence."""
    kinds = [name == signal for name in inputs.classes]
    return ShareScores(kinds, name="scores", dtype="float32")(labels, inputs.raw("pt")[..., 0], mask)
