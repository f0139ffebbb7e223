"""Mass sculpting: how a cut on the discriminant changes the background's jet mass distribution."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.spatial.distance import jensenshannon

from tagwerk.arrays import Bools, Floats64, Ints
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.quantile_bins import bin_index
from tagwerk.evaluation.seed_spread import spread
from tagwerk.jets.effective import effective_sample_size

_MOST_BINS = 50
_JETS_PER_BIN = 100
_RANGE = (0.005, 0.995)  # quantiles of the background's mass; jets beyond are in the outermost bins


class SculptingPoint(Frozen):
    """The background's mass behind one tagger's cut; null where all or none of the background passes.

    Attributes:
        tagger: its name.
        working_point: signal efficiency of the cut.
        divergence: Jensen-Shannon divergence, base 2, between the mass distributions of background jets that pass and
            that fail, from 0 for no sculpting to 1; mean over the seeds.
        spread: standard deviation over the seeds.
        floor: the divergence expected where as many jets pass at random.
        floor_high: its 84 % quantile.
        passing: the fraction of the passing background in each bin of the mass, (N), mean over the seeds.
        errors: their statistical uncertainties, (N).
        jets: the effective number of background jets that pass, mean over the seeds.
    """

    tagger: str
    working_point: float
    divergence: float | None
    spread: float | None
    floor: float | None
    floor_high: float | None
    passing: list[float] | None
    errors: list[float] | None
    jets: float


class MassSculpting(Frozen):
    """The background's mass distribution, in N bins of equal width in GeV, and behind each cut.

    Attributes:
        edges: (N + 1); jets beyond are in the outermost bins.
        inclusive: the fraction of all background jets in each bin, (N).
        points: one per tagger and working point.
    """

    edges: list[float]
    inclusive: list[float]
    points: list[SculptingPoint]


def divergence(first: Floats64, second: Floats64) -> Floats64:
    """Return the Jensen-Shannon divergence in bits of histograms (..., N), from 0 for equal ones to 1 for disjoint.

    JSD = (KL(p‖m) + KL(q‖m)) / 2 with m = (p + q) / 2 and logarithms to base 2, as in ATL-PHYS-PUB-2018-014 and
    Kasieczka and Shih, arXiv:2001.05310. Bins that negative weights make negative count as empty.
    """
    return np.asarray(jensenshannon(np.maximum(first, 0), np.maximum(second, 0), base=2, axis=-1) ** 2)


def measure_mass_sculpting(
    sample: ComparedJets,
    discriminants: Mapping[str, Floats64],
    thresholds: Mapping[str, Floats64],
    signal_efficiencies: Sequence[float],
    count: int = 200,
    seed: int = 1,
) -> MassSculpting | None:
    """Return the background's mass behind each cut; None without a jet mass, or where all jets have the same.

    Args:
        sample: the B test jets.
        discriminants: of each tagger on them, (S, B).
        thresholds: of each tagger's seeds, (S, P).
        signal_efficiencies: at which the thresholds were chosen, (P,).
        count: number of random selections for the floor.
        seed: of these.
    """
    mass = sample.variables.get("mass")
    known = ~sample.signal & ~np.isnan(mass) if mass is not None else np.zeros(len(sample.signal), bool)
    if mass is None or not known.any() or np.ptp(mass[known]) == 0:
        return None
    weight, edges = sample.weight[known], _edges(mass[known], sample.effective(signal=False))
    bins = bin_index(mass[known], edges[1:-1])
    passing = {name: scores[:, None, known] >= thresholds[name][:, :, None] for name, scores in discriminants.items()}
    numbers = {name: each.sum(axis=2) for name, each in passing.items()}
    chosen = np.unique(np.concatenate([each.ravel() for each in numbers.values()]))
    floors = _floors(bins, weight, len(edges) - 1, chosen, count, np.random.default_rng(seed))
    inclusive = np.maximum(np.bincount(bins, weight, len(edges) - 1), 0)
    return MassSculpting(
        edges=edges.tolist(),
        inclusive=(inclusive / inclusive.sum()).tolist(),
        points=[
            _point(name, target, passing[name][:, point], bins, weight, len(edges) - 1, floors)
            for name in discriminants
            for point, target in enumerate(signal_efficiencies)
        ],
    )


def _edges(mass: Floats64, jets: float) -> Floats64:
    low, high = np.quantile(mass, _RANGE)
    if low == high:
        low, high = mass.min(), mass.max()
    return np.linspace(low, high, int(np.clip(jets // _JETS_PER_BIN, 4, _MOST_BINS)) + 1)


def _point(
    name: str,
    target: float,
    passing: Bools,
    bins: Ints,
    weight: Floats64,
    count: int,
    floors: dict[int, Floats64],
) -> SculptingPoint:
    """Return the divergence behind the cut that these background jets pass, (S, B)."""
    jets = float(np.mean([effective_sample_size(weight[mask]) for mask in passing]))
    passed, failed = (
        np.maximum([np.bincount(bins[mask], weight[mask], count) for mask in masks], 0) for masks in (passing, ~passing)
    )
    if not (passed.sum(axis=1) > 0).all() or not (failed.sum(axis=1) > 0).all():
        nothing = dict.fromkeys(("divergence", "spread", "floor", "floor_high", "passing", "errors"))
        return SculptingPoint(tagger=name, working_point=target, jets=jets, **nothing)
    seeds, totals = divergence(passed, failed), passed.sum(axis=1, keepdims=True)
    squares = np.array([np.bincount(bins[mask], weight[mask] ** 2, count) for mask in passing])
    random = np.mean([floors[int(mask.sum())] for mask in passing], axis=0)
    return SculptingPoint(
        tagger=name,
        working_point=target,
        divergence=float(seeds.mean()),
        spread=spread(seeds),
        floor=float(random[0]),
        floor_high=float(random[1]),
        passing=(passed / totals).mean(axis=0).tolist(),
        errors=(np.sqrt(squares) / totals).mean(axis=0).tolist(),
        jets=jets,
    )


def _floors(
    bins: Ints, weight: Floats64, count: int, numbers: Ints, repeats: int, random: np.random.Generator
) -> dict[int, Floats64]:
    """Return mean and 84 % quantile of the divergence where this many of the jets pass at random, by number.

    In each repetition the jets are shuffled once, and the first ones pass. As in the permutation test of equal
    distributions, passing and failing jets have the same mass distribution by construction.
    """
    # ASSUME: background jets of one event do not share their mass, so that jets can be shuffled one by one.
    numbers = numbers[(numbers > 0) & (numbers < len(bins))]
    if not len(numbers):
        return {}
    segment = np.searchsorted(numbers, np.arange(len(bins)), side="right")
    found = np.empty((repeats, len(numbers)))
    for index in range(repeats):
        order = random.permutation(len(bins))
        cells = np.bincount(segment * count + bins[order], weight[order], (len(numbers) + 1) * count)
        passed = np.cumsum(cells.reshape(-1, count), axis=0, dtype=np.float64)
        found[index] = _divergence_or_nan(passed[:-1], passed[-1] - passed[:-1])
    ends = np.stack([np.nanmean(found, axis=0), np.nanquantile(found, 0.84134, axis=0)], axis=1)
    return dict(zip(numbers.tolist(), ends, strict=True))


def _divergence_or_nan(first: Floats64, second: Floats64) -> Floats64:
    """Return the divergences of histograms (K, N), NaN where one of the two has no positive bin."""
    defined = (first > 0).any(axis=1) & (second > 0).any(axis=1)
    result = np.full(len(first), np.nan)
    result[defined] = divergence(first[defined], second[defined])
    return result
