"""The test jets of a comparison: those of signal and background, the same for every tagger."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from tagwerk.arrays import Bools, Floats64, Ints
from tagwerk.errors import error_context
from tagwerk.jets.effective import effective_sample_size
from tagwerk.scores.read import variables_of
from tagwerk.scores.tagger_run import Run
from tagwerk.summaries.sufficiency import check_test_jets


@dataclass(frozen=True)
class ComparedJets:
    """B jets, signal or background.

    Attributes:
        signal: true for signal, false for background, (B,).
        weight: not zero, but possibly negative, as from next-to-leading-order generators, (B,).
        event: event index from 0, (B,); jets of one event fluctuate together.
        variables: such as pt, eta, mass, further scalars and numbers of constituents `n_<sequence>`, by name, (B,)
            each; NaN where a jet has no value.
    """

    signal: Bools
    weight: Floats64
    event: Ints
    variables: Mapping[str, Floats64] = field(default_factory=dict)

    def effective(self, signal: bool) -> float:
        """Return the effective number of jets of this class: as many of unit weight would fluctuate like them."""
        return effective_sample_size(self.weight[self.signal == signal])


def sample_and_scores(
    runs: list[Run], classes: list[str], signal: str, background: str | Mapping[str, float]
) -> tuple[ComparedJets, Floats64]:
    """Return the jets of signal and background, and their discriminants (runs, B).

    Args:
        runs: with scores of the same jets.
        classes: in the order of the labels.
        signal: the signal class.
        background: the background class, or several with their fractions in the discriminant.

    Raises:
        UserError: there are too few jets of one of the classes.
    """
    # ASSUME: the background is the mixture of the test jets; the fractions enter the discriminant alone.
    backgrounds = {background: 1.0} if isinstance(background, str) else background
    table = runs[0].scores
    labels = {name: classes.index(name) for name in (signal, *backgrounds)}
    keep = jets_compared(table, [*labels.values()])
    label = table.loc[keep, "label"].to_numpy()
    event = pd.MultiIndex.from_frame(table.loc[keep, ["source", "event"]]).factorize()[0]
    sample = ComparedJets(
        signal=label == labels[signal],
        weight=table.loc[keep, "weight"].to_numpy(np.float64),
        event=np.asarray(event, np.int64),
        variables=_variables(runs, keep),
    )
    with error_context(runs[0].path):
        for name, index in labels.items():
            mask = label == index
            event_weights = np.bincount(sample.event[mask], sample.weight[mask]).astype(np.float64)
            check_test_jets(name, int(mask.sum()), float(event_weights.sum()), effective_sample_size(event_weights))
    return sample, np.stack([discriminant(run.scores[keep], signal, backgrounds) for run in runs])


def jets_compared(scores: pd.DataFrame, labels: list[int]) -> Bools:
    """Return which of the jets of a table of scores are compared: those with these labels and a weight, (B,)."""
    return np.asarray(np.isin(scores["label"].to_numpy(), labels) & (scores["weight"].to_numpy() != 0))


def _variables(runs: list[Run], keep: Bools) -> dict[str, Floats64]:
    """Return the variables of the jets to keep, each from the first run that has it."""
    found: dict[str, Floats64] = {}
    for scores in (run.scores for run in runs):
        found |= {
            name: scores.loc[keep, name].to_numpy(np.float64) for name in variables_of(scores) if name not in found
        }
    return found


def discriminant(scores: pd.DataFrame, signal: str, backgrounds: Mapping[str, float]) -> Floats64:
    """Return p_signal / (p_signal + p_background) of each jet (B,), in double precision.

    p_background = Σ f p sums over the background classes with their fractions f. The result is in [0, 1] and increases
    monotonically with log(p_signal / p_background), whatever the probabilities of other classes: for b-tagging
    D_b = log(p_b / (f_c p_c + (1 - f_c) p_light)) of ATLAS (ATL-PHYS-PUB-2022-027; arXiv:2211.16345).
    """
    p_signal, *p_backgrounds = (scores[f"p_{name}"].to_numpy(np.float64) for name in (signal, *backgrounds))
    return signal_share(p_signal, sum(f * p for f, p in zip(backgrounds.values(), p_backgrounds, strict=True)))


def signal_share(p_signal: Floats64, p_background: Floats64) -> Floats64:
    """Return p_signal / (p_signal + p_background) of each jet (B,)."""
    total = p_signal + p_background
    # ASSUME: a jet that is certainly of a third class is equally likely to be signal or background.
    ratio: np.ndarray[Any, np.dtype[np.float64]] = np.divide(
        p_signal, total, out=np.full_like(total, 0.5), where=total > 0
    )
    return ratio
