"""Which slots of a padded array (N, T) hold a constituent: masks and counts, compared with the values themselves."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tagwerk.arrays import Bools, Values
from tagwerk.checks.padding import is_real
from tagwerk.jets.momentum import polar

_MIN_AGREEMENT = 0.5  # of all slots; a mask that agrees in fewer is for something else
_NO_LINK = "no mask or counts found: slots whose energy or pT is 0 are taken as padding"


@dataclass(frozen=True)
class Agreement:
    """How well a mask or counts agree with the values about which slots are real.

    Attributes:
        share: the share of slots in which both agree.
        lost: number of constituents that it leaves out.
        inverted: whether it is true exactly where there is no constituent.
    """

    share: float
    lost: int
    inverted: bool

    @property
    def exact(self) -> bool:
        """Whether both agree in every slot of the rows read."""
        return self.share == 1.0

    def doubt(self, name: str) -> str:
        """Return what to check."""
        if self.inverted:
            return f"'{name}' is inverted, true where there is padding, so the values decide which slots are real"
        lost = f"; it leaves out {self.lost:,} slot{'s' * (self.lost != 1)} with values" if self.lost else ""
        return f"'{name}' agrees with the values in only {self.share:.2%} of the slots{lost}"


def occupied(components: Mapping[str, Values]) -> Bools:
    """Return which slots (N, T) hold a constituent, according to the values of a four-momentum."""
    with np.errstate(all="ignore"):
        return is_real(polar(components, ("pt", "eta", "energy")))


def choose_link(
    masks: Mapping[str, Values], counts: Mapping[str, Values], filled: Bools, fallback: str
) -> tuple[dict[str, str], str | None]:
    """Return the link that agrees with the values, and what to check if it does not in every row.

    Args:
        masks: arrays (N, T) that may be masks of the real slots, the most likely first.
        counts: arrays (N,) that may be the number of real slots, which come first.
        filled: which slots are real according to the values (N, T).
        fallback: the branch that is zero in the other slots.
    """
    candidates = [("mask", name, mask_agreement(mask, filled)) for name, mask in masks.items()]
    candidates += [("counts", name, counts_agreement(numbers, filled)) for name, numbers in counts.items()]
    for kind, name, agreement in candidates:
        if agreement.exact:
            return {kind: name}, None
    # A link that keeps every constituent may also keep removed ones; counts that leave some out count something else.
    for kind, name, agreement in candidates:
        if (kind == "mask" or not agreement.lost) and not agreement.inverted and agreement.share > _MIN_AGREEMENT:
            return {kind: name}, agreement.doubt(name)
    doubts = [agreement.doubt(name) for kind, name, agreement in candidates if kind == "mask"]
    return {"mask": fallback}, "; ".join([*doubts, _NO_LINK])


def mask_agreement(mask: Values, filled: Bools) -> Agreement:
    """Return how well a mask (N, T) agrees with the filled slots (N, T)."""
    return _agreement(np.asarray(mask).astype(bool), filled)


def counts_agreement(counts: Values, filled: Bools) -> Agreement:
    """Return how well counts (N,) agree with the filled slots (N, T), if each jet's first `counts` slots are real."""
    return _agreement(np.arange(filled.shape[1]) < np.asarray(counts)[:, None], filled)


def _agreement(flags: Bools, filled: Bools) -> Agreement:
    agree = flags == filled
    inverted = bool(agree.size) and not agree.any()
    return Agreement(float(agree.mean()) if agree.size else 1.0, int(np.sum(filled & ~flags)), inverted)
