"""Training jets whose classes are alike in two variables, by weights or by drawing jets again."""

from typing import Any

import numpy as np
import numpy.typing as npt

from tagwerk.cards.reweighting import Reweighting
from tagwerk.errors import UserError
from tagwerk.shards.reweighted import Reweighted
from tagwerk.training.jets import Jets

Floats = npt.NDArray[np.floating[Any]]


def as_asked(splits: list[Jets], card: Reweighting | None, summary: Reweighted | None, seed: int) -> list[Jets]:
    """Return the jets of training and validation as the dataset's card asks for, with what the summary knows of it.

    Raises:
        UserError: the summary was made with another section `reweighting`, or see `reweight`.
    """
    if card != (summary.card if summary is not None else None):
        raise UserError("the summary was made with another section 'reweighting' than the card has; summarise again")
    if summary is None:
        return splits
    random = np.random.default_rng((seed, 1))  # not the numbers of the seed alone, which shuffle the jets
    return [reweight(jets, summary, random) for jets in splits]


def reweight(jets: Jets, reweighted: Reweighted, random: np.random.Generator) -> Jets:
    """Return jets as training or validation shall see them; test jets stay as they are.

    With the method `weights` each jet's weight is multiplied by its factor. With `resampling` jets are drawn with
    replacement, as often as in proportion to that product; each class keeps its number of jets and, in equal shares,
    its sum of weights.

    Raises:
        UserError: a class has no weight left, or jets are to be drawn by weights below zero.
    """
    one, other = (jets.scalars[:, jets.schema.scalars.index(name)] for name in reweighted.card.variables)
    weight = jets.weight.astype(np.float64) * reweighted.factor(jets.label, one, other)
    for label, name in enumerate(jets.schema.classes):
        mine = weight[jets.label == label]
        if mine.size and mine.sum() <= 0:
            raise UserError(
                f"after reweighting no jet of class '{name}' counts in a split; use more jets or fewer bins"
            )
    return _drawn(jets, weight, random) if reweighted.card.method == "resampling" else jets.weighted(weight)


def _drawn(jets: Jets, weight: Floats, random: np.random.Generator) -> Jets:
    """Return as many jets of each class, drawn by their weights, at the places of those of the class."""
    if (weight < 0).any():
        raise UserError("jets cannot be drawn by weights below zero; set 'reweighting.method' to weights")
    rows, mean = np.arange(len(jets)), np.ones(len(jets))
    for label in np.unique(jets.label):
        mine = np.flatnonzero(jets.label == label)
        rows[mine] = random.choice(mine, len(mine), p=weight[mine] / weight[mine].sum())
        mean[mine] = weight[mine].mean()
    return jets.take(rows).weighted(mean)
