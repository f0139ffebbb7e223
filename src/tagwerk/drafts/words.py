"""Names of branches as names in a card: what a card takes for a name, and what must be quoted in an expression."""

import keyword
import re
import unicodedata


def snake(name: str) -> str:
    """Return a name in small letters, ASCII alone, with underscores between its words."""
    bare = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode()
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", bare)
    return re.sub(r"\W+|_+", "_", apart).strip("_").lower()


def named(text: str) -> str:
    """Return a name that a card takes: of letters, digits and underscores in ASCII, and beginning with a letter."""
    bare = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode()
    name = re.sub(r"\W+", "_", bare).strip("_")
    return name if name[:1].isalpha() else f"is_{name}".rstrip("_")


def spelled(name: str) -> str:
    """Return a branch's name as it stands in a selection: in backticks unless it could stand alone."""
    parts = name.split(".")
    alone = name.isascii() and all(part.isidentifier() and not keyword.iskeyword(part) for part in parts)
    return name if alone else f"`{name}`"


def quotable(name: str) -> bool:
    """Return whether an expression can hold a branch's name."""
    return "`" not in name and name.isprintable()


def distinct(name: str, taken: object) -> str:
    """Return a name, or with a number after it where it is among those taken."""
    number, found = 1, name
    while found in taken:  # type: ignore[operator]  # any container
        number += 1
        found = f"{name}_{number}"
    return found
