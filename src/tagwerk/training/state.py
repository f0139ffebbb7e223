"""The state of a training."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = list[npt.NDArray[Any]]
Row = dict[str, float]


@dataclass
class TrainingState:
    """The state of a training, but for the model and the optimizer.

    Attributes:
        best: the model's weights at the lowest validation loss.
        best_loss, age: that loss, and the number of epochs since.
        cooling: number of epochs after which the learning rate began to fall, with the schedule `plateau`; 0 before.
        epoch, batches: the current epoch, counted from one, and the number of its batches done.
        sums: of weight, weighted loss and weighted correct predictions over them.
        seconds: spent on the epoch so far.
        history: one row per finished epoch.
    """

    best: Arrays
    best_loss: float = np.inf
    age: int = 0
    cooling: int = 0
    epoch: int = 1
    batches: int = 0
    sums: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))
    seconds: float = 0.0
    history: list[Row] = field(default_factory=list)

    def finish_epoch(self, row: Row, weights: Arrays) -> None:
        """Advance to the next epoch; keep the weights if their validation loss is the lowest so far."""
        self.history.append(row)
        self.age += 1
        if row["val_loss"] < self.best_loss:
            self.best_loss, self.age, self.best = row["val_loss"], 0, weights
        self.epoch, self.batches, self.sums, self.seconds = self.epoch + 1, 0, np.zeros(3), 0.0
