"""A trained model on disk: the model itself, its history, and how it came about."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel, ValidationError

from tagwerk.cards.tagger import Tagger
from tagwerk.errors import UserError
from tagwerk.shards.schema import Schema
from tagwerk.training.engine import engine

_RECORD = "training.json"
_HISTORY = "history.csv"


class Record(BaseModel):
    """How a model came about.

    Attributes:
        name: of the tagger's card.
        tagger: the card itself.
        schema_: the columns of its inputs.
        pieces: of which the jets of train, validation and test consist.
        drawn: how many of the training jets were chosen to learn from; None for all.
        parameters: how many numbers training could change.
        threads, training_jets, training_seconds, epochs: what it took.
        versions: of the packages used.
    """

    name: str
    tagger: Tagger
    schema_: Schema
    pieces: dict[str, list[str]]
    seed: int
    drawn: int | None = None
    parameters: int
    threads: int
    training_jets: int
    training_seconds: float
    epochs: int
    versions: dict[str, str]


@dataclass(frozen=True)
class Trained:
    """A model of whichever library, its history (a row an epoch), and how it came about."""

    model: Any
    history: pd.DataFrame
    record: Record

    def save(self, directory: Path) -> None:
        """Write all three into a directory that exists."""
        engine(self.record.tagger).save(self.model, directory)
        self.history.to_csv(directory / _HISTORY, index=False)
        (directory / _RECORD).write_text(self.record.model_dump_json(indent=1), encoding="utf-8")


def load_record(directory: Path) -> Record:
    """Return how a model came about.

    Raises:
        UserError: the directory holds no trained model.
    """
    path = directory / _RECORD
    try:
        return Record.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; run `tagwerk train` first") from None
    except (ValidationError, UnicodeDecodeError):
        raise UserError(f"{path}: does not describe a trained model; train it again") from None


def load_model(directory: Path, record: Record) -> Any:
    """Return the model that a directory holds.

    Raises:
        UserError: its file is missing or damaged.
    """
    try:
        return engine(record.tagger).load(directory)
    except Exception as error:  # whatever Keras, skops or zip meet in a file that is missing, cut short or damaged
        reason = " ".join(str(error).split())[:100]
        raise UserError(f"{directory}: its model cannot be read ({reason}); train it again") from None
