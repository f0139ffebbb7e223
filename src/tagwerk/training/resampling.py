"""Resampling of jets in proportion to their weights."""

from typing import Any

import numpy as np
import numpy.typing as npt

from tagwerk.errors import UserError
from tagwerk.training.loading import Jets


def resample(jets: Jets, weight: npt.NDArray[np.floating[Any]], random: np.random.Generator) -> Jets:
    """Return jets resampled with replacement by weight (N,) within each class, labels in the same order.

    Each class keeps its number of jets and its sum of weights, now equal for all its jets.

    Raises:
        UserError: a weight is negative.
    """
    if (weight < 0).any():
        raise UserError("jets with negative weights cannot be resampled; set 'reweighting.method' to weights")
    rows, mean = np.arange(len(jets)), np.ones(len(jets))
    for label in np.unique(jets.label[weight > 0]):
        of_class = np.flatnonzero(jets.label == label)
        rows[of_class] = random.choice(of_class, len(of_class), p=weight[of_class] / weight[of_class].sum())
        mean[of_class] = weight[of_class].mean()
    return jets.take(rows).with_weights(mean)
