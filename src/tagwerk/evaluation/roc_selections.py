"""ROC curves of selected test jets: in slices of pT, and of other pairs of classes."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
from pydantic import NonNegativeInt

from tagwerk.arrays import Bools, Floats64
from tagwerk.class_text import mixture
from tagwerk.errors import UserError
from tagwerk.evaluation.bootstrap import replicas
from tagwerk.evaluation.compact import Compact
from tagwerk.evaluation.compared_jets import ComparedJets, sample_and_scores
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.measured import measure, quantity
from tagwerk.evaluation.optimum_results import Optimum
from tagwerk.evaluation.quantities import Quantity
from tagwerk.evaluation.tagger_results import TaggerResult
from tagwerk.scores.tagger_run import Run

# ASSUME: with fewer effective jets of a class, a slice shows fluctuations.
MIN_JETS = 200
_MAX_SLICES = 4
_EFFICIENCIES: Floats64 = np.arange(1, 101) / 100
_REPLICAS = 100  # an uncertainty is known to 1/sqrt(2 · 100) = 7 % of itself


class SelectedCurve(Frozen):
    """One tagger's ROC curve at P signal efficiencies, with central 68.27 % intervals, and its AUC."""

    auc: Quantity
    background_efficiency: list[Compact]
    low: list[Compact]
    high: list[Compact]
    background_jets: list[Compact]


class RocSelection(Frozen):
    """The curves of all taggers and of the optimum on the jets of two classes, with pT in a range.

    Its ends are in GeV, null where it is open.
    """

    signal: str
    background: str
    pt_low: float | None
    pt_high: float | None
    signal_jets: NonNegativeInt
    background_jets: NonNegativeInt
    signal_efficiency: list[Compact]
    curves: dict[str, SelectedCurve]


def inclusive(comparison: Comparison) -> RocSelection:
    """Return the curves of a comparison, of all its test jets."""
    names = ("background_efficiency", "low", "high", "background_jets")
    drawn: dict[str, TaggerResult | Optimum] = {each.name: each for each in comparison.taggers}
    if comparison.optimum is not None:
        drawn[comparison.optimum.tagger] = comparison.optimum
    return RocSelection(
        signal=comparison.signal,
        background=mixture(comparison),
        pt_low=None,
        pt_high=None,
        signal_jets=comparison.signal_jets,
        background_jets=comparison.background_jets,
        signal_efficiency=comparison.taggers[0].curve.signal_efficiency,
        curves={
            tagger: SelectedCurve(auc=each.auc, **{name: getattr(each.curve, name) for name in names})
            for tagger, each in drawn.items()
        },
    )


def slice_selections(
    comparison: Comparison, sample: ComparedJets, scores: Mapping[str, Floats64]
) -> list[RocSelection]:
    """Return the curves in slices of pT, from each tagger's scores (S, B); none if there are too few jets."""
    pt = sample.variables.get("pt", np.empty(0))
    selections = []
    for low, high in pt_slices(sample):
        keep = (pt >= (-np.inf if low is None else low)) & (pt < (np.inf if high is None else high))
        taken = {name: each[:, keep] for name, each in scores.items()}
        selections.append(
            _selection(subsample(sample, keep), taken, comparison.signal, mixture(comparison), comparison.seed)
            .model_copy(update={"pt_low": low, "pt_high": high})
        )  # fmt: skip
    return selections


def pair_selections(
    comparison: Comparison, runs: list[Run], rows: Mapping[str, list[int]], classes: list[str]
) -> list[RocSelection]:
    """Return the curves of every other pair of classes with enough test jets.

    Args:
        comparison: of the study's two classes; in a pair with one of them, it has the same role.
        runs: all runs of the study.
        rows: indices of each tagger's runs.
        classes: of the dataset, in the order of the labels.
    """
    selections = []
    for first, second in combinations(classes, 2):
        signal, background = _roles(first, second, comparison)
        taken = {name: [runs[row] for row in seeds] for name, seeds in rows.items()}
        taken = {name: seeds for name, seeds in taken.items() if _has_scores(seeds, signal, background)}
        if (signal, background) == (comparison.signal, mixture(comparison)) or not taken:
            continue
        try:
            chosen = {name: sample_and_scores(seeds, classes, signal, background) for name, seeds in taken.items()}
        except UserError:  # too few jets of one of the classes
            continue
        sample = next(iter(chosen.values()))[0]
        if _enough(sample):
            scores = {name: each for name, (_, each) in chosen.items()}
            selections.append(_selection(sample, scores, signal, background, comparison.seed))
    return selections


def pt_slices(sample: ComparedJets) -> list[tuple[float | None, float | None]]:
    """Return at most four slices of pT with equal numbers of jets, the outer ones open; none if they have too few."""
    pt = sample.variables.get("pt", np.empty(0))
    if not np.isfinite(pt).any():
        return []
    for count in range(_MAX_SLICES, 1, -1):
        edges = _edges(pt[np.isfinite(pt)], count)
        slices = list(pairwise([None, *edges, None]))
        masks = [subsample(sample, np.digitize(pt, edges) == index) for index in range(len(slices))]
        if len(slices) > 1 and all(map(_enough, masks)):
            return slices
    return []


def subsample(sample: ComparedJets, keep: Bools) -> ComparedJets:
    """Return the jets of a sample for which `keep` (B,) is true."""
    return replace(
        sample,
        signal=sample.signal[keep],
        weight=sample.weight[keep],
        event=np.unique(sample.event[keep], return_inverse=True)[1],
        variables={name: values[keep] for name, values in sample.variables.items()},
    )


def _edges(pt: Floats64, count: int) -> list[float]:
    """Return the inner edges of `count` slices with equal numbers of jets, rounded."""
    low, high = np.quantile(pt, [0.1, 0.9])
    if not high > low:
        return []
    step = 10 ** np.floor(np.log10((high - low) / 4))
    inner = np.quantile(pt, np.arange(1, count) / count)
    return [float(f"{edge:.12g}") for edge in np.unique(np.round(inner / step) * step)]


def _has_scores(runs: list[Run], signal: str, background: str) -> bool:
    """Return whether all runs have finite probabilities of both classes; scores from elsewhere may lack them."""
    columns = [f"p_{signal}", f"p_{background}"]
    return all({*columns} <= {*run.scores} and np.isfinite(run.scores[columns]).all(axis=None) for run in runs)


def _enough(sample: ComparedJets) -> bool:
    return min(sample.effective(signal=True), sample.effective(signal=False)) >= MIN_JETS


def _roles(first: str, second: str, comparison: Comparison) -> tuple[str, str]:
    """Return which of two classes is the signal, and which the background; by default, the first one is."""
    swap = second == comparison.signal or (first in comparison.backgrounds and second not in comparison.backgrounds)
    swap = swap and first != comparison.signal
    return (second, first) if swap else (first, second)


def _selection(
    sample: ComparedJets, scores: Mapping[str, Floats64], signal: str, background: str, seed: int
) -> RocSelection:
    """Return the curves of all taggers on one sample, with the same replicas for all."""
    runs = np.concatenate(list(scores.values()))
    resampled = replicas(sample, runs, _EFFICIENCIES, _REPLICAS, np.random.default_rng(seed))
    curves, first = {}, 0
    for name, each in scores.items():
        performance = measure(sample, each, _EFFICIENCIES, resampled.of_runs(range(first, first + len(each))))
        first += len(each)
        low, high = performance.interval()
        curves[name] = SelectedCurve(
            auc=quantity(performance.auc, performance.replicas.auc),
            background_efficiency=performance.background_efficiency.mean(axis=0).tolist(),
            low=low.tolist(),
            high=high.tolist(),
            background_jets=performance.background_jets.mean(axis=0).tolist(),
        )
    return RocSelection(
        signal=signal,
        background=background,
        pt_low=None,
        pt_high=None,
        signal_jets=int(sample.signal.sum()),
        background_jets=int((~sample.signal).sum()),
        signal_efficiency=_EFFICIENCIES.tolist(),
        curves=curves,
    )
