"""The factors that give a class the spectrum of another one."""

import numpy as np

from tagwerk.arrays import Floats
from tagwerk.errors import UserError

_ROUNDING = 1e-12  # of a class's weights: what is left where weights of both signs cancel


def factors(sums: dict[str, Floats], reference: str, largest: float) -> dict[str, Floats]:
    """Return a factor a class and bin: the reference's share of its jets there over the share of the class.

    They are one for the reference and in bins without jets of the class, zero where the reference has none. In each
    class they are one on average, so that it keeps its sum of weights, and nowhere above `largest`.

    Args:
        sums: of weights by class, in the same bins.
        reference: the class that the others become alike.
        largest: more than one.

    Raises:
        UserError: a class has no weight, or less than zero in a bin, or lies where the reference is not.
    """
    sound = {name: _sound(name, each) for name, each in sums.items()}
    wanted = sound[reference] / sound[reference].sum()
    found = {name: _one(name, each, wanted, largest) for name, each in sound.items() if name != reference}
    return {name: found.get(name, np.ones_like(wanted)) for name in sums}


def _sound(name: str, sums: Floats) -> Floats:
    """Return the sums, those that are but rounding as zero; refuse those that are no spectrum."""
    total = sums.sum()
    if total <= 0:
        raise UserError(f"key 'weight': the training jets of class '{name}' weigh {total:g} in all; correct the weight")
    sums = np.where(np.abs(sums) < _ROUNDING * total, 0, sums)
    if (sums < 0).any():
        place = ", ".join(str(number + 1) for number in np.unravel_index(sums.argmin(), sums.shape))
        least = f"the training jets of class '{name}' weigh {sums.min():g} in bin ({place}) of the two variables"
        raise UserError(f"key 'reweighting.bins': {least}, less than zero; take fewer bins")
    return sums


def _one(name: str, sums: Floats, wanted: Floats, largest: float) -> Floats:
    """Return the factors of a class: the ratio, at most `largest` after it is scaled to keep the sum of weights."""
    ratio = np.divide(wanted * sums.sum(), sums, out=np.ones_like(wanted), where=sums > 0)
    total, common = sums.sum(), sums[ratio > 0].sum()
    if largest * common <= total:
        share = f"{100 * common / total:.2g} % of class '{name}' lies where the reference has jets"
        raise UserError(f"key 'reweighting.largest': only {share}; take fewer bins or a larger value than {largest:g}")
    cut = np.zeros(sums.shape, bool)
    while True:
        scale = (total - largest * sums[cut].sum()) / (sums * ratio)[~cut].sum()
        more = ~cut & (scale * ratio > largest) & (sums > 0)
        if not more.any():
            return np.where(sums > 0, np.where(cut, largest, scale * ratio), 1.0)
        cut |= more
