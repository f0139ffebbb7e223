"""Titles and labels are one line each, and Matplotlib can draw all that a card accepts."""

import pytest
from matplotlib.figure import Figure
from pydantic import TypeAdapter, ValidationError

from tagwerk.cards.titles import FigureText, Text

FIGURE_TEXT, TEXT = TypeAdapter(FigureText), TypeAdapter(Text)

VALID = [
    "QCD jets",
    "$p_T$ of Z → qq̄",
    r"\$5 and $p_T$",
    r"$\tau_{21}$ > $0.5$",
    r"costs \$5",
    r"$\frac{1}{2}$",
    "a|b `c` <i>",
]
INVALID_FORMULAS = [
    r"$\frac{1}$", "$p_T", "a$b$c$", "$$", "$ $", r"$\foo$", "$x^{2$", "$x_1_2$", r"$\left( x$", "$x^$", r"$\sqrt$",
    r"$\input{/etc/passwd}$", r"$\write18{touch hacked}$", r"$\def\x{\x\x}\x$",
    "$" + "{" * 98 + "x" + "}" * 98 + "$", "$" + r"\left( " * 11 + "x" + r" \right)" * 11 + "$",
]  # fmt: skip


@pytest.mark.parametrize("text", VALID)
def test_an_accepted_text_can_be_drawn(text):
    figure = Figure()
    figure.suptitle(FIGURE_TEXT.validate_python(text))
    figure.draw_without_rendering()


@pytest.mark.parametrize("text", INVALID_FORMULAS)
def test_a_formula_that_matplotlib_cannot_parse_is_refused_in_one_line(text):
    with pytest.raises(ValidationError) as error:
        FIGURE_TEXT.validate_python(text)
    message = error.value.errors()[0]["msg"]
    assert "\n" not in message
    assert len(message) < 200
    assert "formula" in message


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "is empty"), (" \n ", "is empty"), ("a\0b", r"U\+0000"), ("a\x1bb", r"U\+001B"), ("a\u202eb", r"U\+202E"),
     ("\ud800", "valid|unicode|U\\+D800"), ("x" * 201, "at most 200"),
     ("=HYPERLINK(A1)", "starts with '=', as a formula does"), (" @x", "with '@'"), ("+x", r"'\+'"), ("-x", "'-'")],
)  # fmt: skip
def test_an_empty_long_or_unprintable_text_is_refused(text, message):
    with pytest.raises(ValidationError, match=message):
        TEXT.validate_python(text)


def test_lines_and_spaces_become_one_line():
    assert FIGURE_TEXT.validate_python(" Top jets\n against\tQCD  jets\n") == "Top jets against QCD jets"
