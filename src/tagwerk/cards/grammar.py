"""The grammar of expressions: from text to a tree.

Length and depth are limited and constant parts are computed here, so that no text in a card exhausts Tagwerk.
"""

import math
from difflib import get_close_matches
from functools import lru_cache
from typing import NoReturn

from tagwerk.cards.arithmetic import COMPARISONS, FUNCTIONS
from tagwerk.cards.terms import Branch, Call, Chain, Number, Term, is_count, parts, value, walk
from tagwerk.cards.tokens import Token, number, refuse, tokens, unquoted

_LONGEST = 200_000  # characters, which is thousands of terms
_DEEPEST = 150  # levels of brackets and precedence within one another
_LARGEST_POWER = 8
# From what is computed last to what is computed first; `not` has a level of its own.
_LEVELS: tuple[tuple[str, ...], ...] = (("or",), ("and",), ("not",), COMPARISONS, ("+", "-"), ("*", "/", "%"))
_NOT = 2
_LEVEL = {symbol: level for level, symbols in enumerate(_LEVELS) for symbol in symbols if symbol != "not"}


@lru_cache(maxsize=256)  # an expression is evaluated for each chunk of a file
def parse(expression: str) -> Term:
    """Return the tree of an expression.

    Raises:
        ValueError: it is no expression, holds something that the language does not have, or a part of it is a number
            that does not exist, such as 1 / 0.
    """
    if len(expression) > _LONGEST:
        refuse(f"it has {len(expression):,} characters; at most {_LONGEST:,} are taken")
    return _Parser(expression).parsed()


class _Parser:
    """Reads words from left to right, one ahead, by the precedence of operators."""

    def __init__(self, text: str) -> None:
        self._text, self._tokens, self._depth, self._end = text, tokens(text), 0, 0
        self._next = next(self._tokens)

    def parsed(self) -> Term:
        """Return the tree of the whole text."""
        found = self._expression(0)
        return found if self._next.kind == "end" else self._unexpected()

    def _expression(self, lowest: int) -> Term:
        """Return what is written up to an operator below a level."""
        self._depth += 1
        if self._depth > _DEEPEST:
            refuse(f"it is nested more than {_DEEPEST} levels deep")
        start = self._next.start
        if lowest <= _NOT and self._takes("not"):
            found = self._computed(Call("not", (self._expression(_NOT),)), start)
        else:
            found = self._signed()
        while (level := self._level()) >= lowest:
            found = self._chain(found, level, start)
        self._depth -= 1
        return found

    def _chain(self, first: Term, level: int, start: int) -> Term:
        operators, terms = [], [first]
        while self._level() == level:
            operators.append(self._advance().text)
            terms.append(self._expression(level + 1))
            if operators[-1] in ("/", "%") and isinstance(terms[-1], Number) and not terms[-1].value:
                raise ValueError(f"{self._since(start)} divides by zero; correct it")
        return self._computed(Chain(tuple(operators), tuple(terms)), start)

    def _signed(self) -> Term:
        start, negative, signed = self._next.start, False, False
        while self._next.text in ("+", "-"):
            negative, signed = negative ^ (self._advance().text == "-"), True
        found = self._power()
        if not signed:
            return found
        if isinstance(found, Number) and not isinstance(found.value, bool):
            return Number(-found.value if negative else found.value)
        return self._computed(Call("negative" if negative else "positive", (found,)), start)

    def _power(self) -> Term:
        start, base = self._next.start, self._atom()
        if not self._takes("**"):
            return base
        negative = self._takes("-")
        power = self._atom()
        whole = isinstance(power, Number) and type(power.value) is int and power.value <= _LARGEST_POWER
        if not isinstance(power, Number) or not whole or self._next.text == "**":
            raise ValueError(f"{self._since(start)}: a power must be a whole number up to {_LARGEST_POWER}")
        return self._computed(Chain(("**",), (base, Number(-power.value if negative else power.value))), start)

    def _atom(self) -> Term:
        if self._takes("("):
            inside = self._expression(0)
            return inside if self._takes(")") else self._unexpected()
        if self._next.kind not in ("number", "quoted", "name") or self._next.text in ("and", "or", "not"):
            return self._unexpected()
        token = self._advance()
        if token.kind == "number":
            return Number(number(token.text))
        if token.kind == "quoted":
            return Branch(unquoted(token.text))
        if self._next.text == "(":
            return self._call(token)
        return Number(token.text == "True") if token.text in ("True", "False") else Branch(token.text)

    def _call(self, name: Token) -> Term:
        function = name.text
        if function not in FUNCTIONS:
            close = get_close_matches(function[:40], FUNCTIONS, n=1) or [", ".join(FUNCTIONS)]
            raise ValueError(f"unknown function '{function:.40}'; known: {close[0]}")
        self._advance()
        arguments = [] if self._next.text == ")" else [self._expression(0)]
        while self._takes(","):
            arguments.append(self._expression(0))
        if not self._takes(")"):
            self._unexpected()
        if len(arguments) != FUNCTIONS[function]:
            raise ValueError(f"'{function}' takes {FUNCTIONS[function]} value(s), not {len(arguments)}")
        if function == "count":
            self._check_count(arguments[0], name.start)
        return self._computed(Call(function, tuple(arguments)), name.start)

    def _check_count(self, inside: Term, start: int) -> None:
        if any(map(is_count, walk(inside))):
            raise ValueError(f"{self._since(start)}: nothing is counted inside of a count")
        if not any(isinstance(each, Branch) for each in walk(inside)):
            raise ValueError(f"{self._since(start)} has no list to count in; give a condition on one")

    def _computed(self, term: Term, start: int) -> Term:
        """Return a term, or the number that it gives if all its parts are numbers."""
        if not all(isinstance(part, Number) for part in parts(term)):
            return term
        found = value(term, {}).item()
        if not math.isfinite(found):
            raise ValueError(f"{self._since(start)} is {found} in double precision; correct it")
        return Number(found)

    def _level(self) -> int:
        return _LEVEL.get(self._next.text, -1)

    def _advance(self) -> Token:
        token, self._end = self._next, self._next.end
        self._next = next(self._tokens)
        return token

    def _takes(self, text: str) -> bool:
        """Step over the next word if it is this one; return whether it was."""
        taken = self._next.text == text
        if taken:
            self._advance()
        return taken

    def _unexpected(self) -> NoReturn:
        if self._next.kind == "end":
            refuse("a name, a number or a bracket is missing at its end")
        refuse(f"{self._next.text!r:.40} is not expected at character {self._next.start + 1}")

    def _since(self, start: int) -> str:
        """Return what was read from a place on, to be shown."""
        read = " ".join(self._text[start : self._end].split())
        return f"'{read:.50}...'" if len(read) > 53 else f"'{read}'"
