"""Texts of cards that figures, tables and pages show: on one line, and such that Matplotlib can draw them."""

import re
from itertools import accumulate
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

_DEEPEST = 10  # groups in groups of a formula; Matplotlib reads them by recursion
_LONGEST = 200  # letters; a heading, not a paragraph


def _on_one_line(text: str) -> str:
    """Return the text with single spaces between its words."""
    text = " ".join(text.split())
    if not text:
        raise ValueError("is empty; give some words")
    hidden = [letter for letter in text if not letter.isprintable()]
    if hidden:
        raise ValueError(f"holds the letter U+{ord(hidden[0]):04X}, which cannot be printed; leave it out")
    return text


def _drawable(text: str) -> str:
    """Refuse what Matplotlib takes for a formula and cannot read."""
    dollars = text.count("$") - text.count(r"\$")
    if dollars % 2:
        raise ValueError(r"has a '$' without a second one; formulas stand between two, write \$ for a dollar")
    if dollars:
        if _depth(text) > _DEEPEST:
            raise ValueError(f"has a formula of more than {_DEEPEST} groups in one another; simplify it")
        from matplotlib.mathtext import MathTextParser  # takes a third of a second, and few texts have formulas

        try:
            MathTextParser("path").parse(text)
        except ValueError as error:
            reason = " ".join(str(error).split("\n")[-1].partition(": ")[2].split("(at char")[0].split())
            raise ValueError(f"has a formula that Matplotlib cannot draw ({reason:.100}); correct it") from None
    return text


def _depth(text: str) -> int:
    """Return how many groups of a formula, braces or large brackets, stand in one another at most."""
    signs = re.findall(r"(?<!\\)[{}]|\\left(?![a-z])|\\right(?![a-z])", text)
    return max(accumulate((1 if sign in ("{", r"\left") else -1 for sign in signs), initial=0))


Text = Annotated[str, StringConstraints(max_length=_LONGEST), AfterValidator(_on_one_line)]
Drawn = Annotated[Text, AfterValidator(_drawable)]
