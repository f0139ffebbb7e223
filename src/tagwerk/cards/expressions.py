"""A small language for selections: comparison, arithmetic, and/or/not, a few functions, and counting.

A name is that of a branch and may hold dots, such as Jet.PT; any other name is written in backticks: `tracks/d0`; a
backtick in it is doubled. Inside of `count(...)` are lists, one per jet: it counts the constituents for which what is
inside is true.

Arithmetic is done in double precision, as ROOT does it, whatever the types of the branches: booleans are 0 and 1, and
an unsigned number may become negative. Whole numbers are compared exactly, so that 64-bit identities stay what they
are. A quotient, logarithm or root that does not exist is infinite or NaN, as in IEEE arithmetic and `RDataFrame`; NaN
compares as false with all operators but `!=`.

Nothing of a card is ever run as Python.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from tagwerk.cards.grammar import parse
from tagwerk.cards.terms import Branch, is_count, value, walk
from tagwerk.cards.tokens import spelled

__all__ = ["counted", "evaluate", "names", "parse", "spelled", "uncounted"]


def names(expression: str) -> set[str]:
    """Return the branches that a selection reads."""
    return {term.name for term in walk(parse(expression)) if isinstance(term, Branch)}


def counted(expression: str) -> set[str]:
    """Return the branches that a selection counts in: only there may a branch hold one list per jet."""
    counts = [term for term in walk(parse(expression)) if is_count(term)]
    return {term.name for count in counts for term in walk(count) if isinstance(term, Branch)}


def uncounted(expression: str) -> set[str]:
    """Return the branches that a selection reads outside of `count(...)`: they hold one number per jet."""
    return {term.name for term in walk(parse(expression), into_counts=False) if isinstance(term, Branch)}


def evaluate(expression: str, branches: Mapping[str, Any], length: int | None = None) -> Any:
    """Return the value of a selection: an array of the branches' length, or a number where it reads none.

    Args:
        expression: in the language of `parse`.
        branches: an array for each name; all that `names` returns must be there.
        length: of the array to return, also where the value is one number.

    Raises:
        ValueError: lists of different lengths meet in a `count(...)`.
    """
    found = value(parse(expression), branches)
    return found if length is None else np.broadcast_to(found, length)
