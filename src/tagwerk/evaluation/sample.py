"""The test jets of a comparison: those of its two classes, the same for every tagger."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from tagwerk.errors import UserError
from tagwerk.evaluation.runs import Run

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

# ASSUME: below so many jets of a class a comparison says nothing, and a resampling may hold none of them.
FEWEST_JETS = 25


@dataclass(frozen=True)
class Sample:
    """B jets, signal or background, of positive weight.

    Attributes:
        signal: true for signal, false for background, (B,).
        weight: (B,).
        event: a number an event, from 0, (B,); jets of one event fluctuate together.
    """

    signal: Flags
    weight: Floats
    event: Integers

    def effective(self, signal: bool) -> float:
        """Return how many jets of weight one would fluctuate like those of this class: (Σw)²/Σw² (Kish 1965)."""
        weight = self.weight[self.signal == signal]
        return float(weight.sum() ** 2 / (weight**2).sum())


def sample_and_scores(runs: list[Run], classes: list[str], signal: str, background: str) -> tuple[Sample, Floats]:
    """Return the jets of the two classes, and their discriminants (runs, B).

    Raises:
        UserError: there are too few jets of one of the classes.
    """
    table = runs[0].scores
    label = table["label"].to_numpy()
    keep = np.isin(label, [classes.index(signal), classes.index(background)]) & (table["weight"].to_numpy() > 0)
    for name in (signal, background):
        found = int((label[keep] == classes.index(name)).sum())
        if found < FEWEST_JETS:
            raise UserError(
                f"{runs[0].folder / 'scores/scores.parquet'}: {found or 'no'} jets of class '{name}' with a positive "
                f"weight, a comparison needs {FEWEST_JETS}; use more jets, or name other classes in the study's card"
            )
    event = pd.MultiIndex.from_frame(table.loc[keep, ["source", "event"]]).factorize()[0]
    sample = Sample(
        signal=label[keep] == classes.index(signal),
        weight=table.loc[keep, "weight"].to_numpy(np.float64),
        event=np.asarray(event, np.int64),
    )
    return sample, np.stack([discriminant(run.scores[keep], signal, background) for run in runs])


def discriminant(scores: pd.DataFrame, signal: str, background: str) -> Floats:
    """Return p_signal / (p_signal + p_background) of each jet (B,), in double precision.

    It rises with the ratio of the two probabilities whatever the other classes take.
    """
    first, second = (scores[f"p_{name}"].to_numpy(np.float64) for name in (signal, background))
    total = first + second
    # ASSUME: a jet that is surely of a third class is as likely of the one as of the other.
    ratio: np.ndarray[Any, np.dtype[np.float64]] = np.divide(
        first, total, out=np.full_like(total, 0.5), where=total > 0
    )
    return ratio
