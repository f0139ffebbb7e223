"""Working points: thresholds for fixed signal efficiencies, and the efficiencies measured with them."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from tagwerk.arrays import Bools, Floats64
from tagwerk.errors import UserError
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.efficiencies import BinnedJets, Efficiency, efficiency
from tagwerk.evaluation.flat_bins import VariableBins, cell_index, cells, flat_bins
from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.thresholds import ScoredJets, signal_thresholds, threshold

ChosenOn = Literal["validation", "test"]


class WorkingPoint(Frozen):
    """The cut of one tagger's seed for a signal efficiency: a jet passes where its discriminant reaches its threshold.

    Attributes:
        tagger: its name.
        seed: of its training.
        signal_efficiency: aimed at.
        variables: the variables in which the efficiency is flat; empty for a single threshold.
        thresholds: one per cell, where the bins of the last variable vary fastest.
        chosen_on: the jets on which the thresholds were chosen. On the test jets themselves the measured signal
            efficiency is that aimed at by construction.
        chosen_jets: the effective number of their signal jets.
        signal, background: efficiency of the class measured on the test jets.
        signal_by_cell, background_by_cell: the same in each cell, null where it has no jets; empty for a single
            threshold.
    """

    tagger: str
    seed: int
    signal_efficiency: float
    variables: list[VariableBins]
    thresholds: list[float]
    chosen_on: ChosenOn
    chosen_jets: float
    signal: Efficiency
    background: Efficiency
    signal_by_cell: list[Efficiency | None]
    background_by_cell: list[Efficiency | None]


def passes(point: WorkingPoint, discriminant: Floats64, variables: Mapping[str, Floats64] | None = None) -> Bools:
    """Return which jets pass a working point, (B,).

    Jets beyond the outermost edges belong to the outermost bins; jets without a value of a variable (NaN) fail.

    Args:
        point: the working point.
        discriminant: of each jet, (B,), as defined in the file of the working points.
        variables: of each jet, (B,) each, by name: those in which the efficiency is flat.

    Raises:
        UserError: a variable is missing.
    """
    given = variables or {}
    for each in point.variables:
        if each.name not in given:
            raise UserError(f"working point of '{point.tagger}': needs the variable '{each.name}'; give its values")
    cell = cell_index(point.variables, given, len(discriminant))
    return np.asarray((cell >= 0) & (discriminant >= np.array(point.thresholds)[cell]))


def measure_working_points(
    sample: ComparedJets,
    discriminants: Mapping[str, Floats64],
    signal_efficiencies: Sequence[float],
    seeds: Mapping[str, Sequence[int]],
    validation: Mapping[str, ScoredJets],
    flat_in: Sequence[str] = (),
) -> list[WorkingPoint]:
    """Return the working points of each tagger's seeds: inclusive ones, then those flat in `flat_in` if given.

    Thresholds are chosen on the validation jets, and for taggers that lack these on the test jets. Efficiencies are
    measured on the test jets, with a central 68.27 % interval for the given threshold.

    Args:
        sample: the B test jets.
        discriminants: of each tagger on them, (S, B).
        signal_efficiencies: to aim at.
        seeds: of each tagger's trainings.
        validation: the validation jets of those taggers that have them.
        flat_in: one or two variables; none for inclusive thresholds only.

    Raises:
        UserError: a variable of `flat_in` is missing, has no value for some signal jets or the same for all, or there
            are too few jets for two bins.
    """
    points = []
    for name, scores in discriminants.items():
        scored = validation.get(name, ScoredJets(sample, scores))
        chosen_on: ChosenOn = "validation" if name in validation else "test"
        for bins in [[], flat_bins(scored.jets, flat_in)] if flat_in else [[]]:
            thresholds = _thresholds(scored, np.array(signal_efficiencies), bins)
            for index, seed in enumerate(seeds[name]):
                for target, cuts in zip(signal_efficiencies, thresholds[index], strict=True):
                    about = {"tagger": name, "seed": seed, "signal_efficiency": target, "chosen_on": chosen_on}
                    about["chosen_jets"] = scored.jets.effective(signal=True)
                    points.append(_measured(sample, scores[index], bins, cuts, about))
    return points


def _thresholds(scored: ScoredJets, efficiencies: Floats64, bins: list[VariableBins]) -> Floats64:
    """Return the thresholds of S seeds at P efficiencies in N cells, (S, P, N)."""
    if not bins:
        return signal_thresholds(scored, efficiencies)[:, :, None]
    signal, jets = scored.jets.signal, scored.jets
    cell = np.where(signal, cell_index(bins, jets.variables, len(signal)), -1)
    masks = [cell == index for index in range(cells(bins))]
    return np.stack(
        [
            np.stack([threshold(score[mask], jets.weight[mask], efficiencies) for mask in masks], axis=1)
            for score in scored.scores
        ]
    )


def _measured(
    sample: ComparedJets, score: Floats64, bins: list[VariableBins], thresholds: Floats64, about: Mapping[str, object]
) -> WorkingPoint:
    """Return a working point with its efficiencies on the test jets."""
    cell = cell_index(bins, sample.variables, len(score))
    passing = (cell >= 0) & (score >= thresholds[cell])
    classes = {"signal": sample.signal, "background": ~sample.signal}
    total = {name: efficiency(passing[mask], sample.weight[mask], sample.event[mask]) for name, mask in classes.items()}
    by_cell = {
        f"{name}_by_cell": BinnedJets.of(sample.weight, sample.event, cell, len(thresholds), mask & (cell >= 0))
        .efficiencies(passing[mask & (cell >= 0)])
        .results()
        if bins
        else []
        for name, mask in classes.items()
    }
    content = {"variables": bins, "thresholds": thresholds.tolist()} | dict(about) | total | by_cell
    return WorkingPoint.model_validate(content)
