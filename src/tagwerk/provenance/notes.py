"""What a running command reads, noted where it is read: a card may be edited while a training goes on."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel


@dataclass
class Notes:
    """The texts of cards by their paths, seeds by where they are set, and files by the key of a card."""

    cards: dict[str, str] = field(default_factory=dict)
    seeds: dict[str, int] = field(default_factory=dict)
    files: dict[str, list[Path]] = field(default_factory=dict)


_NOTES: ContextVar[Notes | None] = ContextVar("notes", default=None)


@contextmanager
def taking_notes() -> Iterator[Notes]:
    """Yield what is noted in the block."""
    notes = Notes()
    token = _NOTES.set(notes)
    try:
        yield notes
    finally:
        _NOTES.reset(token)


def note_card(path: Path, text: str) -> None:
    """Note the text of a card."""
    if (notes := _NOTES.get()) is not None:
        notes.cards[str(path)] = text


def note_seed(where: str, seed: int) -> None:
    """Note a seed of random numbers."""
    if (notes := _NOTES.get()) is not None:
        notes.seeds[where] = seed


def note_seeds(path: Path, card: BaseModel) -> None:
    """Note each key `seed` of a card, defaults included."""
    if _NOTES.get() is None:
        return
    for key, value in _leaves(card.model_dump(mode="json")):
        if key.split(".")[-1] == "seed" and isinstance(value, int):
            note_seed(f"{path}: {key}", value)


def note_files(key: str, files: Sequence[Path]) -> None:
    """Note files that a card names and the command reads."""
    if (notes := _NOTES.get()) is not None:
        notes.files[key] = [*notes.files.get(key, []), *files]


def _leaves(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        key = f"{above}{name}"
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{key}.")
        else:
            yield key, value
