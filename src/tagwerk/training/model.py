"""A trained model on disk: the model itself, its history, the record of its training, and the card of its dataset."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from pydantic import BaseModel, ValidationError

from tagwerk.cards.input_columns import Ordering
from tagwerk.cards.tagger import Tagger
from tagwerk.checksums import check_listed_file, read_json, unreadable_file, unusable_file, write_json
from tagwerk.errors import UserError
from tagwerk.layers.schema import Schema
from tagwerk.training.engine import engine

_RECORD = "training.json"
CARD = "dataset.yaml"
_HISTORY = "history.csv"
HISTORY = ["epoch", "loss", "val_loss"]  # its columns that results use
MADE_BY = "tagwerk train"


class TrainingRecord(BaseModel):
    """What a model was trained on, how, and what that took.

    Attributes:
        name: of the tagger card.
        tagger: the card itself.
        schema_: the columns of the model's inputs.
        ordering: of the constituents of each sequence among them.
        pieces: that make up the jets of train, validation and test.
        drawn: number of training jets chosen to learn from; None for all.
        parameters: number of trainable parameters.
        threads, training_jets, training_seconds, epochs: what training took; iterations of boosted trees are epochs.
        limited: whether the limit on epochs, not the validation loss, ended it; None if there are none.
        versions: of the packages used.
    """

    name: str
    tagger: Tagger
    schema_: Schema
    ordering: dict[str, Ordering] = {}
    pieces: dict[str, list[str]]
    seed: int
    drawn: int | None = None
    parameters: int
    threads: int
    training_jets: int
    training_seconds: float
    epochs: int
    limited: bool | None = None
    versions: dict[str, str]


@dataclass(frozen=True)
class TrainedModel:
    """A Keras or scikit-learn model, its history (one row per epoch) and the record of its training.

    `card` is the text of its dataset's card; None in a model of an earlier version, which did not store it.
    """

    model: Any
    history: pd.DataFrame | None
    record: TrainingRecord
    card: str | None = None

    def save(self, directory: Path) -> None:
        """Write all of it into an existing directory; the record lists the checksums of all files there."""
        engine(self.record.tagger).save(self.model, directory)
        if self.card is not None:
            (directory / CARD).write_text(self.card, encoding="utf-8")
        if self.history is not None:
            self.history.to_csv(directory / _HISTORY, index=False)
        write_json(directory / _RECORD, self.record, sorted(path for path in directory.iterdir() if path.is_file()))


def load_model(directory: Path | str) -> TrainedModel:
    """Return the model that `train` wrote to a directory, with its history, its record and the card of its dataset.

    Raises:
        UserError: the directory holds no trained model, or a file in it is missing or damaged, or holds something else.
    """
    folder = Path(directory)
    record = load_record(folder)
    return TrainedModel(_load(folder, record), read_history(folder / _HISTORY), record, _read_card(folder / CARD))


def load_record(directory: Path) -> TrainingRecord:
    """Return the record of a model's training.

    Raises:
        UserError: the directory holds no trained model, or its record is damaged.
    """
    path = directory / _RECORD
    try:
        return TrainingRecord.model_validate_json(read_json(path, MADE_BY))
    except ValidationError:
        raise unusable_file(path, "does not describe a trained model", MADE_BY) from None


def _read_card(path: Path) -> str | None:
    """Return the text of the card in a model's directory; None if there is none.

    Raises:
        UserError: it is missing or damaged.
    """
    check_listed_file(path, path.with_name(_RECORD), MADE_BY)
    if not path.exists():
        return None
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable_file(path, "not a card", MADE_BY, error) from None


def read_history(path: Path) -> pd.DataFrame | None:
    """Return the history in a model's directory; None if there is none.

    Raises:
        UserError: it is damaged, or a column is missing or holds other things than finite numbers.
    """
    check_listed_file(path, path.with_name(_RECORD), MADE_BY)
    if not path.exists():
        return None
    try:
        history = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise unreadable_file(path, "not a CSV table", MADE_BY, error) from None
    for column in HISTORY:
        if column not in history:
            raise unusable_file(path, f"column '{column}' is missing", MADE_BY)
        if not (len(history) and is_numeric_dtype(history[column]) and np.isfinite(history[column]).all()):
            raise unusable_file(path, f"column '{column}' is empty or not all finite numbers", MADE_BY)
    return history


def _load(directory: Path, record: TrainingRecord) -> Any:
    """Return the Keras or scikit-learn model in a directory."""
    library = engine(record.tagger)
    try:
        check_listed_file(directory / library.FILE, directory / _RECORD, MADE_BY)
        model = library.load(directory)
        library.check(model, record.schema_)
    except UserError:
        reason = f"{library.FILE} is missing, damaged or edited"
        raise UserError(f"{directory}: its model cannot be read ({reason}); train it again", directory) from None
    except Exception as error:  # whatever Keras, skops or zip raise for a file that is intact but cannot be loaded
        reason = " ".join(str(error).split())[:100]
        raise UserError(f"{directory}: its model cannot be read ({reason}); train it again") from None
    return model
