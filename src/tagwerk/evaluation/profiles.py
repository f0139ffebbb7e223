"""Signal efficiency and background rejection as functions of a variable of the jet, at fixed thresholds."""

from collections.abc import Mapping, Sequence

import numpy as np

from tagwerk.arrays import Bools, Floats64, Ints
from tagwerk.errors import UserError
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.efficiencies import BinnedJets, Efficiencies
from tagwerk.evaluation.flat_bins import UNITS
from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.quantile_bins import bin_index, quantile_edges

_MOST_BINS = 8
# ASSUME: with fewer effective jets of a class per bin, rejections would show single jets; two bins at least.
_JETS_PER_BIN = 400


class ProfileBins(Frozen):
    """The bins of a variable, with equal shares of the test jets where both classes count the same.

    Attributes:
        name: of the variable.
        unit: null for numbers without a unit and where it is that of the files.
        edges: (N + 1).
        centres: median of the variable in each bin, (N).
        signal_jets, background_jets: effective numbers of test jets in each bin, (N).
    """

    name: str
    unit: str | None
    edges: list[float]
    centres: list[float]
    signal_jets: list[float]
    background_jets: list[float]


class Profile(Frozen):
    """Efficiencies of one tagger in the bins of a variable, at one threshold, as means over the seeds.

    The rejection is the inverse of the background efficiency: where that is zero, only its `background_high` is known.

    Attributes:
        tagger: its name.
        variable: name of the variable.
        working_point: signal efficiency of the threshold on all test jets.
        signal, background: efficiency of the class in each bin, (N); null where a bin has no jets of the class.
        signal_low, background_low: lower ends of the central 68.27 % intervals for the given threshold, (N).
        signal_high, background_high: their upper ends, (N).
    """

    tagger: str
    variable: str
    working_point: float
    signal: list[float | None]
    signal_low: list[float | None]
    signal_high: list[float | None]
    background: list[float | None]
    background_low: list[float | None]
    background_high: list[float | None]


class Profiles(Frozen):
    """The profiles of all taggers in all variables at all working points.

    Attributes:
        variables: their bins.
        profiles: one per tagger, variable and working point.
    """

    variables: list[ProfileBins]
    profiles: list[Profile]


def default_variables(sample: ComparedJets) -> list[str]:
    """Return pt, eta, mass and the first number of constituents, as far as the sample has them."""
    counts = [name for name in sample.variables if name.startswith("n_")]
    return [name for name in ("pt", "eta", "mass", *counts[:1]) if name in sample.variables]


def measure_profiles(
    sample: ComparedJets,
    discriminants: Mapping[str, Floats64],
    thresholds: Mapping[str, Floats64],
    signal_efficiencies: Sequence[float],
    names: Sequence[str] = (),
) -> Profiles | None:
    """Return the profiles of all taggers, None where no variable varies.

    Args:
        sample: the B test jets.
        discriminants: of each tagger on them, (S, B).
        thresholds: of each tagger's seeds, (S, P).
        signal_efficiencies: at which the thresholds were chosen, (P,).
        names: of the variables; by default those of `default_variables`.

    Raises:
        UserError: a variable is missing.
    """
    if unknown := [name for name in names if name not in sample.variables]:
        known = ", ".join(sample.variables) or "none"
        raise UserError(f"key 'profiles': the scores have no variable '{unknown[0]}' (there: {known}); drop it")
    binned = {name: _bins(sample, name) for name in names or default_variables(sample)}
    used = {name: bins for name, bins in binned.items() if bins is not None}
    if not used:
        return None
    passing = {
        name: [np.mean(scores >= thresholds[name][:, [point]], axis=0) for point in range(len(signal_efficiencies))]
        for name, scores in discriminants.items()
    }
    classes = {name: _by_class(sample, name, bins) for name, bins in used.items()}
    return Profiles(
        variables=list(used.values()),
        profiles=[
            _profile(tagger, name, target, fractions[point], sample, classes[name])
            for name in used
            for tagger, fractions in passing.items()
            for point, target in enumerate(signal_efficiencies)
        ],
    )


def _bins(sample: ComparedJets, name: str) -> ProfileBins | None:
    """Return the bins of a variable, None where it does not vary."""
    values = sample.variables[name]
    jets = min(sample.effective(signal=True), sample.effective(signal=False))
    edges = quantile_edges(values, _balanced(sample), int(np.clip(jets // _JETS_PER_BIN, 2, _MOST_BINS)))
    if len(edges) < 3:
        return None
    index = bin_index(values, edges[1:-1])
    signal, background = (_jets(sample, index, len(edges) - 1, mask) for mask in (sample.signal, ~sample.signal))
    return ProfileBins(
        name=name,
        unit=UNITS.get(name),
        edges=edges.tolist(),
        centres=[float(np.median(values[index == each])) for each in range(len(edges) - 1)],
        signal_jets=signal.jets.tolist(),
        background_jets=background.jets.tolist(),
    )


def _balanced(sample: ComparedJets) -> Floats64:
    """Return weights (B,) with which both classes count the same."""
    sums = {signal: sample.weight[sample.signal == signal].sum() for signal in (True, False)}
    return np.asarray(sample.weight / np.where(sample.signal, sums[True], sums[False]))


def _by_class(sample: ComparedJets, name: str, bins: ProfileBins) -> tuple[BinnedJets, BinnedJets, Ints]:
    """Return signal and background jets in the bins, and the bin of each jet, (B,)."""
    index = bin_index(sample.variables[name], np.array(bins.edges[1:-1]))
    signal, background = (_jets(sample, index, len(bins.centres), mask) for mask in (sample.signal, ~sample.signal))
    return signal, background, index


def _jets(sample: ComparedJets, index: Ints, count: int, mask: Bools) -> BinnedJets:
    return BinnedJets.of(sample.weight, sample.event, index, count, mask & (index >= 0))


def _profile(
    tagger: str,
    variable: str,
    target: float,
    passing: Floats64,
    sample: ComparedJets,
    binned: tuple[BinnedJets, BinnedJets, Ints],
) -> Profile:
    """Return the profile of one tagger at one working point, of which this fraction of seeds passes each jet (B,)."""
    signal, background, index = binned
    known = index >= 0
    accepted = signal.efficiencies(passing[sample.signal & known])
    rejected = background.efficiencies(passing[~sample.signal & known])
    columns = {f"signal{end}": values for end, values in _columns(accepted).items()}
    columns |= {f"background{end}": values for end, values in _columns(rejected).items()}
    return Profile(tagger=tagger, variable=variable, working_point=target, **columns)


def _columns(efficiencies: Efficiencies) -> dict[str, list[float | None]]:
    ends = {"": efficiencies.value, "_low": efficiencies.low, "_high": efficiencies.high}
    return {end: [each if each == each else None for each in values.tolist()] for end, values in ends.items()}
