"""The names and colours of classes in figures and tables."""

from collections.abc import Sequence

from pydantic import Field

from tagwerk.cards.base import Section
from tagwerk.cards.dataset import Color
from tagwerk.cards.momenta import Name
from tagwerk.cards.titles import FigureText

# Petroff's colours for signal and background, and for further classes (arXiv:2107.02270).
_SIGNAL, _BACKGROUND = "#e42536", "#5790fc"
_OTHERS = ("#f89c20", "#964a8b", "#9c9ca1", "#7a21dd")


class ClassStyle(Section):
    """How figures and tables show a class."""

    name: Name = Field(description="name of the class in score files")
    label: FigureText = Field(description="name in figures and tables")
    color: Color = Field(description="colour in figures, as #rrggbb")


def class_styles(
    given: Sequence[ClassStyle], names: Sequence[str], signal: str, backgrounds: Sequence[str]
) -> list[ClassStyle]:
    """Return the given styles, and one for each further class by its name, where the name serves as label."""
    styles = {each.name: each for each in given}
    colors = {signal: _SIGNAL, backgrounds[0]: _BACKGROUND}
    for name in names:
        if name not in styles:
            color = colors.get(name, _OTHERS[len(styles) % len(_OTHERS)])
            styles[name] = ClassStyle(name=name, label=name, color=color)
    return list(styles.values())
