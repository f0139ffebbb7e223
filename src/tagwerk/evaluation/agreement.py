"""Agreement between two taggers: which jets they share, and what a combination of the two would gain."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from tagwerk.arrays import Bools, Floats64
from tagwerk.evaluation.combination import combined, log_odds
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.efficiencies import Efficiency, efficiency
from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.rejection_gain import Cut, RejectionGain, cuts_at, rejection_gain


class Overlap(Frozen):
    """The jets that both of two taggers accept, as a fraction of those that either accepts.

    Attributes:
        working_point: signal efficiency of both cuts on the test jets.
        background, signal: the fractions; null where no jet is accepted.
        background_independent, signal_independent: those expected if the two decided independently.
    """

    working_point: float
    background: Efficiency | None
    background_independent: float | None
    signal: Efficiency | None
    signal_independent: float | None


class PairAgreement(Frozen):
    """How two taggers agree; a correlation is null where a tagger gives all jets of the class the same score.

    Attributes:
        first, second: names of the taggers.
        signal_correlation, background_correlation: Spearman's rank correlation of the scores within a class.
        overlaps: at each working point.
        gains: of their combination at each working point.
    """

    first: str
    second: str
    signal_correlation: float | None
    background_correlation: float | None
    overlaps: list[Overlap]
    gains: list[RejectionGain]


def rank_correlation(scores: Floats64, weight: Floats64) -> Floats64:
    """Return Spearman's rank correlations of T scores (T, B) with weights (B,), (T, T); NaN where a score is constant.

    Ranks are sums of the weights of lower scores plus half of those of equal score; Pearson's correlation of the ranks
    is weighted too.
    """
    ranks = np.stack([_ranks(score, weight) for score in scores])
    centred = ranks - (ranks @ weight / weight.sum())[:, None]
    covariance = (centred * weight) @ centred.T
    variance = np.diag(covariance)
    scale = np.sqrt(np.where(variance > 1e-12 * weight.sum() ** 3, variance, np.nan))
    return np.asarray(np.clip(covariance / np.outer(scale, scale), -1, 1))


def measure_agreement(
    sample: ComparedJets, discriminants: Mapping[str, Floats64], signal_efficiencies: Sequence[float], seed: int = 1
) -> list[PairAgreement]:
    """Return the agreement of every pair of taggers, each by the first of its seeds.

    Cuts are on the test jets, as for the rejections. A combination is a logistic regression of the two log-odds,
    cross-validated over the test events, so that no jet is scored by a fit to itself.

    Args:
        sample: the B test jets.
        discriminants: of each tagger on them, (S, B).
        signal_efficiencies: of the working points.
        seed: of the split of events for the cross-validation.
    """
    first = {name: scores[0] for name, scores in discriminants.items()}
    if len(first) < 2:
        return []
    matrix = np.stack(list(first.values()))
    classes = {"signal": sample.signal, "background": ~sample.signal}
    correlations = {name: rank_correlation(matrix[:, mask], sample.weight[mask]) for name, mask in classes.items()}
    cuts = [cuts_at(sample, score, signal_efficiencies) for score in matrix]
    names, odds = list(first), log_odds(matrix)
    return [
        PairAgreement(
            first=names[one],
            second=names[two],
            **{f"{name}_correlation": _or_none(each[one, two]) for name, each in correlations.items()},
            overlaps=[_overlap(sample, *pair) for pair in zip(cuts[one], cuts[two], strict=True)],
            gains=_gains(sample, names, odds, cuts, (one, two), seed),
        )
        for one, two in combinations(range(len(names)), 2)
    ]


def _ranks(score: Floats64, weight: Floats64) -> Floats64:
    _, inverse = np.unique(score, return_inverse=True)
    sums = np.bincount(inverse, weight)
    return np.asarray((np.cumsum(sums) - sums / 2)[inverse])


def _gains(
    sample: ComparedJets,
    names: list[str],
    odds: Floats64,
    cuts: list[list[Cut]],
    pair: tuple[int, int],
    seed: int,
) -> list[RejectionGain]:
    """Return the gain of the combination over the better of a pair at each working point."""
    both = combined(sample, odds[list(pair)], np.random.default_rng(seed))
    together = cuts_at(sample, both, [cut.signal_efficiency for cut in cuts[pair[0]]])
    gains = []
    for point, cut in enumerate(together):
        better = min(pair, key=lambda each: cuts[each][point].background_efficiency)
        gains.append(rejection_gain(sample, names[better], cuts[better][point], cut))
    return gains


def _overlap(sample: ComparedJets, one: Cut, two: Cut) -> Overlap:
    """Return the overlap of two cuts at the same signal efficiency."""
    fractions: dict[str, Efficiency | float | None] = {}
    for name, mask in {"signal": sample.signal, "background": ~sample.signal}.items():
        fractions |= _shared(sample, name, mask, one.passing, two.passing)
    return Overlap.model_validate({"working_point": one.signal_efficiency} | fractions)


def _shared(
    sample: ComparedJets, name: str, mask: Bools, one: Bools, two: Bools
) -> dict[str, Efficiency | float | None]:
    weight, either = sample.weight, mask & (one | two)
    measured = efficiency((one & two)[either], weight[either], sample.event[either])
    first, second = (float(weight[mask & each].sum() / weight[mask].sum()) for each in (one, two))
    union = first + second - first * second
    independent = first * second / union if min(first, second, union) > 0 else None
    return {name: measured, f"{name}_independent": independent}


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
