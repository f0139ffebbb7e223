"""Branch names as names in a card: which names a card accepts, and which must be quoted in an expression."""

import keyword
import re
import unicodedata


def snake_case(name: str) -> str:
    """Return a name in lower-case ASCII, with underscores between its words."""
    bare = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode()
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", bare)
    return re.sub(r"\W+|_+", "_", split).strip("_").lower()


def card_name(text: str) -> str:
    """Return a name that a card accepts: ASCII letters, digits and underscores, beginning with a letter."""
    bare = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode()
    name = re.sub(r"\W+", "_", bare).strip("_")
    return name if name[:1].isalpha() else f"is_{name}".rstrip("_")


def quoted(name: str) -> str:
    """Return a branch name as written in a selection: in backticks unless it is a plain identifier."""
    parts = name.split(".")
    plain = name.isascii() and all(part.isidentifier() and not keyword.iskeyword(part) for part in parts)
    return name if plain else f"`{name}`"


def is_quotable(name: str) -> bool:
    """Return whether a branch name can be used in an expression."""
    return "`" not in name and name.isprintable()


def unique_name(name: str, taken: object) -> str:
    """Return the name, with a number appended if it is already taken."""
    number, unique = 1, name
    while unique in taken:  # type: ignore[operator]  # any container
        number += 1
        unique = f"{name}_{number}"
    return unique
