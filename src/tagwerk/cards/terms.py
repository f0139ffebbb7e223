"""What an expression consists of, and its value."""

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
    """A function of its arguments; also `not`, and `negative` for a sign."""

    function: str
    arguments: tuple["Term", ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """Terms with operators of one precedence between them."""

    operators: tuple[str, ...]
    terms: tuple["Term", ...]


Term = Number | Branch | Call | Chain


def parts(term: Term) -> tuple[Term, ...]:
    """Return what a term is made of."""
    return term.arguments if isinstance(term, Call) else term.terms if isinstance(term, Chain) else ()


def walk(term: Term, into_counts: bool = True) -> Iterator[Term]:
    """Yield a term and all that it is made of, what is inside of `count(...)` only if asked for."""
    yield term
    if into_counts or not is_count(term):
        for part in parts(term):
            yield from walk(part, into_counts)


def is_count(term: Term) -> bool:
    """Return whether a term is `count(...)`."""
    return isinstance(term, Call) and term.function == "count"


def value(term: Term, branches: Mapping[str, Any]) -> Any:
    """Return the value of a term: an array of the branches' length, or a number where it has none."""
    match term:
        case Number(number):
            return number
        case Branch(name):
            return branches[name]
        case Call(function, arguments):
            return apply(function, [value(each, branches) for each in arguments])
        case Chain(operators, terms) if operators[0] in COMPARISONS:
            pairs = zip(operators, pairwise([value(each, branches) for each in terms]), strict=True)
            return reduce(_both, (apply(name, pair) for name, pair in pairs))
        case Chain(operators, terms):
            found = value(terms[0], branches)
            for name, each in zip(operators, terms[1:], strict=True):
                found = apply(name, [found, value(each, branches)])
            return found


def _both(first: Any, second: Any) -> Any:
    return apply("and", [first, second])
