"""The card with which jets of a file are scored: as much of the dataset's as the file has the branches for."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import awkward as ak

from tagwerk.cards.dataset import FILE, Dataset
from tagwerk.cards.scoring_card import scoring_card, with_classes, with_split
from tagwerk.errors import UserError
from tagwerk.readers import layout
from tagwerk.readers.array_branches import read_arrays
from tagwerk.readers.links import Tally
from tagwerk.readers.reading import Source
from tagwerk.remote import data_path
from tagwerk.training.model import TrainingRecord


class FileCard(NamedTuple):
    """What is read of a file or of arrays.

    Attributes:
        card: of the branches to read.
        piece: of the whole file, where the card splits the data by files.
        has_split: whether the piece of each jet is known.
        has_classes: whether its class is known.
        missing: what is not known and why, one line each.
    """

    card: Dataset
    piece: str | None
    has_split: bool
    has_classes: bool
    missing: list[str]


def file_card(dataset: Dataset, record: TrainingRecord, source: Source) -> FileCard:
    """Return the card with which a file is read for a model with this record.

    Args:
        dataset: the card of the jets that the model was trained on.
        record: of its training.
        source: the file or arrays.

    Raises:
        UserError: a branch that the model needs is missing, or the file cannot be read.
    """
    card, piece = scoring_card(dataset, record.tagger.inputs, record.schema_), None
    unread = _fault(source, card)
    if unread is not None:
        raise unread
    if dataset.split.files is not None and isinstance(source, Path | str):
        piece = dataset.split.files.pieces_of([data_path(source)])[0]
    missing = []
    no_split = _no_split(dataset, piece) or _fault(source, with_split(card, dataset))
    if no_split is None:
        card = with_split(card, dataset)
    else:
        missing.append(f"the piece of the split of each jet is not known: {_reason(no_split, source)}")
    no_classes = _no_classes(dataset) or _fault(source, with_classes(card, dataset))
    if no_classes is None:
        card = with_classes(card, dataset)
    else:
        missing.append(f"the class of each jet is not known: {_reason(no_classes, source)}")
    return FileCard(card, piece, no_split is None, no_classes is None, missing)


def read_chunks(source: Source, card: Dataset, tally: Tally, step: int) -> Iterator[ak.Array]:
    """Yield the branches of a file or of arrays that a card names, of at most `step` rows at a time."""
    if isinstance(source, Path | str):
        return layout.read(data_path(source), card, tally, step)
    return read_arrays(source, card, step)


def _fault(source: Source, card: Dataset) -> UserError | None:
    """Return why a file cannot be read with a card, as its first row tells."""
    # Without the identity of the file, for which all of it is read.
    card = card.model_copy(update={"event": [name for name in card.event if name != FILE]})
    try:
        next(read_chunks(source, card, Tally(), step=1))
    except UserError as fault:
        return fault
    return None


def _reason(fault: UserError, source: Source) -> str:
    """Return a fault without the name of the file."""
    return str(fault).removeprefix(f"{source}: ")


def _no_split(dataset: Dataset, piece: str | None) -> UserError | None:
    if dataset.split.files is None or piece is not None:
        return None
    return UserError("the card splits the data by files, and this one is in no piece")


def _no_classes(dataset: Dataset) -> UserError | None:
    if all(jet_class.selection is not None for jet_class in dataset.classes):
        return None
    return UserError("the card gives the classes by their files")
