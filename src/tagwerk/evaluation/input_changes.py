"""Paired changes in performance of one tagger, between unchanged and changed inputs of the same jets."""

import numpy as np

from tagwerk.arrays import Floats64
from tagwerk.evaluation.bootstrap import replicas
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.measured import Performance, inverse_or_none, measure, quantity, rejections
from tagwerk.evaluation.paired import finite_or_none, rejection_ratios
from tagwerk.evaluation.robustness_result import ChangedRejection, Effect, Nominal, NominalRejection


def measure_changes(
    sample: ComparedJets,
    nominal: Floats64,
    changed: Floats64,
    signal_efficiency: Floats64,
    count: int,
    random: np.random.Generator,
) -> tuple[Nominal, list[Effect]]:
    """Return a tagger's performance without any change of its input, and the effect of each of several changes.

    All share the bootstrap replicas, so that fluctuations of the jets cancel in the differences.

    Args:
        sample: of B jets.
        nominal: discriminants without any change, (B,).
        changed: discriminants after each of V changes, (V, B).
        signal_efficiency: working points, (P,).
        count: number of replicas.
        random: generator of the replicas.
    """
    scores = np.concatenate([nominal[None], changed])
    resampled = replicas(sample, scores, signal_efficiency, count, random)
    before, *after = (
        measure(sample, scores[[row]], signal_efficiency, resampled.of_runs([row])) for row in range(len(scores))
    )
    effects = [
        _effect(before, each, signal_efficiency, np.array_equal(score, nominal))
        for each, score in zip(after, changed, strict=True)
    ]
    return _nominal(before, signal_efficiency), effects


def _nominal(before: Performance, signal_efficiency: Floats64) -> Nominal:
    auc = quantity(before.auc, before.replicas.auc)
    found = [
        NominalRejection(
            signal_efficiency=each.signal_efficiency,
            value=each.value,
            low=each.low,
            high=each.high,
            background_jets=each.background_jets,
        )
        for each in rejections(before, signal_efficiency)
    ]
    return Nominal(auc=auc.value, uncertainty=auc.uncertainty, rejections=found)


def _effect(before: Performance, after: Performance, signal_efficiency: Floats64, unchanged: bool) -> Effect:
    fewest = np.minimum(before.background_jets[0], after.background_jets[0])
    columns = zip(
        signal_efficiency, after.background_efficiency[0], *rejection_ratios(after, before), fewest, strict=True
    )
    return Effect(
        auc=float(after.auc[0]),
        difference=float(after.auc[0] - before.auc[0]),
        uncertainty=float((after.replicas.auc - before.replicas.auc).std(ddof=1)),
        unchanged=unchanged,
        rejections=[
            ChangedRejection(
                signal_efficiency=float(point),
                value=inverse_or_none(efficiency),
                ratio=finite_or_none(ratio),
                low=float(low),
                high=finite_or_none(high),
                background_jets=float(jets),
            )
            for point, efficiency, ratio, low, high, jets in columns
        ],
    )
