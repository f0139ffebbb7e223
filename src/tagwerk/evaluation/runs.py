"""The runs of a comparison: of its taggers and sizes, each once, on the same test jets."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tagwerk.cards.study_cards import Cards
from tagwerk.errors import UserError
from tagwerk.scores.external import FileMatch, external_runs
from tagwerk.scores.read import IDENTITY
from tagwerk.scores.tagger_run import Run, read_run


def load_runs(cards: Cards, runs: Sequence[Run | Path | str]) -> tuple[list[Run], list[FileMatch]]:
    """Return all runs of a study on the same test jets, those of score files last, and how the latter were matched.

    Args:
        cards: of the study.
        runs: of its taggers, in memory, or their directories.

    Raises:
        UserError: as `read_runs`, no run is given, or a score file cannot be read or does not have the test jets.
    """
    classes = [each.name for each in cards.classes]
    if cards.taggers and not runs:
        raise UserError("no run is given, but the study's card has taggers; give the directories of their runs")
    own = read_runs(runs, cards.study.all_taggers, classes, cards.study.training_jets)
    external, matches = external_runs(cards.scores, classes, own[0] if own else None) if cards.scores else ([], [])
    return [*own, *external], matches


def read_runs(
    runs: Sequence[Run | Path | str], taggers: list[str], classes: list[str], sizes: Sequence[int] = ()
) -> list[Run]:
    """Return the runs of a study, ordered as in `taggers`, then by size and then by seed.

    Args:
        runs: in memory, or their directories.
        taggers: names of the study's taggers.
        classes: of the dataset, in the order of the labels.
        sizes: numbers of training jets of the study; empty where taggers are trained on all.

    Raises:
        UserError: a file is missing or damaged, a run is duplicated or of a tagger or size outside the study, or two
            runs scored different jets.
    """
    found = [run if isinstance(run, Run) else read_run(Path(run), classes) for run in runs]
    seen: dict[tuple[str, int | None, int], Run] = {}
    for run in found:
        _check_study(run, taggers, sizes)
        key = (run.about.tagger, run.about.drawn, run.about.seed)
        if key in seen:
            raise UserError(
                f"{run.folder}: seed {run.about.seed} of '{run.about.tagger}'{_size_text(run.about.drawn)} is also in "
                f"{seen[key].folder}; give it once"
            )
        seen[key] = run
        _check_same_jets(found[0], run)
    return sorted(found, key=lambda run: (taggers.index(run.about.tagger), run.about.drawn or 0, run.about.seed))


def rows_by_size(runs: Sequence[Run]) -> dict[int | None, dict[str, list[int]]]:
    """Return the indices of the runs by size, the largest last, and by tagger, in their order.

    Scores from elsewhere are among the largest, whatever their taggers were trained on.
    """
    own = [run for run in runs if not run.external]
    sizes = sorted({run.about.drawn for run in own}, key=lambda size: size or 0) or [None]
    rows: dict[int | None, dict[str, list[int]]] = {size: {} for size in sizes}
    for row, run in enumerate(runs):
        size = sizes[-1] if run.external else run.about.drawn
        rows[size].setdefault(run.about.tagger, []).append(row)
    return rows


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


def _check_same_jets(first: Run, other: Run) -> None:
    path, reference = (run.path for run in (other, first))
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
