"""The values of a file's branches, one number or one list per jet, and of expressions of branches."""

import re
from collections.abc import Sequence

import awkward as ak
import numpy as np

from tagwerk.arrays import Bools, Ints, Values
from tagwerk.cards.expressions import counted_branches, evaluate, uncounted_branches
from tagwerk.errors import UserError

_NUMBER = re.compile(r"bool|u?int\d+|float\d+")


def evaluate_per_jet(key: str, expression: str, branches: ak.Array) -> Values:
    """Return the value of an expression for each jet (N,).

    Raises:
        UserError: a branch in it holds no numbers, lists where a number is needed, or lists that do not match.
    """
    try:
        scalars = uncounted_branches(expression)
        values: dict[str, Values | ak.Array] = {name: scalar_branch(branches, name) for name in scalars}
        values |= _countable(branches, counted_branches(expression) - set(values))
    except UserError as mistake:
        raise UserError(f"key '{key}': {mistake}") from None
    try:
        return np.asarray(evaluate(expression, values, len(branches)))
    except ValueError:  # raised by Awkward for lists that do not match
        lists = ", ".join(f"'{name}'" for name in sorted(counted_branches(expression)))
        raise UserError(f"key '{key}': a 'count' has lists of different lengths among {lists}; correct it") from None


def exclusive_index(chosen: Bools, names: Sequence[str], key: str, kind: str) -> Ints:
    """Return the index of the one category that each jet belongs to (N,), -1 for none.

    Args:
        chosen: whether each jet belongs to each category, (categories, N).
        names: of the categories.
        key: the card's key that defines them.
        kind: what messages call them.

    Raises:
        UserError: a jet belongs to several.
    """
    matches = chosen.sum(axis=0)
    if (matches > 1).any():
        several = " and ".join(names[index] for index in np.flatnonzero(chosen[:, matches > 1][:, 0]).tolist())
        raise UserError(f"key '{key}': a jet belongs to the {kind} {several}; make their selections exclusive")
    return np.where(matches > 0, chosen.argmax(axis=0), -1)


def scalar_branch(branches: ak.Array, name: str) -> Values:
    """Return a branch of one number per jet (N,).

    Raises:
        UserError: it holds something else.
    """
    return np.asarray(ak.to_numpy(_of_depth(branches, name, 1, "a number"), allow_missing=False))


def list_branch(branches: ak.Array, name: str) -> ak.Array:
    """Return a branch of one list of numbers per jet (N, T).

    Raises:
        UserError: it holds something else.
    """
    return _of_depth(branches, name, 2, "a list of numbers")


def _countable(branches: ak.Array, names: set[str]) -> dict[str, Values | ak.Array]:
    """Return the branches that are only inside `count(...)`, at least one of which must be a list."""
    values = {name: (scalar_branch if branches[name].ndim == 1 else list_branch)(branches, name) for name in names}
    if values and all(value.ndim == 1 for value in values.values()):
        raise UserError(f"'count' needs one list per jet, and {', '.join(map(repr, sorted(values)))} holds none")
    return values


def _of_depth(branches: ak.Array, name: str, depth: int, wanted: str) -> ak.Array:
    values = branches[name]
    if values.ndim != depth or not _NUMBER.fullmatch(str(values.layout.form.type).rpartition("* ")[2]):
        raise UserError(f"branch '{name}' holds {values.type.content} per jet, not {wanted}; correct the card")
    return values
