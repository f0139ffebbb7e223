"""Class probabilities from an error that grows with how strange a jet is."""

from typing import Any

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.explicit_mask import ExplicitMask


@keras.saving.register_keras_serializable("tagwerk")
class AnomalyScores(ExplicitMask):
    """e / (1 + e) for the anomalous classes, in equal shares, and the rest for the others.

    It is no calibrated probability, but rises with the error e, so that ROC curves are those of e.

    Args:
        anomalous: of each class, whether it is.

    Call arguments: error (B,), not negative.
    Returns: (B, classes).
    """

    def __init__(self, anomalous: list[bool], **options: Any) -> None:
        super().__init__(**options)
        self.anomalous = list(anomalous)

    def call(self, error: Tensor) -> Tensor:
        """Return the shares."""
        strange = (error / (1 + error))[:, None]
        kinds = ops.array([1.0 if each else 0.0 for each in self.anomalous])
        others = 1 - kinds
        return strange * kinds / max(sum(self.anomalous), 1) + (1 - strange) * others / max(
            len(self.anomalous) - sum(self.anomalous), 1
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(super().get_config()) | {"anomalous": self.anomalous}
