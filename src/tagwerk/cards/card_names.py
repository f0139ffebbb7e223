"""The names of all cards: one's own in `config` of the working directory, and those that come with Tagwerk."""

from pathlib import Path

from tagwerk.cards.locate import SHIPPED

OWN = Path("config")


def own_names(folder: str) -> list[str]:
    """Return the names of one's own cards in a folder such as `taggers`, sorted; none where they are Tagwerk's."""
    return [] if OWN.resolve() == SHIPPED.resolve() else _names(OWN / folder)


def shipped_names(folder: str) -> list[str]:
    """Return the names of the cards in a folder that come with Tagwerk, sorted."""
    return _names(SHIPPED / folder)


def card_names(folder: str) -> list[str]:
    """Return the names of all cards in a folder, one's own first."""
    return list(dict.fromkeys([*own_names(folder), *shipped_names(folder)]))


def _names(folder: Path) -> list[str]:
    return sorted(file.stem for file in folder.glob("*.yaml"))
