"""Calibration: whether the discriminant, read as a probability, is the fraction of signal."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from tagwerk.arrays import Bools, Floats64, Ints
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.efficiencies import BinnedJets
from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.quantile_bins import quantile_edges
from tagwerk.evaluation.seed_spread import spread

_MOST_BINS = 15  # as Guo et al.
_JETS_PER_BIN = 20


class ReliabilityCurve(Frozen):
    """Predicted probability and fraction of signal in N bins of the predicted probability, with equal shares of jets.

    Attributes:
        edges: of the predicted probability, (N + 1).
        predicted: its mean in each bin, (N).
        signal_fraction: fraction of signal in each bin, (N); null in a bin whose weights do not sum to over zero.
        low: lower ends of its central 68.27 % interval, (N); null in the same bins.
        high: upper ends, (N); null in the same bins.
        jets: the effective number in each bin, (N).
    """

    edges: list[float]
    predicted: list[float | None]
    signal_fraction: list[float | None]
    low: list[float | None]
    high: list[float | None]
    jets: list[float]


class TaggerCalibration(Frozen):
    """The calibration of one tagger.

    Attributes:
        tagger: its name.
        signal_share: the share of signal among the weighted test jets, to which its probabilities refer.
        error: expected calibration error, the mean over the seeds.
        uncertainty: of the first seed, from bootstrap replicas of the test jets.
        spread: standard deviation over the seeds.
        floor: the error expected of a perfectly calibrated tagger with these probabilities on as many jets.
        floor_high: its 84 % quantile.
        curve: of the first seed.
    """

    tagger: str
    signal_share: float
    error: float
    uncertainty: float
    spread: float | None
    floor: float
    floor_high: float
    curve: ReliabilityCurve


@dataclass(frozen=True)
class _Binned:
    """Jets in bins of the predicted probability.

    Attributes:
        sample: with weights that give the class mix to which the probabilities refer.
        predicted: probabilities, (B,).
        edges: (N + 1).
        bins: of each jet, (B,).
    """

    sample: ComparedJets
    predicted: Floats64
    edges: Floats64
    bins: Ints

    @classmethod
    def of(cls, sample: ComparedJets, predicted: Floats64, count: int) -> "_Binned":
        edges = quantile_edges(predicted, sample.weight, count)
        # Bins are closed at their upper edge, as in scikit-learn; with all scores equal there is one.
        return cls(sample, predicted, edges, np.searchsorted(edges[1:-1], predicted).astype(np.int64))

    @property
    def count(self) -> int:
        return max(len(self.edges) - 1, 1)

    def error(self) -> float:
        """Return the expected calibration error."""
        residual = self.sample.weight * (self.sample.signal - self.predicted)
        return float(np.abs(np.bincount(self.bins, residual)).sum() / self.sample.weight.sum())


def calibration_error(signal: Bools, predicted: Floats64, weight: Floats64, bins: int = _MOST_BINS) -> float:
    """Return the expected calibration error Σ_b (W_b/W) |signal fraction - mean predicted probability| of the bins b.

    The bins hold equal shares of jets: a tagger's probabilities pile up at zero and one, where bins of equal width
    would hold nearly all jets. W are sums of weights. Source: Naeini, Cooper and Hauskrecht, AAAI 2015; Guo et al.,
    ICML 2017, arXiv:1706.04599, eq. 3, for the probability of the signal instead of that of the predicted class.

    Args:
        signal: (B,).
        predicted: probability of the signal, (B,).
        weight: (B,).
        bins: their number; fewer where probabilities coincide.
    """
    return _Binned.of(ComparedJets(signal, weight, np.arange(len(signal))), predicted, bins).error()


def share_of_signal(sample: ComparedJets) -> float:
    """Return the share of signal in the sum of weights."""
    return float(sample.weight[sample.signal].sum() / sample.weight.sum())


def with_signal_share(sample: ComparedJets, share: float | None) -> ComparedJets:
    """Return the jets with the signal's weights scaled so that its share of the total is this; None keeps it."""
    if share is None:
        return sample
    signal, background = (sample.weight[sample.signal == which].sum() for which in (True, False))
    factor = share / (1 - share) * background / signal
    weight = np.where(sample.signal, sample.weight * factor, sample.weight)
    return ComparedJets(sample.signal, weight, sample.event, sample.variables)


def measure_calibration(
    sample: ComparedJets,
    discriminants: Mapping[str, Floats64],
    class_weights: Mapping[str, float],
    signal_share: float | None = None,
    count: int = 100,
    seed: int = 1,
) -> list[TaggerCalibration]:
    """Return the calibration of each tagger.

    Args:
        sample: the B test jets.
        discriminants: of each tagger on them, (S, B).
        class_weights: by how much each tagger's training weighted signal above background; one where not given.
        signal_share: that of the training jets, before these weights; that of the test jets by default.
        count: number of bootstrap replicas and of simulations.
        seed: of both.
    """
    # ASSUME: reweighting keeps the sum of weights of each class.
    share = share_of_signal(sample) if signal_share is None else signal_share
    odds = {name: class_weights.get(name, 1.0) * share / (1 - share) for name in discriminants}
    shares = {name: float(each / (1 + each)) for name, each in odds.items()}
    bins = int(np.clip(min(sample.effective(True), sample.effective(False)) // _JETS_PER_BIN, 1, _MOST_BINS))
    weighted = {name: with_signal_share(sample, shares[name]) for name in discriminants}
    binned = {name: [_Binned.of(weighted[name], row, bins) for row in scores] for name, scores in discriminants.items()}
    random = np.random.default_rng(seed)
    return [_result(name, each, shares[name], count, random) for name, each in binned.items()]


def _result(
    name: str, seeds: list[_Binned], share: float, count: int, random: np.random.Generator
) -> TaggerCalibration:
    errors = np.array([each.error() for each in seeds])
    floor = _floor(seeds[0], count, random)
    return TaggerCalibration(
        tagger=name,
        signal_share=share,
        error=float(errors.mean()),
        uncertainty=_uncertainty(seeds[0], count, random),
        spread=spread(errors),
        floor=float(floor.mean()),
        floor_high=float(np.quantile(floor, 0.84134)),
        curve=_curve(seeds[0]),
    )


def _curve(binned: _Binned) -> ReliabilityCurve:
    """Return the reliability curve, as `sklearn.calibration.calibration_curve(strategy="quantile")`, with weights."""
    sample = binned.sample
    jets = BinnedJets(sample.weight, sample.event, binned.bins, binned.count)
    fraction = jets.efficiencies(sample.signal)
    sums = np.bincount(binned.bins, sample.weight * binned.predicted, binned.count)
    predicted = np.divide(sums, jets.total, out=np.full(binned.count, np.nan), where=jets.jets > 0)
    columns = {"predicted": predicted, "signal_fraction": fraction.value, "low": fraction.low, "high": fraction.high}
    known = {name: [each if each == each else None for each in values.tolist()] for name, values in columns.items()}
    edges = binned.edges if len(binned.edges) > 1 else np.repeat(binned.edges, 2)
    return ReliabilityCurve(edges=edges.tolist(), jets=jets.jets.tolist(), **known)


def _uncertainty(binned: _Binned, count: int, random: np.random.Generator) -> float:
    """Return the standard deviation of the error over bootstrap replicas, (count,).

    The sums of residuals in the bins are drawn from the normal distribution with the covariance that Poisson(1) weights
    per event give them, Σ_events s s^T, where s are an event's sums of residuals minus the mean of the bin, whose
    share of the jets is fixed.
    """
    sample = binned.sample
    residual = sample.signal - binned.predicted
    total, sums = (np.bincount(binned.bins, each, binned.count) for each in (sample.weight, sample.weight * residual))
    mean = np.divide(sums, total, out=np.zeros(binned.count), where=total != 0)
    entries = sample.weight * (residual - mean[binned.bins])
    by_event = csr_array((entries, (binned.bins, sample.event)), shape=(binned.count, int(sample.event.max()) + 1))
    drawn = random.multivariate_normal(sums, (by_event @ by_event.T).toarray(), count, method="eigh")
    return float((np.abs(drawn).sum(axis=1) / sample.weight.sum()).std(ddof=1))


def _floor(binned: _Binned, count: int, random: np.random.Generator) -> Floats64:
    """Return the error in simulations, (count,), where each jet is signal with the probability that was predicted.

    A jet's weight depends on its class, by the mean weight of the class per jet: those of signal and background are
    drawn with the probability q for which the weighted share of signal is the predicted one.
    """
    sample, predicted = binned.sample, binned.predicted
    # ASSUME: the relative spread of weights within a class is the same in both.
    means = np.array([sample.weight[sample.signal == which].mean() for which in (False, True)])
    relative = sample.weight / means[sample.signal.astype(np.int64)]
    expected = predicted * means[0] + (1 - predicted) * means[1]
    chance = np.divide(predicted * means[0], expected, out=np.zeros_like(predicted), where=expected > 0)
    as_signal, as_background = relative * means[1] * (1 - predicted), -relative * means[0] * predicted
    # In the order of the bins, sums over each are fast.
    order = np.argsort(binned.bins, kind="stable")
    starts = np.searchsorted(binned.bins[order], np.unique(binned.bins))
    base = np.add.reduceat(as_background[order], starts)
    chance, change = chance[order].astype(np.float32), (as_signal - as_background)[order]
    errors = np.empty(count)
    for index in range(count):
        is_signal = random.random(len(chance), dtype=np.float32) < chance
        errors[index] = np.abs(base + np.add.reduceat(change * is_signal, starts)).sum()
    return np.asarray(errors / sample.weight.sum())
