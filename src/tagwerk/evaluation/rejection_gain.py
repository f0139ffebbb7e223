"""The gain in rejection of one cut over another on the same jets."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tagwerk.arrays import Bools, Floats64
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.cuts import points
from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.intervals import efficiency_interval
from tagwerk.evaluation.thresholds import threshold


class RejectionGain(Frozen):
    """The rejection of a combination of two taggers over that of the better one, with a central 68.27 % interval.

    Attributes:
        working_point: signal efficiency.
        better: name of the tagger with the higher rejection on these jets.
        gain: the ratio, null where no background jet passes either cut.
        low, high: the ends; `high` is null where no background jet passes the cut on the combination.
        background_jets: the smaller effective number of background jets that pass.
    """

    working_point: float
    better: str
    gain: float | None
    low: float
    high: float | None
    background_jets: float


@dataclass(frozen=True)
class Cut:
    """The tightest cut on a score that keeps at least a fraction of the signal.

    Attributes:
        signal_efficiency: the fraction.
        background_efficiency: not less than zero.
        background_jets: the effective number that passes.
        passing: which jets do, (B,).
        influence: of each event on the logarithm of the background efficiency, (E,): the sum over events of its square
            is the variance. It accounts for the fluctuation of the threshold with the signal jets. Zero where no
            background passes.
    """

    signal_efficiency: float
    background_efficiency: float
    background_jets: float
    passing: Bools
    influence: Floats64


def cuts_at(sample: ComparedJets, score: Floats64, signal_efficiency: Sequence[float]) -> list[Cut]:
    """Return the cuts on a score, (B,), at these signal efficiencies.

    With efficiencies ε and the slope of the ROC curve s = dε_B/dε_S, a jet of weight w that passes (δ = 1) or not
    (δ = 0) moves ε_B by w(δ - ε_B)/W_B if it is background, and by -s w(δ - ε_S)/W_S if it is signal, because the
    threshold follows (the delta method for the bootstrap: Efron and Tibshirani, An Introduction to the Bootstrap,
    chapter 21).
    """
    target = np.array(signal_efficiency)
    found = points(sample, score, target)
    passed = np.maximum(found.background_efficiency, 0)
    thresholds = threshold(score[sample.signal], sample.weight[sample.signal], target)
    return [
        Cut(
            signal_efficiency=float(target[index]),
            background_efficiency=float(passed[index]),
            background_jets=float(found.background_jets[index]),
            passing=score >= thresholds[index],
            influence=_influence(sample, score >= thresholds[index], passed[index], found.slope[index]),
        )
        for index in range(len(target))
    ]


def _influence(sample: ComparedJets, passing: Bools, passed: float, slope: float) -> Floats64:
    """Return the influence of each event on the logarithm of the background efficiency `passed`, (E,)."""
    signal, weight = sample.signal, sample.weight
    if passed == 0:
        return np.zeros(int(sample.event.max()) + 1)
    of_signal, of_background = weight[signal].sum(), weight[~signal].sum()
    kept = weight[signal & passing].sum() / of_signal
    moved = np.where(signal, -slope / of_signal * (passing - kept), (passing - passed) / of_background)
    return np.bincount(sample.event, weight * moved / passed).astype(np.float64)


def rejection_gain(sample: ComparedJets, better: str, alone: Cut, together: Cut) -> RejectionGain:
    """Return the rejection of the cut `together` over that of the cut `alone`, on the same jets.

    The interval is that of the logarithm, whose variance is the sum over events of the squared difference of the two
    influences; it covers at least one more background jet past either cut.
    """
    jet = 1 / sample.effective(signal=False)
    first, second = alone.background_efficiency, together.background_efficiency
    few = min(alone.background_jets, together.background_jets)
    about = {"working_point": alone.signal_efficiency, "better": better, "background_jets": few}
    if first == 0 or second == 0:
        bound = efficiency_interval(np.zeros(1), np.zeros(1), 1 / jet)[1][0]
        return RejectionGain.model_validate(about | {"gain": None, "low": first / bound, "high": None})
    sigma = float(((alone.influence - together.influence) ** 2).sum() ** 0.5)
    gain = first / second
    low = min(gain * np.exp(-sigma), first / (second + jet))
    high = max(gain * np.exp(sigma), (first + jet) / second)
    return RejectionGain.model_validate(about | {"gain": gain, "low": float(low), "high": float(high)})
