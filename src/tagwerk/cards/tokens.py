"""The tokens of expressions: numbers, branch names, operators and brackets."""

import keyword
import math
import re
import sys
from collections.abc import Iterator
from typing import NamedTuple, NoReturn

_NAME = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_TOKEN = re.compile(
    rf"""
    (?P<quoted> ` [^`]* (?: `` [^`]* )* ` )
    | (?P<number> 0[xX][0-9a-fA-F]+ | (?: [0-9][0-9_]* (?: \.[0-9_]* )? | \.[0-9][0-9_]* ) (?: [eE][+-]?[0-9]+ )? )
    | (?P<name> {_NAME} )
    | (?P<foreign> // | << | >> | && | \|\| )
    | (?P<symbol> \*\* | == | != | <= | >= | [-+*/%<>(),] )
    | (?P<other> \S )
    """,
    re.VERBOSE,
)
_SPACE = re.compile(r"\s*")
_PLAIN = re.compile(_NAME)
_GLUED = re.compile(r"[\w.]+")
_KEYWORDS = ("and", "or", "not", "True", "False")
_REPLACEMENTS = {"&&": "and", "&": "and", "||": "or", "|": "or", "!": "not", "^": "**", "=": "=="}
_MAX_TOKENS = 50_000  # enough for ten thousand comparisons
_MAX_DIGITS = 320  # more than any number in double precision has


class Token(NamedTuple):
    """A token of an expression, with its start and end.

    Attributes:
        kind: `quoted` for a name in backticks, `number`, `name`, `symbol`, or `end`.
    """

    kind: str
    text: str
    start: int
    end: int


def tokenise(text: str) -> Iterator[Token]:
    """Yield the tokens of an expression, and finally an empty `end` token.

    Raises:
        ValueError: a token is not in the language.
    """
    end = count = 0
    while (start := _end_of(_SPACE, text, end)) < len(text):
        match = _TOKEN.match(text, start)
        assert match is not None
        kind, end, count = match.lastgroup or "", match.end(), count + 1
        if count > _MAX_TOKENS:
            refuse(f"it has more than {_MAX_TOKENS:,} tokens")
        if kind == "number" and (glued := _end_of(_GLUED, text, end)) > end:
            refuse(f"{text[start:glued]!r:.40} is not a number")
        if kind in ("foreign", "other") or (match[0] in keyword.kwlist and match[0] not in _KEYWORDS):
            _refuse_foreign(kind, match[0])
        yield Token(kind, match[0], start, end)
    yield Token("end", "", len(text), len(text))


def parse_number(text: str) -> float:
    """Return the value of a number token.

    Raises:
        ValueError: it is too large, or has a leading zero, which other languages read as octal.
    """
    digits = text.replace("_", "")
    if digits.isdecimal() and digits[0] == "0" and digits.strip("0"):
        refuse(f"the number {digits:.20} has a leading zero; leave it out")
    hexadecimal = digits[:2].lower() == "0x"
    base, is_integer = 16 if hexadecimal else 10, hexadecimal or digits.isdecimal()
    # Python refuses to parse very long integers.
    value = float(digits) if not is_integer else int(digits, base) if len(digits) < _MAX_DIGITS else math.inf
    if value > sys.float_info.max:
        refuse(f"the number {digits:.20}... is out of range in double precision")
    return value


def quote_branch(name: str) -> str:
    """Return a branch name as written in an expression: in backticks unless it is a plain name."""
    plain = _PLAIN.fullmatch(name) and not any(part in keyword.kwlist for part in name.split("."))
    return name if plain else "`" + name.replace("`", "``") + "`"


def unquote_branch(text: str) -> str:
    """Return the branch name between backticks.

    Raises:
        ValueError: there is nothing between them.
    """
    return text[1:-1].replace("``", "`") or refuse("there is no name between two backticks")


def refuse(reason: str) -> NoReturn:
    """Raise ValueError for an invalid expression."""
    raise ValueError(f"invalid expression ({reason})")


def _end_of(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    return match.end() if match else start


def _refuse_foreign(kind: str, token: str) -> NoReturn:
    reason = f"{token!r} is not part of the language of selections"
    if token in _REPLACEMENTS:
        reason += f"; write '{_REPLACEMENTS[token]}'"
    elif token == "`":
        reason = "a name starts with a backtick but does not end with one; add it"
    elif kind == "name":
        reason += f"; a branch of that name is written `{token}`"
    elif kind == "other":
        reason += "; a name with such characters is written in backticks: `a-b [GeV]`"
    refuse(reason)
