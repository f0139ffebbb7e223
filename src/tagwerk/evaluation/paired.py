"""Paired comparison of two taggers, such as any one and the best, on the same jets."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import norm, t

from tagwerk.arrays import Floats64
from tagwerk.evaluation.intervals import CONFIDENCE
from tagwerk.evaluation.measured import Performance
from tagwerk.evaluation.tagger_results import Difference, Ratio


def difference(
    tagger: Performance, best: Performance, signal_efficiency: Sequence[float] | Floats64 = ()
) -> Difference:
    """Return the difference in AUC to the best tagger, and the ratios of rejections at P efficiencies (P,)."""
    auc = float(tagger.auc.mean() - best.auc.mean())
    shifts = tagger.replicas.auc - best.replicas.auc
    uncertainty = float(shifts.std(ddof=1))
    training = variances_of_means(tagger.auc, best.auc)
    return Difference(
        auc=auc,
        uncertainty=uncertainty,
        training=None if training is None else float(training.sum() ** 0.5),
        significance=combined_significance(auc, uncertainty, training, [len(tagger.auc), len(best.auc)]),
        ahead=fraction_ahead(shifts),
        ratios=_ratios(tagger, best, signal_efficiency),
    )


def variances_of_means(first: Floats64, second: Floats64) -> Floats64 | None:
    """Return the variances of two means over seeds (S,), None if either has a single seed."""
    if min(len(first), len(second)) < 2:
        return None
    return np.array([seeds.var(ddof=1) / len(seeds) for seeds in (first, second)])


def combined_significance(difference: float, uncertainty: float, training: Floats64 | None, seeds: list[int]) -> float:
    """Return the difference in standard deviations, reduced where the spread is estimated from few seeds.

    The variances from test sample and trainings add up. The latter, from S seeds, is itself uncertain, so the ratio
    follows Student's t with the Welch-Satterthwaite degrees of freedom; its p-value is converted to Gaussian standard
    deviations.
    """
    variances = np.zeros(2) if training is None else training
    total = uncertainty**2 + variances.sum()
    # ASSUME: without any fluctuation the two taggers are identical, and not distinguished.
    if not total > 0:
        return 0.0
    sigma = abs(difference) / total**0.5
    uncertain = (variances**2 / np.maximum(np.array(seeds) - 1, 1)).sum()
    if not uncertain > 0:
        return float(sigma)
    return float(min(sigma, norm.isf(t.sf(sigma, total**2 / uncertain))))


def fraction_ahead(shifts: Floats64) -> float:
    """Return the fraction of shifts (R,) above zero, where ties count half."""
    return float((shifts > 0).mean() + (shifts == 0).mean() / 2)


def rejection_ratios(tagger: Performance, best: Performance) -> tuple[Floats64, Floats64, Floats64]:
    """Return the tagger's rejection over the best's, and the ends of its interval, (P,) each.

    The interval holds the central 68.27 % of the replicas. Where nothing passes either cut the ratio is 0/0: such
    a replica counts as zero for the lower end and as infinite for the upper one. A rejection from less than one
    effective jet has no upper end, so the ratio has no upper or no lower end either.
    """
    tail = (1 - CONFIDENCE) / 2
    above, below = (np.maximum(each.background_efficiency.mean(axis=0), 0) for each in (best, tagger))
    resampled = [np.maximum(each.replicas.background_efficiency, 0) for each in (best, tagger)]
    # ASSUME: the interval covers at least one more background jet past either cut. Resampling alone gives no
    # uncertainty where the same few jets pass both.
    jet = 1 / best.jets
    with np.errstate(divide="ignore", invalid="ignore"):
        value = above / below
        ratios = resampled[0] / resampled[1]
        low = np.quantile(np.nan_to_num(ratios, nan=0.0, posinf=np.inf), tail, axis=0, method="lower")
        high = np.quantile(np.nan_to_num(ratios, nan=np.inf, posinf=np.inf), 1 - tail, axis=0, method="higher")
        low, high = np.minimum(low, above / (below + jet)), np.maximum(high, (above + jet) / below)
    unbounded = [each.interval()[0] == 0 for each in (best, tagger)]
    return value, np.where(unbounded[0], 0.0, low), np.where(unbounded[1], np.inf, high)


def _ratios(tagger: Performance, best: Performance, signal_efficiency: Sequence[float] | Floats64) -> list[Ratio]:
    shifts = best.replicas.background_efficiency - tagger.replicas.background_efficiency
    fewest = np.minimum(best.background_jets.mean(axis=0), tagger.background_jets.mean(axis=0))
    columns = zip(signal_efficiency, *rejection_ratios(tagger, best), shifts.T, fewest, strict=False)
    return [
        Ratio(
            signal_efficiency=float(efficiency),
            value=finite_or_none(value),
            low=float(low),
            high=finite_or_none(high),
            ahead=fraction_ahead(shift),
            background_jets=float(jets),
        )
        for efficiency, value, low, high, shift, jets in columns
    ]


def finite_or_none(number: float) -> float | None:
    """Return the number, or None where it is infinite or undefined."""
    return float(number) if np.isfinite(number) else None
