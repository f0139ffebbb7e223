"""How far a training is."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = list[npt.NDArray[Any]]
Row = dict[str, float]


@dataclass
class Progress:
    """How far a training is.

    Attributes:
        best: the model's weights where the validation loss was lowest.
        best_loss, age: that loss, and how many epochs ago it was.
        epoch, batches: the epoch that it is in, counted from one, and how many of its batches are done.
        sums: of weight, weighted loss and weighted right guesses over them.
        seconds: that the epoch took so far.
        history: a row a finished epoch.
    """

    best: Arrays
    best_loss: float = np.inf
    age: int = 0
    epoch: int = 1
    batches: int = 0
    sums: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))
    seconds: float = 0.0
    history: list[Row] = field(default_factory=list)

    def finish_epoch(self, row: Row, weights: Arrays) -> None:
        """Go on to the next epoch; keep the weights where the validation loss of this one is the lowest."""
        self.history.append(row)
        self.age += 1
        if row["val_loss"] < self.best_loss:
            self.best_loss, self.age, self.best = row["val_loss"], 0, weights
        self.epoch, self.batches, self.sums, self.seconds = self.epoch + 1, 0, np.zeros(3), 0.0
