"""A run: one training of one tagger, with its scores of the test jets."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
from pydantic import ValidationError

from tagwerk.arrays import Bools
from tagwerk.checksums import check_listed_file, missing_file, read_json, unusable_file
from tagwerk.errors import UserError
from tagwerk.scores.label_table import FILE, read_constituents
from tagwerk.scores.metadata import ScoreMetadata
from tagwerk.scores.read import SCORE, read_scores
from tagwerk.training.model import read_history

ALTERNATIVES = "alternatives"  # the folder of a run with the scores of alternative samples


@dataclass(frozen=True)
class Run:
    """One training of one tagger.

    Attributes:
        folder: such as `results/studies/demo/lstm/seed1`, or `.../lstm/jets2000/seed1` with several sizes; for a run in
            memory, a name for messages.
        about: metadata of training and scoring.
        scores: one row per test jet, with `event`, `source`, `label`, `weight` and one `p_<class>` per class; scores
            from elsewhere that are not probabilities have one `raw score`.
        validation: the same for the validation jets, on which thresholds are chosen; None where there are none.
        history: one row per epoch or boosting iteration, with `epoch`, `loss` and `val_loss`; None for scores from
            elsewhere, and of a model that was trained elsewhere.
        constituents: one row per constituent of the test jets, with `jet` (the row in `scores`), `truth` (the index of
            its origin, -1 if unknown) and one `p_<origin>` per origin; None for a tagger that does not label them.
        alternatives: scores of the jets of alternative samples, by the name of their dataset card.
    """

    folder: Path
    about: ScoreMetadata
    scores: pd.DataFrame
    history: pd.DataFrame | None
    validation: pd.DataFrame | None = None
    constituents: pd.DataFrame | None = None
    alternatives: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def external(self) -> bool:
        """Whether the scores are from elsewhere."""
        return self.about.engine is None

    @property
    def has_probabilities(self) -> bool:
        """Whether the scores are class probabilities."""
        return SCORE not in self.scores

    @property
    def path(self) -> Path:
        """The file of the scores, or the name of a run in memory."""
        return self.folder / "scores/scores.parquet" if self.folder.is_dir() else self.folder

    def of_jets(self, test: Bools, validation: Bools | None) -> Self:
        """Return the run on some of its test jets, (B,), and of its validation jets, if it has any."""
        constituents = self.constituents
        if constituents is not None:
            jet = constituents["jet"].to_numpy()
            rows = np.cumsum(test) - 1  # of the jets that remain
            constituents = constituents[test[jet]].assign(jet=rows[jet[test[jet]]]).reset_index(drop=True)
        remaining = None if self.validation is None else self.validation[validation]
        return replace(self, scores=self.scores[test], validation=remaining, constituents=constituents, alternatives={})


def read_run(folder: Path, classes: list[str]) -> Run:
    """Return the run whose `scores` and `model` directories are in this folder.

    Raises:
        UserError: a file is missing or damaged, or a column is missing or holds an invalid number.
    """
    validation, constituents = folder / "scores/validation.parquet", folder / "scores" / FILE
    about = read_about(folder / "scores/about.json")
    for path in (validation, constituents):
        check_listed_file(path, folder / "scores/about.json", "tagwerk score")
    scores = read_scores(folder / "scores/scores.parquet", classes)
    return Run(
        folder=folder,
        about=about,
        scores=scores,
        history=None if about.engine == "onnx" else read_history(folder / "model/history.csv"),
        validation=read_scores(validation, classes) if validation.is_file() else None,
        constituents=read_constituents(constituents, len(scores)),
        alternatives={
            each.name: _read_alternative(each, classes) for each in sorted((folder / ALTERNATIVES).glob("*"))
        },
    )


def _read_alternative(folder: Path, classes: list[str]) -> pd.DataFrame:
    check_listed_file(folder / "scores.parquet", folder / "about.json", "tagwerk score")
    return read_scores(folder / "scores.parquet", classes)


def read_about(path: Path) -> ScoreMetadata:
    """Return the metadata of scores.

    Raises:
        UserError: the file is missing or damaged.
    """
    if path.parent.is_dir() and not path.is_file():
        raise missing_file(path, "tagwerk score")
    if not path.is_file():
        raise UserError(f"{path}: no such file; run `tagwerk score` first, and give the seed's directory")
    try:
        return ScoreMetadata.model_validate_json(read_json(path, "tagwerk score"))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "the file"
        raise unusable_file(path, f"{key}: {first['msg']}", "tagwerk score") from None
