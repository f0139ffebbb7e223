"""The syntax tree of an expression, and its evaluation."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import Any

from tagwerk.cards.arithmetic import COMPARISONS, apply


@dataclass(frozen=True, slots=True)
class Number:
    """A number, True or False."""

    value: float


@dataclass(frozen=True, slots=True)
class Branch:
    """The values of a branch."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function call; also `not`, and `negative` or `positive` for a sign."""

    function: str
    arguments: tuple["Term", ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """Terms joined by operators of the same precedence."""

    operators: tuple[str, ...]
    terms: tuple["Term", ...]


Term = Number | Branch | Call | Chain


def operands(term: Term) -> tuple[Term, ...]:
    """Return the direct subterms of a term."""
    return term.arguments if isinstance(term, Call) else term.terms if isinstance(term, Chain) else ()


def walk(term: Term, into_counts: bool = True) -> Iterator[Term]:
    """Yield a term and all its subterms, including those inside `count(...)` if `into_counts`."""
    yield term
    if into_counts or not is_count(term):
        for operand in operands(term):
            yield from walk(operand, into_counts)


def is_count(term: Term) -> bool:
    """Return whether a term is `count(...)`."""
    return isinstance(term, Call) and term.function == "count"


def evaluate_term(term: Term, branches: Mapping[str, Any]) -> Any:
    """Return the value of a term: an array as long as the branches, or a number if it has none."""
    match term:
        case Number(number):
            return number
        case Branch(name):
            return branches[name]
        case Call(function, arguments):
            return apply(function, [evaluate_term(argument, branches) for argument in arguments])
        case Chain(operators, terms) if operators[0] in COMPARISONS:
            pairs = zip(operators, pairwise([evaluate_term(operand, branches) for operand in terms]), strict=True)
            return reduce(_logical_and, (apply(name, pair) for name, pair in pairs))
        case Chain(operators, terms):
            value = evaluate_term(terms[0], branches)
            for name, operand in zip(operators, terms[1:], strict=True):
                value = apply(name, [value, evaluate_term(operand, branches)])
            return value


def _logical_and(first: Any, second: Any) -> Any:
    return apply("and", [first, second])
