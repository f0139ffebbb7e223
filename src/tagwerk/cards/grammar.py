"""The grammar of expressions: parses text into a syntax tree.

Length and depth are limited and constants are folded, so that no text in a card exhausts time or memory.
"""

import math
from difflib import get_close_matches
from functools import lru_cache
from typing import NoReturn

from tagwerk.cards.arithmetic import COMPARISONS, FUNCTIONS
from tagwerk.cards.terms import Branch, Call, Chain, Number, Term, evaluate_term, is_count, operands, walk
from tagwerk.cards.tokens import Token, parse_number, refuse, tokenise, unquote_branch

_MAX_LENGTH = 200_000  # characters, enough for thousands of terms
_MAX_DEPTH = 150  # nested levels of brackets and precedence
_MAX_EXPONENT = 8
# In order of increasing precedence; `not` has a level of its own.
_LEVELS: tuple[tuple[str, ...], ...] = (("or",), ("and",), ("not",), COMPARISONS, ("+", "-"), ("*", "/", "%"))
_NOT = 2
_LEVEL = {symbol: level for level, symbols in enumerate(_LEVELS) for symbol in symbols if symbol != "not"}


@lru_cache(maxsize=256)  # an expression is evaluated for each chunk of a file
def parse(expression: str) -> Term:
    """Return the syntax tree of an expression.

    Raises:
        ValueError: the text is not an expression, contains something that is not in the language, or contains an
            undefined constant, such as 1 / 0.
    """
    if len(expression) > _MAX_LENGTH:
        refuse(f"it has {len(expression):,} characters; at most {_MAX_LENGTH:,} are allowed")
    return _Parser(expression).parse()


class _Parser:
    """Precedence-climbing parser with one token of lookahead."""

    def __init__(self, text: str) -> None:
        self._text, self._tokens, self._depth, self._end = text, tokenise(text), 0, 0
        self._next = next(self._tokens)

    def parse(self) -> Term:
        """Return the syntax tree of the text."""
        term = self._expression(0)
        return term if self._next.kind == "end" else self._unexpected()

    def _expression(self, min_level: int) -> Term:
        """Return the term up to the next operator of lower precedence than `min_level`."""
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            refuse(f"it is nested more than {_MAX_DEPTH} levels deep")
        start = self._next.start
        if min_level <= _NOT and self._accept("not"):
            term = self._folded(Call("not", (self._expression(_NOT),)), start)
        else:
            term = self._signed()
        while (level := self._level()) >= min_level:
            term = self._chain(term, level, start)
        self._depth -= 1
        return term

    def _chain(self, first: Term, level: int, start: int) -> Term:
        operators, terms = [], [first]
        while self._level() == level:
            operators.append(self._advance().text)
            terms.append(self._expression(level + 1))
            if operators[-1] in ("/", "%") and isinstance(terms[-1], Number) and not terms[-1].value:
                raise ValueError(f"{self._source(start)} divides by zero; correct it")
        return self._folded(Chain(tuple(operators), tuple(terms)), start)

    def _signed(self) -> Term:
        start, negative, signed = self._next.start, False, False
        while self._next.text in ("+", "-"):
            negative, signed = negative ^ (self._advance().text == "-"), True
        term = self._power()
        if not signed:
            return term
        if isinstance(term, Number) and not isinstance(term.value, bool):
            return Number(-term.value if negative else term.value)
        return self._folded(Call("negative" if negative else "positive", (term,)), start)

    def _power(self) -> Term:
        start, base = self._next.start, self._atom()
        if not self._accept("**"):
            return base
        negative = self._accept("-")
        exponent = self._atom()
        allowed = isinstance(exponent, Number) and type(exponent.value) is int and exponent.value <= _MAX_EXPONENT
        if not isinstance(exponent, Number) or not allowed or self._next.text == "**":
            raise ValueError(f"{self._source(start)}: an exponent must be an integer up to {_MAX_EXPONENT}")
        return self._folded(Chain(("**",), (base, Number(-exponent.value if negative else exponent.value))), start)

    def _atom(self) -> Term:
        if self._accept("("):
            term = self._expression(0)
            return term if self._accept(")") else self._unexpected()
        if self._next.kind not in ("number", "quoted", "name") or self._next.text in ("and", "or", "not"):
            return self._unexpected()
        token = self._advance()
        if token.kind == "number":
            return Number(parse_number(token.text))
        if token.kind == "quoted":
            return Branch(unquote_branch(token.text))
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
        while self._accept(","):
            arguments.append(self._expression(0))
        if not self._accept(")"):
            self._unexpected()
        if len(arguments) != FUNCTIONS[function]:
            raise ValueError(f"'{function}' takes {FUNCTIONS[function]} argument(s), not {len(arguments)}")
        if function == "count":
            self._check_count(arguments[0], name.start)
        return self._folded(Call(function, tuple(arguments)), name.start)

    def _check_count(self, argument: Term, start: int) -> None:
        if any(map(is_count, walk(argument))):
            raise ValueError(f"{self._source(start)}: a count cannot contain another; count once")
        if not any(isinstance(term, Branch) for term in walk(argument)):
            raise ValueError(f"{self._source(start)} has no list to count in; give a condition on one")

    def _folded(self, term: Term, start: int) -> Term:
        """Return a term, or its value if all its operands are numbers."""
        if not all(isinstance(operand, Number) for operand in operands(term)):
            return term
        value = evaluate_term(term, {}).item()
        if not math.isfinite(value):
            raise ValueError(f"{self._source(start)} is {value} in double precision; correct it")
        return Number(value)

    def _level(self) -> int:
        return _LEVEL.get(self._next.text, -1)

    def _advance(self) -> Token:
        token, self._end = self._next, self._next.end
        self._next = next(self._tokens)
        return token

    def _accept(self, text: str) -> bool:
        """Consume the next token if it is this one; return whether it was."""
        accepted = self._next.text == text
        if accepted:
            self._advance()
        return accepted

    def _unexpected(self) -> NoReturn:
        if self._next.kind == "end":
            refuse("a name, number or bracket is missing at the end")
        refuse(f"unexpected {self._next.text!r:.40} at character {self._next.start + 1}")

    def _source(self, start: int) -> str:
        """Return the text parsed since `start`, shortened and in quotes."""
        source = " ".join(self._text[start : self._end].split())
        return f"'{source:.50}...'" if len(source) > 53 else f"'{source}'"
