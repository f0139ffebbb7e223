"""The words of expressions: numbers, names of branches, operators and brackets."""

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
_WORDS = ("and", "or", "not", "True", "False")
_INSTEAD = {"&&": "and", "&": "and", "||": "or", "|": "or", "!": "not", "^": "**", "=": "=="}
_MOST = 50_000  # words, which is ten thousand comparisons
_DIGITS = 320  # more than any number in double precision has


class Token(NamedTuple):
    """A word of an expression; where it starts and ends.

    Attributes:
        kind: `quoted` for a name in backticks, `number`, `name`, `symbol`, or `end`.
    """

    kind: str
    text: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """Yield the words of an expression, and in the end one without text.

    Raises:
        ValueError: one is not of the language.
    """
    end = read = 0
    while (start := _after(_SPACE, text, end)) < len(text):
        match = _TOKEN.match(text, start)
        assert match is not None
        kind, end, read = match.lastgroup or "", match.end(), read + 1
        if read > _MOST:
            refuse(f"it has more than {_MOST:,} words")
        if kind == "number" and (after := _after(_GLUED, text, end)) > end:
            refuse(f"{text[start:after]!r:.40} is no number")
        if kind in ("foreign", "other") or (match[0] in keyword.kwlist and match[0] not in _WORDS):
            _refuse_foreign(kind, match[0])
        yield Token(kind, match[0], start, end)
    yield Token("end", "", len(text), len(text))


def number(text: str) -> float:
    """Return the number that a word means.

    Raises:
        ValueError: it is too large, or begins with a zero, which other languages read as octal.
    """
    digits = text.replace("_", "")
    if digits.isdecimal() and digits[0] == "0" and digits.strip("0"):
        refuse(f"the number {digits:.20} begins with a zero; leave it out")
    hexadecimal = digits[:2].lower() == "0x"
    whole = hexadecimal or digits.isdecimal()
    # Python refuses to read very many digits.
    found = (
        float(digits) if not whole else int(digits, 16 if hexadecimal else 10) if len(digits) < _DIGITS else math.inf
    )
    if found > sys.float_info.max:
        refuse(f"the number {digits:.20}... does not exist in double precision")
    return found


def spelled(name: str) -> str:
    """Return a branch's name as it is written in an expression: in backticks unless it can stand alone."""
    alone = _PLAIN.fullmatch(name) and not any(part in keyword.kwlist for part in name.split("."))
    return name if alone else "`" + name.replace("`", "``") + "`"


def unquoted(text: str) -> str:
    """Return the name of a branch that is written in backticks.

    Raises:
        ValueError: there is nothing between them.
    """
    return text[1:-1].replace("``", "`") or refuse("there is no name between two backticks")


def refuse(why: str) -> NoReturn:
    """Raise ValueError for what is no expression."""
    raise ValueError(f"no expression ({why})")


def _after(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    return match.end() if match else start


def _refuse_foreign(kind: str, word: str) -> NoReturn:
    said = f"{word!r} is not part of the language of selections"
    if word in _INSTEAD:
        said += f"; write '{_INSTEAD[word]}'"
    elif word == "`":
        said = "a name begins with a backtick and does not end with one; add it"
    elif kind == "name":
        said += f"; a branch of that name is written `{word}`"
    elif kind == "other":
        said += "; a name with such characters is written in backticks: `a-b [GeV]`"
    refuse(said)
