"""Texts in cards that appear in figures, tables and pages: one line each, and drawable by Matplotlib."""

import re
from itertools import accumulate
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

_MAX_NESTING = 10  # groups in a formula; Matplotlib parses them recursively
_MAX_LENGTH = 200  # characters; a heading, not a paragraph


def _on_one_line(text: str) -> str:
    """Return the text with single spaces between its words."""
    text = " ".join(text.split())
    if not text:
        raise ValueError("is empty; give a text")
    unprintable = [character for character in text if not character.isprintable()]
    if unprintable:
        raise ValueError(f"contains the unprintable character U+{ord(unprintable[0]):04X}; leave it out")
    if text[0] in "=+-@":
        raise ValueError(
            f"starts with '{text[0]}', as a formula does when a table is opened in a spreadsheet; reword it"
        )
    return text


def _drawable(text: str) -> str:
    """Return the text; refuse formulas that Matplotlib cannot parse."""
    dollars = text.count("$") - text.count(r"\$")
    if dollars % 2:
        raise ValueError(r"has an unpaired '$'; a formula goes between two, a dollar sign is written \$")
    if dollars:
        if _nesting(text) > _MAX_NESTING:
            raise ValueError(f"has a formula with more than {_MAX_NESTING} nested groups; simplify it")
        from matplotlib.mathtext import MathTextParser  # takes a third of a second, and few texts have formulas

        try:
            MathTextParser("path").parse(text)
        except ValueError as error:
            reason = " ".join(str(error).split("\n")[-1].partition(": ")[2].split("(at char")[0].split())
            raise ValueError(f"has a formula that Matplotlib cannot draw ({reason:.100}); correct it") from None
    return text


def _nesting(text: str) -> int:
    """Return the maximum nesting of groups, braces or large brackets, in a formula."""
    delimiters = re.findall(r"(?<!\\)[{}]|\\left(?![a-z])|\\right(?![a-z])", text)
    return max(accumulate((1 if delimiter in ("{", r"\left") else -1 for delimiter in delimiters), initial=0))


Text = Annotated[str, StringConstraints(max_length=_MAX_LENGTH), AfterValidator(_on_one_line)]
FigureText = Annotated[Text, AfterValidator(_drawable)]
