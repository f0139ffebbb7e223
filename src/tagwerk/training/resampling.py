"""Jets drawn again and again, as often as they weigh."""

from typing import Any

import numpy as np
import numpy.typing as npt

from tagwerk.errors import UserError
from tagwerk.training.loading import Jets


def drawn(jets: Jets, weight: npt.NDArray[np.floating[Any]], random: np.random.Generator) -> Jets:
    """Return as many jets of each class, drawn with replacement by their weights (N,), at the places of those.

    Each class keeps its sum of weights, in equal shares.

    Raises:
        UserError: a weight is below zero.
    """
    if (weight < 0).any():
        raise UserError("jets cannot be drawn by weights below zero; set 'reweighting.method' to weights")
    rows, mean = np.arange(len(jets)), np.ones(len(jets))
    for label in np.unique(jets.label[weight > 0]):
        mine = np.flatnonzero(jets.label == label)
        rows[mine] = random.choice(mine, len(mine), p=weight[mine] / weight[mine].sum())
        mean[mine] = weight[mine].mean()
    return jets.take(rows).weighted(mean)
