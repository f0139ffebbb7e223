"""Values and names as messages show them, at a cost that does not grow with them."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import islice
from typing import Any

_LONGEST_WORD = 200
_MOST_WORDS = 20_000
_LISTED = 40


def shown(value: Any, most: int = 80) -> str:
    """Return the beginning of a value's `repr`, of at most so many characters; the rest is never built."""
    text = ""
    for piece in _pieces(value, most):
        text += piece
        if len(text) > most:
            return f"{text[: most - 3]}..."
    return text


def nearest(word: str, known: list[str]) -> str:
    """Say which known word is nearest to one that is not known, or else list them all."""
    close = get_close_matches(word[:_LONGEST_WORD], known[:_MOST_WORDS], n=1, cutoff=0.6)
    if close:
        return f"did you mean {shown(close[0])}?"
    more = f" and {len(known) - _LISTED} more" if len(known) > _LISTED else ""
    return f"known are: {', '.join(sorted(known)[:_LISTED]) or 'none'}{more}"


def repeated(values: Iterable[Any]) -> Any:
    """Return the first value that has been there before; None if each is there once."""
    seen = set()
    for value in values:
        if (one := _hashable(value)) in seen:
            return value
        seen.add(one)
    return None


def _hashable(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(map(_hashable, value))
    return repr(value) if isinstance(value, dict | set) else value


def _pieces(value: Any, most: int) -> Iterator[str]:
    """Yield the `repr` of a value piece by piece."""
    if isinstance(value, dict) and value:
        for number, (key, each) in enumerate(value.items()):
            yield ", " if number else "{"
            yield from _pieces(key, most)
            yield ": "
            yield from _pieces(each, most)
        yield "}"
    elif isinstance(value, list | tuple) and value:
        for number, each in enumerate(value):
            yield ", " if number else "[" if isinstance(value, list) else "("
            yield from _pieces(each, most)
        yield "]" if isinstance(value, list) else ",)" if len(value) == 1 else ")"
    elif isinstance(value, str | bytes):
        yield repr(value[: most + 1])
    elif isinstance(value, set | frozenset):
        yield repr(type(value)(islice(value, 3))) if len(value) <= 3 else f"a set of {len(value)}"
    elif isinstance(value, int) and abs(value) >= 10**most:
        yield f"a number of {value.bit_length():,} bits"
    else:
        yield repr(value)
