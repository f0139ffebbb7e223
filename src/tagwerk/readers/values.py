"""The values of a file's branches, one number or one list per jet, and of expressions of them."""

import re
from collections.abc import Sequence

import awkward as ak
import numpy as np

from tagwerk.arrays import Bools, Ints, Values
from tagwerk.cards.expressions import counted, evaluate, uncounted
from tagwerk.errors import UserError

_NUMBER = re.compile(r"bool|u?int\d+|float\d+")


def evaluated(key: str, expression: str, branches: ak.Array) -> Values:
    """Return the value of an expression for each jet (N,).

    Raises:
        UserError: a branch in it holds no numbers, lists where a number is needed, or lists that do not match.
    """
    try:
        values: dict[str, Values | ak.Array] = {name: number(branches, name) for name in uncounted(expression)}
        values |= _countable(branches, counted(expression) - set(values))
    except UserError as mistake:
        raise UserError(f"key '{key}': {mistake}") from None
    try:
        return np.asarray(evaluate(expression, values, len(branches)))
    except ValueError:  # what Awkward says of lists that do not match
        lists = ", ".join(f"'{name}'" for name in sorted(counted(expression)))
        raise UserError(f"key '{key}': a 'count' has lists of different lengths among {lists}; correct it") from None


def the_one(chosen: Bools, names: Sequence[str], key: str, kind: str) -> Ints:
    """Return the index of the one thing that each jet is of (N,), -1 for a jet of none.

    Args:
        chosen: whether it is of each thing, (things, N).
        names: of the things.
        key: the card's key that says so.
        kind: what a message calls the things.

    Raises:
        UserError: a jet is of several.
    """
    often = chosen.sum(axis=0)
    if (often > 1).any():
        several = " and ".join(names[index] for index in np.flatnonzero(chosen[:, often > 1][:, 0]).tolist())
        raise UserError(f"key '{key}': a jet is of the {kind} {several}; make their selections exclusive")
    return np.where(often > 0, chosen.argmax(axis=0), -1)


def number(branches: ak.Array, name: str) -> Values:
    """Return a branch of one number per jet (N,).

    Raises:
        UserError: it holds something else.
    """
    return np.asarray(ak.to_numpy(_of_depth(branches, name, 1, "a number"), allow_missing=False))


def list_of(branches: ak.Array, name: str) -> ak.Array:
    """Return a branch of one list of numbers per jet (N, T).

    Raises:
        UserError: it holds something else.
    """
    return _of_depth(branches, name, 2, "a list of numbers")


def _countable(branches: ak.Array, inside: set[str]) -> dict[str, Values | ak.Array]:
    """Return the branches that stand inside of `count(...)` alone, one of which at least must be a list."""
    values = {name: (number if branches[name].ndim == 1 else list_of)(branches, name) for name in inside}
    if values and all(value.ndim == 1 for value in values.values()):
        raise UserError(f"'count' needs a list a jet, and {', '.join(map(repr, sorted(values)))} holds none")
    return values


def _of_depth(branches: ak.Array, name: str, depth: int, wanted: str) -> ak.Array:
    values = branches[name]
    if values.ndim != depth or not _NUMBER.fullmatch(str(values.layout.form.type).rpartition("* ")[2]):
        raise UserError(f"branch '{name}' holds {values.type.content} a jet, not {wanted}; correct the card")
    return values
