"""Which slots of a padded array (N, T) hold a constituent: masks and counts, compared with the values themselves."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tagwerk.arrays import Bools, Values
from tagwerk.checks.padding import real
from tagwerk.jets.momentum import polar

_MOSTLY = 0.5  # of all slots; a mask that agrees in fewer is of something else
_NONE = "no mask or counts found: where the energy or pT is 0 is padding"


@dataclass(frozen=True)
class Claim:
    """What a dataset says of slots, beside what the values say.

    Attributes:
        agrees: the share of slots in which both say the same.
        loses: how many constituents it leaves out.
        inverted: whether it is true exactly where no constituent is.
    """

    agrees: float
    loses: int
    inverted: bool

    @property
    def exact(self) -> bool:
        """Whether both agree in every slot of every row looked at."""
        return self.agrees == 1.0

    def doubt(self, name: str) -> str:
        """Return what is to be looked at."""
        if self.inverted:
            return f"'{name}' is inverted, true where there is padding; so the values tell which slots are real"
        lost = f"; it leaves out {self.loses:,} slots with values" if self.loses else ""
        return f"'{name}' agrees with the values in {self.agrees:.2%} of the slots only{lost}"


def occupied(components: Mapping[str, Values]) -> Bools:
    """Return which slots (N, T) hold a constituent, by the values of a four-momentum."""
    with np.errstate(all="ignore"):
        return real(polar(components, ("pt", "eta", "energy")))


def link_of(
    masks: Mapping[str, Values], counts: Mapping[str, Values], filled: Bools, otherwise: str
) -> tuple[dict[str, str], str | None]:
    """Return the link that fits the values, and what is to be looked at if it does not in every row.

    Args:
        masks: arrays (N, T) that may tell which slots are real, the likeliest first.
        counts: numbers (N,) that may tell how many slots at the front are.
        filled: which slots the values say are real (N, T).
        otherwise: what is zero in slots that are not.
    """
    claims = [("mask", name, of_mask(each, filled)) for name, each in masks.items()]
    claims += [("counts", name, of_counts(each, filled)) for name, each in counts.items()]
    for kind, name, claim in claims:
        if claim.exact:
            return {kind: name}, None
    # What keeps every constituent may keep some that were removed; what leaves some out may be for another purpose.
    for kind, name, claim in claims:
        if (kind == "mask" or not claim.loses) and not claim.inverted and claim.agrees > _MOSTLY:
            return {kind: name}, claim.doubt(name)
    doubts = [claim.doubt(name) for kind, name, claim in claims if kind == "mask"]
    return {"mask": otherwise}, "; ".join([*doubts, _NONE])


def of_mask(mask: Values, values: Bools) -> Claim:
    """Return what a mask (N, T) says beside the values (N, T)."""
    return _claim(np.asarray(mask).astype(bool), values)


def of_counts(counts: Values, values: Bools) -> Claim:
    """Return what numbers of constituents (N,) say beside the values (N, T), if the first so many slots are real."""
    return _claim(np.arange(values.shape[1]) < np.asarray(counts)[:, None], values)


def _claim(said: Bools, values: Bools) -> Claim:
    agree = said == values
    inverted = bool(agree.size) and not agree.any()
    return Claim(float(agree.mean()) if agree.size else 1.0, int(np.sum(values & ~said)), inverted)
