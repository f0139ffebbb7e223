"""The card of score files: the scores of any tagger on labelled jets, in the files that its authors wrote."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PositiveInt, model_validator

from tagwerk.cards.base import Card, first_duplicate
from tagwerk.cards.dataset import Color
from tagwerk.cards.input_files import require_files
from tagwerk.cards.momenta import Name
from tagwerk.cards.titles import FigureText
from tagwerk.remote import require_local


def _listed(value: Any) -> Any:
    """Return a single text or number as a list."""
    return [value] if isinstance(value, str | int | float) and not isinstance(value, bool) else value


Columns = Annotated[list[str], BeforeValidator(_listed)]
LabelValues = Annotated[list[int | float | str], Field(min_length=1), BeforeValidator(_listed)]


class ScoreFiles(Card):
    """Score files: which columns hold the scores, the class and the identity of each jet."""

    FOLDER = "scores"

    title: FigureText = Field(description="name of the tagger in figures and tables")
    color: Color = Field(description="colour in figures, as #rrggbb")
    files: Annotated[list[str], Field(min_length=1), BeforeValidator(_listed)] = Field(
        description="one or several files or glob patterns, relative to the working directory: HDF5, Parquet, npz, "
        "ROOT or CSV, also gzip-compressed"
    )
    each_file: Literal["seed", "part"] = Field(
        default="seed",
        description="what each of several files holds: the scores of one seed, or a part of the jets",
    )
    tree: str | None = Field(
        default=None,
        description="tree or RNTuple, in HDF5 the group or table, with the columns; by default the only one",
    )
    score: Columns = Field(
        default=[],
        description="columns or patterns of any score that is larger for signal, one per seed",
    )
    probabilities: dict[Name, Columns] = Field(
        default={},
        description="columns or patterns of class probabilities by class, one per seed; of two classes one is enough",
    )
    label: str = Field(description="column that tells the class of a jet")
    classes: dict[Name, LabelValues] = Field(
        min_length=2, description="values of `label` by class; jets with other values are left out"
    )
    weight: str | None = Field(default=None, description="column of the jet weight; 1 by default")
    event: Columns = Field(
        default=[],
        description="columns that together identify an event, in the order of the dataset's card; without them jets "
        "are matched by position",
    )
    jet: Columns = Field(
        default=[],
        description="columns that distinguish the jets of an event, such as their index, if it has several",
    )
    variables: dict[Name, str] = Field(
        default={}, description="columns of jet variables such as `pt`, `eta` and `mass`, in GeV"
    )
    parameters: PositiveInt | None = Field(default=None, description="number of trainable parameters, for the tables")
    training_jets: PositiveInt | None = Field(default=None, description="number of training jets, for the tables")

    @model_validator(mode="after")
    def _has_scores_or_probabilities(self) -> Self:
        if bool(self.score) == bool(self.probabilities):
            raise ValueError("give either the key 'score' or the key 'probabilities'")
        missing = [name for name in self.classes if name not in self.probabilities]
        if self.probabilities and missing and not (len(self.classes) == 2 == len(missing) + len(self.probabilities)):
            raise ValueError(f"key 'probabilities': '{missing[0]}' is missing; add its column, or give the key 'score'")
        return self

    @model_validator(mode="after")
    def _names_each_value_once(self) -> Self:
        if (value := first_duplicate(value for values in self.classes.values() for value in values)) is not None:
            raise ValueError(f"key 'classes': the value {value!r} is duplicated; name it once")
        for key, names in {"files": self.files, "score": self.score, "event": self.event, "jet": self.jet}.items():
            if (name := first_duplicate(names)) is not None:
                raise ValueError(f"key '{key}': '{name}' is duplicated; name it once")
        if self.jet and not self.event:
            raise ValueError("key 'jet' distinguishes the jets of an event; give the key 'event' too")
        return self

    def paths(self) -> list[Path]:
        """Return all files, each once, in the order of the card.

        Raises:
            UserError: a pattern matches no file, or a file is on a server.
        """
        files = [file for pattern in self.files for file in require_files(pattern)]
        for file in files:
            require_local(file, "a score file")
        return list({file.resolve(): file for file in reversed(files)}.values())[::-1]


class NamedScoreFiles(ScoreFiles):
    """Score files in the study's own card, with their name."""

    name: Name = Field(description="name of these score files")
