"""A small language for selections: comparison, arithmetic, and/or/not, a few functions, and counting.

A name is that of a branch and may contain dots, such as Jet.PT; any other name is written in backticks: `tracks/d0`,
with a backtick in it doubled. `count(...)` takes lists, one per jet, and counts the constituents for which its argument
is true.

Arithmetic is in double precision, as in ROOT, whatever the types of the branches: booleans are 0 and 1, and differences
of unsigned integers may be negative. Integers are compared exactly, so that 64-bit identifiers remain distinct. An
undefined quotient, logarithm or root is infinite or NaN, as in IEEE arithmetic and `RDataFrame`; comparisons with NaN
are false, except for `!=`.

Nothing in a card is ever run as Python.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from tagwerk.cards.grammar import parse
from tagwerk.cards.terms import Branch, evaluate_term, is_count, walk
from tagwerk.cards.tokens import quote_branch

__all__ = ["branch_names", "counted_branches", "evaluate", "parse", "quote_branch", "uncounted_branches"]


def branch_names(expression: str) -> set[str]:
    """Return the branches that an expression reads."""
    return {term.name for term in walk(parse(expression)) if isinstance(term, Branch)}


def counted_branches(expression: str) -> set[str]:
    """Return the branches inside `count(...)`: only these may hold one list per jet."""
    counts = [term for term in walk(parse(expression)) if is_count(term)]
    return {term.name for count in counts for term in walk(count) if isinstance(term, Branch)}


def uncounted_branches(expression: str) -> set[str]:
    """Return the branches outside `count(...)`: they hold one number per jet."""
    return {term.name for term in walk(parse(expression), into_counts=False) if isinstance(term, Branch)}


def evaluate(expression: str, branches: Mapping[str, Any], length: int | None = None) -> Any:
    """Return the value of an expression: an array as long as the branches, or a number if it reads none.

    Args:
        expression: in the language of `parse`.
        branches: an array for each of `branch_names(expression)`.
        length: of the array to return, even if the value is a single number.

    Raises:
        ValueError: lists in a `count(...)` have different lengths.
    """
    value = evaluate_term(parse(expression), branches)
    return value if length is None else np.broadcast_to(value, length)
