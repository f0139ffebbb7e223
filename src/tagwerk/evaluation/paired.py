"""One tagger against another, such as the best one, on the same jets."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import norm, t

from tagwerk.arrays import Floats64
from tagwerk.evaluation.comparison import Difference, Ratio
from tagwerk.evaluation.intervals import CONFIDENCE
from tagwerk.evaluation.measured import Measured


def difference(tagger: Measured, best: Measured, signal_efficiency: Sequence[float] | Floats64 = ()) -> Difference:
    """Return by how much the tagger's AUC and rejections, the latter at P efficiencies (P,), differ from the best's."""
    auc = float(tagger.auc.mean() - best.auc.mean())
    shifts = tagger.replicas.auc - best.replicas.auc
    uncertainty = float(shifts.std(ddof=1))
    training = _variances_of_means(tagger.auc, best.auc)
    return Difference(
        auc=auc,
        uncertainty=uncertainty,
        training=None if training is None else float(training.sum() ** 0.5),
        significance=_significance(auc, uncertainty, training, [len(tagger.auc), len(best.auc)]),
        ahead=share_ahead(shifts),
        ratios=_ratios(tagger, best, signal_efficiency),
    )


def _variances_of_means(one: Floats64, other: Floats64) -> Floats64 | None:
    """Return the variances of two means over seeds (S,), None where a seed is single."""
    if min(len(one), len(other)) < 2:
        return None
    return np.array([each.var(ddof=1) / len(each) for each in (one, other)])


def _significance(difference: float, uncertainty: float, training: Floats64 | None, seeds: list[int]) -> float:
    """Return the difference in standard deviations, brought down where few seeds tell their spread.

    The variances of sample and trainings add up. That of S seeds is itself uncertain, so the ratio follows Student's
    t with the degrees of freedom of Welch and Satterthwaite; what comes out is the Gaussian deviation as improbable.
    """
    variances = np.zeros(2) if training is None else training
    total = uncertainty**2 + variances.sum()
    # ASSUME: without any fluctuation the two taggers are one, and nothing tells them apart.
    if not total > 0:
        return 0.0
    deviation = abs(difference) / total**0.5
    uncertain = (variances**2 / np.maximum(np.array(seeds) - 1, 1)).sum()
    if not uncertain > 0:
        return float(deviation)
    return float(min(deviation, norm.isf(t.sf(deviation, total**2 / uncertain))))


def share_ahead(shifts: Floats64) -> float:
    """Return the share of shifts (R,) above zero, where ties count half."""
    return float((shifts > 0).mean() + (shifts == 0).mean() / 2)


def rejection_ratios(tagger: Measured, best: Measured) -> tuple[Floats64, Floats64, Floats64]:
    """Return the tagger's rejection over the best's, and the ends of its interval, (P,) each.

    The interval holds the central 68.27 % of the replicas. Where nothing passes either cut the ratio is 0/0: such
    a replica counts as zero for the lower end and as infinite for the upper one. A rejection behind which there is less
    than one effective jet has no upper end, so the ratio has none either, or no lower one.
    """
    tail = (1 - CONFIDENCE) / 2
    above, below = (np.maximum(each.background_efficiency.mean(axis=0), 0) for each in (best, tagger))
    resampled = [np.maximum(each.replicas.background_efficiency, 0) for each in (best, tagger)]
    # ASSUME: no interval is narrower than one background jet more past either cut. Resampling alone finds no
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


def _ratios(tagger: Measured, best: Measured, signal_efficiency: Sequence[float] | Floats64) -> list[Ratio]:
    shifts = best.replicas.background_efficiency - tagger.replicas.background_efficiency
    fewest = np.minimum(best.background_jets.mean(axis=0), tagger.background_jets.mean(axis=0))
    columns = zip(signal_efficiency, *rejection_ratios(tagger, best), shifts.T, fewest, strict=False)
    return [
        Ratio(
            signal_efficiency=float(efficiency),
            value=finite(value),
            low=float(low),
            high=finite(high),
            ahead=share_ahead(shift),
            background_jets=float(jets),
        )
        for efficiency, value, low, high, shift, jets in columns
    ]


def finite(number: float) -> float | None:
    """Return the number, or None where it is infinite or undefined."""
    return float(number) if np.isfinite(number) else None
