"""Every pair of taggers on the same jets: differences in AUC and in the logarithm of the rejection."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np

from tagwerk.arrays import Floats64
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.delong import DeLong, from_placements, placements
from tagwerk.evaluation.measured import Performance
from tagwerk.evaluation.multiple_testing import holm, two_sided_p
from tagwerk.evaluation.paired import combined_significance, difference, variances_of_means
from tagwerk.evaluation.paired_results import LogRejectionDifference, PairedDifference


def paired_differences(
    taggers: Mapping[str, Performance], delong: DeLong, signal_efficiency: Floats64
) -> list[PairedDifference]:
    """Return the differences of all pairs, taggers of higher AUC first, with p-values corrected for all pairs.

    Args:
        taggers: by name.
        delong: their mean AUCs, in this order.
        signal_efficiency: the first ones at which they were measured, (P,).
    """
    rows = {name: row for row, name in enumerate(taggers)}
    pairs = list(combinations(sorted(taggers, key=lambda name: -taggers[name].auc.mean()), 2))
    deltas = [difference(taggers[first], taggers[second]) for first, second in pairs]
    p_values = two_sided_p([delta.significance for delta in deltas])
    rejections = zip(*(_log_rejections(taggers, pairs, *each) for each in enumerate(signal_efficiency)), strict=True)
    return [
        PairedDifference(
            first=first,
            second=second,
            p_value=float(p_value),
            p_holm=float(p_holm),
            uncertainty_delong=delong.uncertainty(rows[first], rows[second]),
            p_delong=delong.p_value(rows[first], rows[second]),
            rejections=list(at_points),
            **delta.model_dump(include={"auc", "uncertainty", "training", "significance"}),
        )
        for (first, second), delta, p_value, p_holm, at_points in zip(
            pairs, deltas, p_values, holm(p_values), rejections, strict=True
        )
    ]


def delong_of_means(sample: ComparedJets, scores: Mapping[str, Floats64]) -> DeLong:
    """Return the mean AUCs over each tagger's seeds (S, B), and their covariance from the test jets."""
    means = [np.mean([placements(sample, score) for score in seeds], axis=0) for seeds in scores.values()]
    return from_placements(sample, np.stack(means))


def _log_rejections(
    taggers: Mapping[str, Performance], pairs: list[tuple[str, str]], point: int, signal_efficiency: float
) -> list[LogRejectionDifference]:
    """Return the differences of all pairs at one of the signal efficiencies, corrected for the pairs that have one."""
    measured = [log_rejection_difference(taggers[first], taggers[second], point) for first, second in pairs]
    p_values = [None if each is None else float(two_sided_p([each["significance"]])[0]) for each in measured]
    corrected = iter(holm([p for p in p_values if p is not None]))
    results = []
    for (first, second), values, p_value in zip(pairs, measured, p_values, strict=True):
        values = values or dict.fromkeys(("value", "uncertainty", "training", "significance"))
        p_holm = None if p_value is None else float(next(corrected))
        jets = min(taggers[name].background_jets[:, point].mean() for name in (first, second))
        results.append(
            LogRejectionDifference(
                signal_efficiency=signal_efficiency, p_value=p_value, p_holm=p_holm, background_jets=jets, **values
            )
        )
    return results


def log_rejection_difference(first: Performance, second: Performance, point: int) -> dict[str, Any] | None:
    """Return the logarithm of the ratio of rejections, its uncertainties and significance at a measured point.

    It is that of the mean background efficiencies, ln(ε₂ / ε₁). Its uncertainties are those of ε₂ / ε̄₂ − ε₁ / ε̄₁ over
    the replicas and over the trainings, which exist even where nothing passes in some of them. None where a rejection
    is from less than one effective jet.
    """
    both = (first, second)
    if any(each.interval()[0][point] == 0 for each in both):
        return None
    means = [each.background_efficiency[:, point].mean() for each in both]
    one, two = (each.replicas.background_efficiency[:, point] / mean for each, mean in zip(both, means, strict=True))
    # ASSUME: as for ratios of rejections, at least one background jet more or less.
    uncertainty = float(max((two - one).std(ddof=1), 1 / (first.jets * min(means))))
    seeds = [each.background_efficiency[:, point] / mean for each, mean in zip(both, means, strict=True)]
    training = variances_of_means(*seeds)
    value = float(np.log(means[1] / means[0]))
    return {
        "value": value,
        "uncertainty": uncertainty,
        "training": None if training is None else float(training.sum() ** 0.5),
        "significance": combined_significance(value, uncertainty, training, [len(each) for each in seeds]),
    }
