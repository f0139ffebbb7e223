"""A small language for selections: comparison, arithmetic, and/or/not, a few functions, and counting.

A name is that of a branch and may hold dots, such as Jet.PT; any other name stands in backticks: `tracks/d0`. In
`count(...)` stand lists, one a jet: it counts the constituents for which what is inside is true.

`parse` lets through only what is listed here, so nothing of a card is ever run as Python.
"""

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from functools import reduce
from typing import Any

import awkward as ak
import numpy as np

_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.And: np.logical_and,
    ast.Or: np.logical_or,
    ast.Not: np.logical_not,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_LARGEST_POWER = 8
_QUOTED = re.compile(r"`([^`]+)`")


def _count(condition: Any) -> Any:
    """Return how many of each jet's constituents fulfil a condition."""
    return ak.sum(ak.values_astype(condition, np.int64), axis=1)


_FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "abs": (1, np.abs),
    "log": (1, np.log),
    "sqrt": (1, np.sqrt),
    "hypot": (2, np.hypot),
    "count": (1, _count),
}


def parse(expression: str) -> ast.expr:
    """Return the syntax tree of a selection, in which a name with dots or in backticks is one node.

    Raises:
        ValueError: it is no expression, or holds something that the language does not have.
    """
    quoted: dict[str, str] = {}

    def stand_in(match: re.Match[str]) -> str:
        return quoted.setdefault(match[1], f"quoted_{len(quoted)}_")

    text = _QUOTED.sub(stand_in, expression.strip())
    try:
        found = ast.parse(text, mode="eval").body
    except (SyntaxError, MemoryError, RecursionError) as error:
        raise ValueError(f"no expression ({getattr(error, 'msg', 'nested too deeply')})") from None
    tree: ast.expr = _Names({stand: name for name, stand in quoted.items()}).visit(found)
    _check(tree)
    return tree


def names(expression: str) -> set[str]:
    """Return the branches that a selection reads."""
    return set(_names(parse(expression)))


def counted(expression: str) -> set[str]:
    """Return the branches that a selection counts in: only there may a branch hold a list a jet."""
    counts = [node for node in ast.walk(parse(expression)) if _is_count(node)]
    return {name for count in counts for name in _names(count)}


def uncounted(expression: str) -> set[str]:
    """Return the branches that a selection reads outside of `count(...)`: they hold a number a jet."""
    return set(_names(parse(expression), into_counts=False))


def evaluate(expression: str, branches: Mapping[str, Any]) -> Any:
    """Return the value of a selection, an array of the branches' length.

    Args:
        expression: in the language of `parse`.
        branches: an array a name; all that `names` returns must be there.
    """
    # Where there is no logarithm or quotient the value is none either, and compares as false.
    with np.errstate(divide="ignore", invalid="ignore"):
        return _value(parse(expression), branches)


class _Names(ast.NodeTransformer):
    """Makes one name of `Jet.PT`, and of what stands for a name in backticks."""

    def __init__(self, quoted: Mapping[str, str]) -> None:
        self.quoted = quoted

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        inner = self.visit(node.value)
        return ast.Name(f"{inner.id}.{node.attr}", ast.Load()) if isinstance(inner, ast.Name) else node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self.quoted.get(node.id, node.id), ast.Load())


def _names(node: ast.AST, into_counts: bool = True) -> Iterator[str]:
    """Yield the branches in a tree."""
    if isinstance(node, ast.Name):
        yield node.id
    elif into_counts or not _is_count(node):
        inside = node.args if isinstance(node, ast.Call) else ast.iter_child_nodes(node)
        for each in inside:
            yield from _names(each, into_counts)


def _is_count(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "count"


def _check(node: ast.AST) -> None:
    match node:
        case ast.Constant(value=bool() | int() | float()) | ast.Name():
            return
        case ast.BinOp(op=ast.Pow(), right=right) if not _small(right):
            raise ValueError(f"'{ast.unparse(node)}': a power must be a whole number up to {_LARGEST_POWER}")
        case ast.BinOp(op=op, left=left, right=right) if type(op) in _OPERATORS:
            parts: list[ast.expr] = [left, right]
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATORS:
            parts = [operand]
        case ast.BoolOp(values=parts):
            pass
        case ast.Compare(ops=ops) if all(type(op) in _OPERATORS for op in ops):
            parts = [node.left, *node.comparators]
        case ast.Call(func=ast.Name(id=name), args=parts, keywords=[]):
            _check_call(name, len(parts))
            if name == "count" and any(map(_is_count, ast.walk(parts[0]))):
                raise ValueError(f"'{ast.unparse(node)}': nothing is counted inside of a count")
        case _:
            raise ValueError(f"'{ast.unparse(node)}' is not part of the language of selections")
    for part in parts:
        _check(part)


def _small(power: ast.AST) -> bool:
    """Return whether a power cannot keep the processor busy for hours, as 9**9**9 would."""
    return isinstance(power, ast.Constant) and isinstance(power.value, int) and power.value <= _LARGEST_POWER


def _check_call(name: str, given: int) -> None:
    if name not in _FUNCTIONS:
        close = get_close_matches(name, _FUNCTIONS, n=1) or [", ".join(_FUNCTIONS)]
        raise ValueError(f"unknown function '{name}'; known: {close[0]}")
    if given != _FUNCTIONS[name][0]:
        raise ValueError(f"'{name}' takes {_FUNCTIONS[name][0]} value(s), not {given}")


def _value(node: ast.AST, branches: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return branches[name]
        case ast.BinOp(op=op, left=left, right=right):
            return _OPERATORS[type(op)](_value(left, branches), _value(right, branches))
        case ast.UnaryOp(op=op, operand=operand):
            return _OPERATORS[type(op)](_value(operand, branches))
        case ast.BoolOp(op=op, values=values):
            return reduce(_OPERATORS[type(op)], (_value(each, branches) for each in values))
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            terms = [_value(each, branches) for each in (left, *comparators)]
            pairs = zip(ops, terms[:-1], terms[1:], strict=True)
            return reduce(np.logical_and, (_OPERATORS[type(op)](a, b) for op, a, b in pairs))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _FUNCTIONS[name][1](*(_value(each, branches) for each in arguments))
    raise AssertionError(ast.dump(node))
