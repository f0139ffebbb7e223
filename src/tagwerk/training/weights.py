"""How much a jet counts in training: its own weight, its class's, and what makes the classes' spectra alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from tagwerk.arrays import Floats64
from tagwerk.cards.tagger import TrainingSettings
from tagwerk.errors import UserError
from tagwerk.summaries.reweighted import Reweighted
from tagwerk.training.loading import Jets
from tagwerk.training.resampling import drawn


@dataclass(frozen=True)
class Weighing:
    """How jets of a split are weighted for training.

    Attributes:
        factors: on the weights of each class, zero for those that are not trained on, in the order of the labels.
        reweighted: what the summary knows of the classes' spectra, where the dataset's card asks for them alike.
    """

    factors: Floats64
    reweighted: Reweighted | None = None

    @classmethod
    def of(cls, training: TrainingSettings, classes: Sequence[str], reweighted: Reweighted | None) -> Self:
        """Return what a tagger's and a dataset's card ask for."""
        trained = training.classes or classes
        factors = [training.class_weights.get(name, 1.0) if name in trained else 0.0 for name in classes]
        return cls(np.array(factors), reweighted)

    def wanted(self, jets: Jets) -> Jets:
        """Return the jets of the classes that are trained on."""
        mine = (self.factors > 0)[jets.label]
        return jets if mine.all() else jets.take(np.flatnonzero(mine))

    def weights(self, jets: Jets) -> Floats64:
        """Return the weight of each jet, (N,)."""
        weight = jets.weight.astype(np.float64) * self.factors[jets.label]
        if self.reweighted is None:
            return weight
        one, other = (jets.scalars[:, jets.schema.scalars.index(name)] for name in self.reweighted.card.variables)
        return np.asarray(weight * self.reweighted.factor(jets.label, one, other))

    def weighted(self, jets: Jets, unit: float, random: np.random.Generator) -> Jets:
        """Return jets with their weights in this unit, or drawn by them where the dataset's card asks for that."""
        weight = self.weights(jets) / unit
        resampled = self.reweighted is not None and self.reweighted.card.method == "resampling"
        return drawn(jets, weight, random) if resampled else jets.weighted(weight)


def unit_of(sums: Mapping[str, Any], jets: int, split: str) -> float:
    """Return the mean weight of a split's jets, from the sum of weights of each of its classes.

    Generators give weights in any unit. Trees split a node by its sum of weights, not at all where that is small, and
    the step of a network grows with the weights of a batch: both take weights to be about one.

    Raises:
        UserError: a class counts for nothing, or less.
    """
    for name, weight in sums.items():
        if not 0 < weight < np.inf:
            raise UserError(f"key 'weight': the jets of class '{name}' in {split} weigh {weight:g} in all; correct it")
    return float(sum(sums.values()) / jets)
