"""The cuts on a tagger's score at many signal efficiencies: what passes them, and with which mass."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
from matplotlib.ticker import MaxNLocator

from tagwerk.arrays import Bools, Floats64, Ints
from tagwerk.evaluation.compact import Compact, CompactScore
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.cuts import Roc
from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.intervals import efficiency_interval
from tagwerk.evaluation.tagger_results import TaggerResult

_MASS_BINS = 30
_MASS_RANGE = (0.005, 0.995)  # quantiles of the background


class ThresholdScan(Frozen):
    """One tagger's cuts at P signal efficiencies; each seed has its own cut, and all else is a mean over the seeds.

    A jet passes with a score of at least `thresholds` (S, P). `signal_efficiency` is the fraction of the signal that
    does, at least the one asked for, with its interval at fixed cuts; `background_efficiency` and its interval, which
    includes the fluctuation of the cuts, are those of the comparison. `mass` is the sum of weights of the background
    that passes the cuts at the M points of `MassScan`, in each mass bin, and `mass_error` its statistical uncertainty.
    """

    thresholds: list[list[CompactScore]]
    signal_efficiency: list[Compact]
    signal_low: list[Compact]
    signal_high: list[Compact]
    background_efficiency: list[float]  # at full precision, so that rejections round as in the tables
    low: list[float]
    high: list[float]
    background_jets: list[Compact]
    mass: list[list[Compact]]
    mass_error: list[list[Compact]]


class MassScan(Frozen):
    """The background's mass before any cut, in bins between `edges`, and at which points of the scan it is given."""

    edges: list[Compact]
    points: list[int]
    mass: list[Compact]
    mass_error: list[Compact]


def scan_efficiencies(tagger: TaggerResult) -> list[float]:
    """Return the signal efficiencies (P,) of a scan: those of the curve and the working points, ascending."""
    return list(_background(tagger))


def mass_scan(sample: ComparedJets, signal_efficiency: Sequence[float], working_points: set[float]) -> MassScan | None:
    """Return the mass of the background and the points at which it is scanned; None without a mass.

    These are the working points and every fourth of the others, (P,) in all.
    """
    mass = sample.variables["mass"][~sample.signal] if "mass" in sample.variables else np.empty(0)
    mass = mass[np.isfinite(mass)]
    low, high = np.quantile(mass, _MASS_RANGE) if len(mass) else (0.0, 0.0)
    if not high > low:
        return None
    edges = np.asarray(MaxNLocator(_MASS_BINS, steps=[1, 2, 2.5, 4, 5, 8, 10]).tick_values(low, high))
    points = [
        index for index, each in enumerate(signal_efficiency) if each in working_points or round(200 * each) % 4 == 0
    ]
    binned = BinnedMass.of(sample, edges)
    heights, errors = binned.histogram(np.ones(len(binned.jets)))
    return MassScan(edges=edges.tolist(), points=points, mass=heights.tolist(), mass_error=errors.tolist())


def threshold_scan(
    sample: ComparedJets, scores: Floats64, tagger: TaggerResult, masses: MassScan | None
) -> ThresholdScan:
    """Return the scan of a tagger's seeds, whose scores are (S, B)."""
    points = _background(tagger)
    efficiency = np.array(list(points))
    cuts = np.stack([thresholds(sample, score, efficiency) for score in scores])
    signal, low, high = _signal(sample, scores, cuts)
    spectra = [] if masses is None else _spectra(sample, scores, cuts, masses)
    columns = zip(*points.values(), strict=True)
    names = ("background_efficiency", "low", "high", "background_jets")
    return ThresholdScan(
        thresholds=cuts.tolist(),
        signal_efficiency=signal.tolist(),
        signal_low=low.tolist(),
        signal_high=high.tolist(),
        **{name: list(column) for name, column in zip(names, columns, strict=True)},
        mass=[heights.tolist() for heights, _ in spectra],
        mass_error=[errors.tolist() for _, errors in spectra],
    )


def thresholds(sample: ComparedJets, score: Floats64, signal_efficiency: Floats64) -> Floats64:
    """Return the tightest cuts on a score (B,) that keep at least these fractions of the signal, (P,).

    They are those of `cuts.points`: a jet passes whose score is not below the cut.
    """
    roc = Roc.of(sample, score)
    return roc.thresholds[roc.tightest(signal_efficiency)]


class BinnedMass(NamedTuple):
    """The background jets of a sample within bins of the mass.

    Attributes:
        jets: their indices in the sample, (K,).
        bins: the bin of each, (K,).
        size: number of bins.
        weight: (K,).
    """

    jets: Ints
    bins: Ints
    size: int
    weight: Floats64

    @classmethod
    def of(cls, sample: ComparedJets, edges: Floats64) -> Self:
        """Return the background jets between the edges (bins + 1,), in GeV; the last edge belongs to the last bin."""
        mass = sample.variables["mass"]
        jets = np.flatnonzero(~sample.signal & (mass >= edges[0]) & (mass <= edges[-1]))
        bins = np.minimum(np.searchsorted(edges, mass[jets], side="right") - 1, len(edges) - 2)
        return cls(jets, bins, len(edges) - 1, sample.weight[jets])

    def histogram(self, passing: Bools | Floats64) -> tuple[Floats64, Floats64]:
        """Return the heights of the bins and their uncertainties, (bins,) each.

        `passing` is the fraction of the seeds whose cut each of the jets passes, (K,).
        """
        weight = self.weight * passing
        # ASSUME: jets of one event fluctuate independently here, a good approximation for the background of one bin.
        heights, variances = (np.bincount(self.bins, each, self.size) for each in (weight, weight**2))
        return heights.astype(np.float64), np.sqrt(variances)


def _spectra(
    sample: ComparedJets, scores: Floats64, cuts: Floats64, masses: MassScan
) -> list[tuple[Floats64, Floats64]]:
    binned = BinnedMass.of(sample, np.array(masses.edges))
    inside = scores[:, binned.jets]
    return [binned.histogram((inside >= cuts[:, [point]]).mean(axis=0)) for point in masses.points]


def _background(tagger: TaggerResult) -> dict[float, tuple[float, float, float, float]]:
    """Return background efficiency, its lower and upper end, and the number of jets, by signal efficiency."""
    curve = tagger.curve
    columns = zip(curve.background_efficiency, curve.low, curve.high, curve.background_jets, strict=True)
    points = dict(zip(curve.signal_efficiency, columns, strict=True))
    for each in tagger.rejections:
        low = 1 / each.high if each.high is not None else 0.0
        points[each.signal_efficiency] = each.background_efficiency, low, 1 / each.low, each.background_jets
    return dict(sorted(points.items()))


def _signal(sample: ComparedJets, scores: Floats64, cuts: Floats64) -> tuple[Floats64, Floats64, Floats64]:
    """Return the mean fraction of the signal that passes cuts (S, P), and the ends of its interval, (P,) each."""
    weight, passing = sample.weight[sample.signal], np.zeros(cuts.shape)
    for seed, score in enumerate(scores):
        order = np.argsort(score[sample.signal])
        above = np.append(np.cumsum(weight[order][::-1])[::-1], 0.0)
        passing[seed] = above[np.searchsorted(score[sample.signal][order], cuts[seed])] / weight.sum()
    efficiency = np.clip(passing.mean(axis=0), 0.0, 1.0)
    # ASSUME: binomial for the effective number of signal jets, at a cut that is given.
    jets = sample.effective(signal=True)
    return efficiency, *efficiency_interval(efficiency, efficiency * (1 - efficiency) / jets, jets)
