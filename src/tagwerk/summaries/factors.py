"""The reweighting factors that give each class the spectrum of a reference class."""

import numpy as np

from tagwerk.arrays import Floats
from tagwerk.errors import UserError

_ROUNDING = 1e-12  # of a class's sum of weights: the residual where positive and negative weights cancel


def reweighting_factors(sums: dict[str, Floats], reference: str, largest: float) -> dict[str, Floats]:
    """Return one factor per class and bin: the reference's share of weight in the bin over that of the class.

    Factors are one for the reference and in bins without jets of the class, and zero in bins without jets of the
    reference. In each class they average to one, which keeps its sum of weights, and never exceed `largest`.

    Args:
        sums: of weights by class, in the same bins.
        reference: the class whose spectrum the others get.
        largest: more than one.

    Raises:
        UserError: the weights of a class sum to zero or less, or to less than zero in a bin, or have too little overlap
            with the reference.
    """
    spectra = {name: _checked(name, weights) for name, weights in sums.items()}
    target = spectra[reference] / spectra[reference].sum()
    return {
        name: np.ones_like(target) if name == reference else _class_factors(name, weights, target, largest)
        for name, weights in spectra.items()
    }


def _checked(name: str, sums: Floats) -> Floats:
    """Return the sums with rounding residuals set to zero; refuse negative ones."""
    total = sums.sum()
    weights = f"the weights of the training jets of class '{name}' sum to"
    if total <= 0:
        raise UserError(f"key 'weight': {weights} {total:g}; correct the weight")
    sums = np.where(np.abs(sums) < _ROUNDING * total, 0, sums)
    if (sums < 0).any():
        indices = ", ".join(str(index + 1) for index in np.unravel_index(sums.argmin(), sums.shape))
        in_bin = f"{sums.min():g} in bin ({indices}) of the two variables"
        raise UserError(f"key 'reweighting.bins': {weights} {in_bin}; use fewer bins")
    return sums


def _class_factors(name: str, sums: Floats, target: Floats, largest: float) -> Floats:
    """Return the factors of a class: the ratio, scaled to keep the sum of weights and capped at `largest`."""
    ratio = np.divide(target * sums.sum(), sums, out=np.ones_like(target), where=sums > 0)
    total, overlap = sums.sum(), sums[ratio > 0].sum()
    if largest * overlap <= total:
        share = f"{100 * overlap / total:.2g} % of class '{name}' lies where the reference has jets"
        raise UserError(f"key 'reweighting.largest': only {share}; use fewer bins or a value above {largest:g}")
    capped = np.zeros(sums.shape, bool)
    while True:
        scale = (total - largest * sums[capped].sum()) / (sums * ratio)[~capped].sum()
        exceeding = ~capped & (scale * ratio > largest) & (sums > 0)
        if not exceeding.any():
            return np.where(sums > 0, np.where(capped, largest, scale * ratio), 1.0)
        capped |= exceeding
