"""Thresholds on the discriminant for given signal efficiencies."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tagwerk.arrays import Floats64
from tagwerk.evaluation.compared_jets import ComparedJets


@dataclass(frozen=True)
class ScoredJets:
    """Jets of the two classes and one tagger's discriminants on them.

    Attributes:
        jets: the V jets, such as those of validation.
        scores: one row per seed, (S, V).
    """

    jets: ComparedJets
    scores: Floats64


def threshold(score: Floats64, weight: Floats64, efficiency: Floats64) -> Floats64:
    """Return the tightest thresholds that at least these fractions of the jets reach, (P,).

    A jet passes where its score is not below the threshold, so jets of equal score pass together. With negative
    weights the efficiency is not monotonic: the first threshold that reaches the fraction counts.

    Args:
        score: of the signal jets, (N,).
        weight: of the signal jets, with a positive sum, (N,).
        efficiency: (P,).
    """
    order = np.argsort(-score, kind="stable")
    last = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
    passing = np.cumsum(weight[order])
    reached = np.maximum.accumulate(passing[last] / passing[-1])
    return np.asarray(score[order[last[np.searchsorted(reached, efficiency)]]])


def inclusive_thresholds(
    sample: ComparedJets,
    discriminants: Mapping[str, Floats64],
    efficiency: Floats64,
    validation: Mapping[str, ScoredJets],
) -> dict[str, Floats64]:
    """Return the thresholds of each tagger's seeds, (S, P), for fixed efficiencies of all signal jets.

    They are chosen on the validation jets, and for taggers that lack these on the test jets.

    Args:
        sample: the B test jets.
        discriminants: of each tagger on them, (S, B).
        efficiency: (P,).
        validation: the validation jets of those taggers that have them.
    """
    chosen = {name: validation.get(name, ScoredJets(sample, scores)) for name, scores in discriminants.items()}
    return {name: signal_thresholds(each, efficiency) for name, each in chosen.items()}


def signal_thresholds(scored: ScoredJets, efficiency: Floats64) -> Floats64:
    """Return the thresholds of each seed at these efficiencies of the signal jets, (S, P)."""
    signal = scored.jets.signal
    return np.stack([threshold(row[signal], scored.jets.weight[signal], efficiency) for row in scored.scores])
