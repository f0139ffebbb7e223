"""Class probabilities from an anomaly score."""

from typing import Any

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.explicit_mask import ExplicitMask


@keras.saving.register_keras_serializable("tagwerk")
class AnomalyScores(ExplicitMask):
    """e / (1 + e) for the anomalous classes, in equal shares, and the rest for the others.

    This is not a calibrated probability, but increases with the error e, so that ROC curves are those of e.

    Args:
        anomalous: of each class, whether it is anomalous.

    Call arguments: error (B,), not negative.
    Returns: (B, classes).
    """

    def __init__(self, anomalous: list[bool], **options: Any) -> None:
        super().__init__(**options)
        self.anomalous = list(anomalous)

    def call(self, error: Tensor) -> Tensor:
        """Return the class probabilities."""
        share = (error / (1 + error))[:, None]
        anomalous = ops.array([1.0 if flag else 0.0 for flag in self.anomalous])
        others = 1 - anomalous
        return share * anomalous / max(sum(self.anomalous), 1) + (1 - share) * others / max(
            len(self.anomalous) - sum(self.anomalous), 1
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(super().get_config()) | {"anomalous": self.anomalous}
