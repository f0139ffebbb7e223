"""Values and names as messages show them, at a cost that does not grow with their size."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import islice
from typing import Any

_MAX_WORD_LENGTH = 200
_MAX_WORDS = 20_000
_MAX_LISTED = 40


def short_repr(value: Any, max_length: int = 80) -> str:
    """Return a value's `repr`, cut to at most `max_length` characters; the rest is never built."""
    text = ""
    for piece in _repr_pieces(value, max_length):
        text += piece
        if len(text) > max_length:
            return f"{text[: max_length - 3]}..."
    return text


def suggestion(word: str, known: list[str]) -> str:
    """Return "did you mean ...?" with the known word closest to an unknown one, or a list of the known words."""
    close = get_close_matches(word[:_MAX_WORD_LENGTH], known[:_MAX_WORDS], n=1, cutoff=0.6)
    if close:
        return f"did you mean {short_repr(close[0])}?"
    more = f" and {len(known) - _MAX_LISTED} more" if len(known) > _MAX_LISTED else ""
    return f"known: {', '.join(sorted(known)[:_MAX_LISTED]) or 'none'}{more}"


def first_duplicate(values: Iterable[Any]) -> Any:
    """Return the first value that occurs a second time; None if all are distinct."""
    seen = set()
    for value in values:
        if (key := _hashable(value)) in seen:
            return value
        seen.add(key)
    return None


def _hashable(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(map(_hashable, value))
    return repr(value) if isinstance(value, dict | set) else value


def _repr_pieces(value: Any, max_length: int) -> Iterator[str]:
    """Yield the `repr` of a value piece by piece."""
    if isinstance(value, dict) and value:
        for index, (key, item) in enumerate(value.items()):
            yield ", " if index else "{"
            yield from _repr_pieces(key, max_length)
            yield ": "
            yield from _repr_pieces(item, max_length)
        yield "}"
    elif isinstance(value, list | tuple) and value:
        for index, item in enumerate(value):
            yield ", " if index else "[" if isinstance(value, list) else "("
            yield from _repr_pieces(item, max_length)
        yield "]" if isinstance(value, list) else ",)" if len(value) == 1 else ")"
    elif isinstance(value, str | bytes):
        yield repr(value[: max_length + 1])
    elif isinstance(value, set | frozenset):
        yield repr(type(value)(islice(value, 3))) if len(value) <= 3 else f"a set of {len(value)}"
    elif isinstance(value, int) and abs(value) >= 10**max_length:
        yield f"a number of {value.bit_length():,} bits"
    else:
        yield repr(value)
