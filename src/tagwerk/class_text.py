"""Signal and backgrounds in words: for headings, axis labels and definitions."""

from collections.abc import Mapping
from typing import Protocol

from tagwerk.rounding import listing


class Classes(Protocol):
    """What names a signal class and its background classes: a study or a comparison."""

    @property
    def signal(self) -> str:
        """The signal class."""

    @property
    def backgrounds(self) -> Mapping[str, float]:
        """The background classes with their fractions in the discriminant."""


def description(classes: Classes) -> str:
    """Return such as "b and light", or "b and 0.05 c + 0.95 light" where there are several backgrounds."""
    return f"{classes.signal} and {mixture(classes)}"


def mixture(classes: Classes) -> str:
    """Return the backgrounds' names as they are summed in the discriminant, such as "0.05 c + 0.95 light"."""
    if len(classes.backgrounds) == 1:
        return next(iter(classes.backgrounds))
    return " + ".join(f"{fraction:g} {name}" for name, fraction in classes.backgrounds.items())


def background_label(classes: Classes, labels: Mapping[str, str]) -> str:
    """Return the labels of the background classes, such as "c jets and light jets"."""
    return listing([labels[name] for name in classes.backgrounds])


def fractions_label(classes: Classes, labels: Mapping[str, str]) -> str:
    """Return the labels with the fractions, such as "0.05 for c jets and 0.95 for light jets"."""
    return listing([f"{fraction:g} for {labels[name]}" for name, fraction in classes.backgrounds.items()])
