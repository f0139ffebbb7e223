"""Jet weights for training: the product of event weight, class weight and reweighting factor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from tagwerk.arrays import Floats64
from tagwerk.cards.tagger import TrainingSettings
from tagwerk.errors import UserError
from tagwerk.summaries.reweighted import ReweightingFactors
from tagwerk.training.loading import Jets
from tagwerk.training.resampling import resample


@dataclass(frozen=True)
class JetWeights:
    """The weights of a split's jets in training.

    Attributes:
        factors: one per class, in the order of the labels; zero for classes that are not trained on.
        reweighting: the summary's reweighting factors, if the dataset card has a section `reweighting`.
    """

    factors: Floats64
    reweighting: ReweightingFactors | None = None

    @classmethod
    def of(cls, training: TrainingSettings, classes: Sequence[str], reweighting: ReweightingFactors | None) -> Self:
        """Return the weights that tagger card and dataset card ask for."""
        trained = training.classes or classes
        factors = [training.class_weights.get(name, 1.0) if name in trained else 0.0 for name in classes]
        return cls(np.array(factors), reweighting)

    def select(self, jets: Jets) -> Jets:
        """Return the jets of the classes that are trained on."""
        mask = (self.factors > 0)[jets.label]
        return jets if mask.all() else jets.take(np.flatnonzero(mask))

    def weights(self, jets: Jets) -> Floats64:
        """Return the weight of each jet, (N,)."""
        weight = jets.weight.astype(np.float64) * self.factors[jets.label]
        if self.reweighting is None:
            return weight
        first, second = (jets.scalars[:, jets.schema.scalars.index(name)] for name in self.reweighting.card.variables)
        return np.asarray(weight * self.reweighting.factor(jets.label, first, second))

    def apply(self, jets: Jets, unit: float, random: np.random.Generator) -> Jets:
        """Return jets with weights in this unit, or resampled by them if the dataset card asks for that."""
        weight = self.weights(jets) / unit
        resampling = self.reweighting is not None and self.reweighting.card.method == "resampling"
        return resample(jets, weight, random) if resampling else jets.with_weights(weight)


def mean_weight(sums: Mapping[str, Any], jets: int, split: str) -> float:
    """Return the mean weight of a split's jets, from the sum of weights of each class.

    Generators give weights in any unit. Boosted trees do not split nodes whose sum of weights is small, and the
    gradient step of a network scales with the weights of its batch: both expect weights of about one.

    Raises:
        UserError: the weights of a class sum to zero or less.
    """
    for name, weight in sums.items():
        if not 0 < weight < np.inf:
            raise UserError(f"key 'weight': the weights of class '{name}' in {split} sum to {weight:g}; correct them")
    return float(sum(sums.values()) / jets)
