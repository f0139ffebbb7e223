"""Titles and labels are on one line, and Matplotlib draws each that a card may have."""

import pytest
from matplotlib.figure import Figure
from pydantic import TypeAdapter, ValidationError

from tagwerk.cards.titles import Drawn, Text

DRAWN, TEXT = TypeAdapter(Drawn), TypeAdapter(Text)

GOOD = [
    "QCD jets",
    "$p_T$ of Z → qq̄",
    r"\$5 and $p_T$",
    r"$\tau_{21}$ > $0.5$",
    r"costs \$5",
    r"$\frac{1}{2}$",
    "a|b `c` <i>",
]
FORMULAS = [
    r"$\frac{1}$", "$p_T", "a$b$c$", "$$", "$ $", r"$\foo$", "$x^{2$", "$x_1_2$", r"$\left( x$", "$x^$", r"$\sqrt$",
    "$" + "{" * 98 + "x" + "}" * 98 + "$", "$" + r"\left( " * 11 + "x" + r" \right)" * 11 + "$",
]  # fmt: skip


@pytest.mark.parametrize("text", GOOD)
def test_what_a_card_may_say_is_drawn(text):
    figure = Figure()
    figure.suptitle(DRAWN.validate_python(text))
    figure.draw_without_rendering()


@pytest.mark.parametrize("text", FORMULAS)
def test_what_matplotlib_cannot_read_is_refused_in_one_line(text):
    with pytest.raises(ValidationError) as mistake:
        DRAWN.validate_python(text)
    said = mistake.value.errors()[0]["msg"]
    assert "\n" not in said
    assert len(said) < 200
    assert "formula" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "is empty"), (" \n ", "is empty"), ("a\0b", r"U\+0000"), ("a\x1bb", r"U\+001B"), ("a\u202eb", r"U\+202E"),
     ("\ud800", "valid|unicode|U\\+D800"), ("x" * 201, "at most 200")],
)  # fmt: skip
def test_what_is_no_line_of_text_is_refused(text, said):
    with pytest.raises(ValidationError, match=said):
        TEXT.validate_python(text)


def test_lines_and_spaces_become_one_line():
    assert DRAWN.validate_python(" Top jets\n against\tQCD  jets\n") == "Top jets against QCD jets"
