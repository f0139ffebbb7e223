"""The unit of the jets' weights, which is not to matter."""

import numpy as np

from tagwerk.errors import UserError
from tagwerk.training.jets import Jets


def of_mean_one(jets: Jets) -> Jets:
    """Return the same jets with weights in units of their mean.

    Generators give weights in any unit. Trees split a node by its sum of weights, not at all where that is small, and
    the step of a network grows with the weights of a batch: both take weights to be about one.

    Raises:
        UserError: the weights add up to zero or less.
    """
    weight = jets.weight.astype(np.float64)
    if weight.sum() <= 0:
        raise UserError(f"key 'weight': the jets of a split weigh {weight.sum():g} in all; correct the weight")
    return jets.weighted(weight / weight.mean())
