"""The test jets of all classes of a dataset, the same for every tagger."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from tagwerk.arrays import Bools, Floats64, Ints
from tagwerk.evaluation.compared_jets import ComparedJets


@dataclass(frozen=True)
class LabelledJets:
    """B jets of C classes.

    Attributes:
        label: the true class, from 0 to C - 1, (B,).
        weight: not zero, but possibly negative, (B,).
        event: event index from 0, (B,); jets of one event fluctuate together.
    """

    label: Ints
    weight: Floats64
    event: Ints

    @classmethod
    def of(cls, scores: pd.DataFrame) -> Self:
        """Return the jets of a table of scores, none of which has zero weight."""
        event = pd.MultiIndex.from_frame(scores[["source", "event"]]).factorize()[0]
        columns = scores["label"].to_numpy(np.int64), scores["weight"].to_numpy(np.float64)
        return cls(*columns, np.asarray(event, np.int64))

    def select(self, keep: Bools) -> Self:
        """Return some of the jets, with their events numbered anew."""
        event = np.unique(self.event[keep], return_inverse=True)[1]
        return type(self)(self.label[keep], self.weight[keep], event)

    def as_signal(self, label: int) -> ComparedJets:
        """Return the jets with one class as the signal and all others as the background."""
        return ComparedJets(self.label == label, self.weight, self.event)
