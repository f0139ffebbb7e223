"""The fractions of several background classes in the discriminant, checked against the classes that a study names."""

from collections.abc import Mapping
from math import isclose

from tagwerk.cards.base import suggestion
from tagwerk.rounding import listing

_TOLERANCE = 1e-6  # of the sum, for fractions such as 0.333333


def check_fractions(backgrounds: list[str], fractions: Mapping[str, float]) -> None:
    """Raise ValueError unless each of several backgrounds has a fraction, and they add up to one."""
    for name in fractions:
        if name not in backgrounds:
            hint = suggestion(name, backgrounds)
            raise ValueError(f"key 'fractions': '{name}' is not among the classes of key 'background'; {hint}")
    missing = [f"'{name}'" for name in backgrounds if name not in fractions]
    if missing and (fractions or len(backgrounds) > 1):
        noun = "fraction" if len(missing) == 1 else "fractions"
        raise ValueError(f"key 'fractions': gives no {noun} for {listing(missing)}; name every background class")
    total = sum(fractions.values())
    if fractions and not isclose(total, 1, abs_tol=_TOLERANCE):
        raise ValueError(f"key 'fractions': the fractions add up to {total:.6g}; they must add up to one")
