"""The output of `train` and `score` for each run: test-jet scores, metadata and training history."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from pydantic import ValidationError

from tagwerk.checksums import check_listed_file, read_json
from tagwerk.errors import UserError
from tagwerk.scores.metadata import ScoreMetadata
from tagwerk.scores.read import IDENTITY, read_scores

HISTORY = ["epoch", "loss", "val_loss"]


@dataclass(frozen=True)
class Run:
    """One training of one tagger.

    Attributes:
        folder: such as `results/studies/demo/lstm/seed1`, or `.../lstm/jets2000/seed1` with several sizes.
        about: metadata of training and scoring.
        scores: one row per test jet, with `event`, `source`, `label`, `weight` and one `p_<class>` per class.
        history: one row per epoch or boosting iteration, with `epoch`, `loss` and `val_loss`; None where there is none.
    """

    folder: Path
    about: ScoreMetadata
    scores: pd.DataFrame
    history: pd.DataFrame | None


def read_runs(folders: list[Path], taggers: list[str], classes: list[str], sizes: Sequence[int] = ()) -> list[Run]:
    """Return the runs in these directories, ordered as in `taggers`, then by size and then by seed.

    Args:
        folders: the directories.
        taggers: names of the study's taggers.
        classes: of the dataset, in the order of the labels.
        sizes: numbers of training jets of the study; empty where taggers are trained on all.

    Raises:
        UserError: a file is missing or damaged, a run is duplicated or of a tagger or size outside the study, or two
            runs scored different jets.
    """
    runs = [read_run(folder, classes) for folder in folders]
    seen: dict[tuple[str, int | None, int], Run] = {}
    for run in runs:
        _check_study(run, taggers, sizes)
        key = (run.about.tagger, run.about.drawn, run.about.seed)
        if key in seen:
            raise UserError(
                f"{run.folder}: seed {run.about.seed} of '{run.about.tagger}'{_size_text(run.about.drawn)} is also in "
                f"{seen[key].folder}; give it once"
            )
        seen[key] = run
        _check_same_jets(runs[0], run)
    return sorted(runs, key=lambda run: (taggers.index(run.about.tagger), run.about.drawn or 0, run.about.seed))


def rows_by_size(runs: Sequence[Run]) -> dict[int | None, dict[str, list[int]]]:
    """Return the indices of the runs by size, the largest last, and by tagger, in their order."""
    sizes = sorted({run.about.drawn for run in runs}, key=lambda size: size or 0)
    rows: dict[int | None, dict[str, list[int]]] = {size: {} for size in sizes}
    for row, run in enumerate(runs):
        rows[run.about.drawn].setdefault(run.about.tagger, []).append(row)
    return rows


def read_run(folder: Path, classes: list[str]) -> Run:
    """Return the run whose `scores` and `model` directories are in this folder.

    Raises:
        UserError: a file is missing or damaged, or a column is missing or holds an invalid number.
    """
    return Run(
        folder=folder,
        about=_read_about(folder / "scores/about.json"),
        scores=read_scores(folder / "scores/scores.parquet", classes),
        history=_read_history(folder / "model/history.csv"),
    )


def _check_study(run: Run, taggers: list[str], sizes: Sequence[int]) -> None:
    """Raise UserError where the tagger or the size of a run is not in the study."""
    path, about = run.folder / "scores/about.json", run.about
    if about.tagger not in taggers:
        raise UserError(
            f"{path}: tagger '{about.tagger}' is not in the study ({', '.join(taggers)}); "
            "leave this run out or add the tagger to the study's card"
        )
    if about.drawn is not None if not sizes else about.drawn not in sizes:
        known = ", ".join(map(str, sizes)) or "none (all jets)"
        raise UserError(
            f"{path}: '{about.tagger}' was trained on {about.drawn or 'all'} jets, but key 'training_jets' of the "
            f"study's card has {known}; leave this run out or change the key"
        )


def _size_text(jets: int | None) -> str:
    return "" if jets is None else f" on {jets} training jets"


def _read_about(path: Path) -> ScoreMetadata:
    if not path.is_file():
        raise _missing(path)
    try:
        return ScoreMetadata.model_validate_json(read_json(path, "tagwerk score"))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "the file"
        raise UserError(f"{path}: {key}: {first['msg']}; run `tagwerk score` again") from None


def _read_history(path: Path) -> pd.DataFrame | None:
    check_listed_file(path, path.with_name("training.json"), "tagwerk train")
    if not path.exists():
        return None
    try:
        history = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: not a CSV table ({error!s:.80}); run `tagwerk train` again") from None
    for column in HISTORY:
        if column not in history:
            raise UserError(f"{path}: column '{column}' is missing; run `tagwerk train` again")
        if not (len(history) and is_numeric_dtype(history[column]) and np.isfinite(history[column]).all()):
            raise UserError(f"{path}: column '{column}' is empty or not all finite numbers; run `tagwerk train` again")
    return history


def _check_same_jets(first: Run, other: Run) -> None:
    path, reference = (run.folder / "scores/scores.parquet" for run in (other, first))
    if len(other.scores) != len(first.scores):
        raise UserError(
            f"{path}: {len(other.scores)} jets, but {len(first.scores)} in {reference}; "
            "score all taggers on the same test jets"
        )
    for column in IDENTITY:
        differing = np.flatnonzero(other.scores[column].to_numpy() != first.scores[column].to_numpy())
        if len(differing):
            raise UserError(
                f"{path}: '{column}' of row {differing[0]} differs from that in {reference}; "
                "score all taggers on the same test jets in the same order"
            )


def _missing(path: Path) -> UserError:
    return UserError(f"{path}: no such file; run `tagwerk score` first, and give the seed's directory")
