"""The test jets of a comparison: those of its two classes, the same for every tagger."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tagwerk.arrays import Bools, Floats64, Ints
from tagwerk.errors import naming
from tagwerk.evaluation.runs import Run
from tagwerk.jets.effective import effective
from tagwerk.summaries.sufficiency import check_enough


@dataclass(frozen=True)
class ComparedJets:
    """B jets, signal or background.

    Attributes:
        signal: true for signal, false for background, (B,).
        weight: not zero, but maybe below, as next-to-leading-order generators have it, (B,).
        event: one number per event, from 0, (B,); jets of one event fluctuate together.
    """

    signal: Bools
    weight: Floats64
    event: Ints

    def effective(self, signal: bool) -> float:
        """Return how many jets of weight one would fluctuate like those of this class."""
        return effective(self.weight[self.signal == signal])


def sample_and_scores(
    runs: list[Run], classes: list[str], signal: str, background: str
) -> tuple[ComparedJets, Floats64]:
    """Return the jets of the two classes, and their discriminants (runs, B).

    Raises:
        UserError: there are too few jets of one of the classes.
    """
    table = runs[0].scores
    label = table["label"].to_numpy()
    keep = np.isin(label, [classes.index(signal), classes.index(background)]) & (table["weight"].to_numpy() != 0)
    event = pd.MultiIndex.from_frame(table.loc[keep, ["source", "event"]]).factorize()[0]
    sample = ComparedJets(
        signal=label[keep] == classes.index(signal),
        weight=table.loc[keep, "weight"].to_numpy(np.float64),
        event=np.asarray(event, np.int64),
    )
    with naming(runs[0].folder / "scores/scores.parquet"):
        for name, mine in ((signal, sample.signal), (background, ~sample.signal)):
            by_event = np.bincount(sample.event[mine], sample.weight[mine]).astype(np.float64)
            check_enough(name, int(mine.sum()), float(by_event.sum()), effective(by_event))
    return sample, np.stack([discriminant(run.scores[keep], signal, background) for run in runs])


def discriminant(scores: pd.DataFrame, signal: str, background: str) -> Floats64:
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
