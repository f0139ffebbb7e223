"""The bins of variables in which a signal efficiency is to be flat."""

from collections.abc import Mapping, Sequence

import numpy as np

from tagwerk.arrays import Floats64, Ints
from tagwerk.errors import UserError
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.quantile_bins import bin_index, quantile_edges
from tagwerk.jets.effective import effective_sample_size

UNITS = {"pt": "GeV", "mass": "GeV", "phi": "rad"}
# ASSUME: a threshold from fewer effective signal jets fluctuates by more than the dependence that it removes. With 100
# jets an efficiency of 50 % is known to 5 %.
MIN_SIGNAL_JETS = 100
_MOST_BINS = {1: 10, 2: 5}  # per variable, by number of variables


class VariableBins(Frozen):
    """The bins of a variable; the first and the last one are open.

    Attributes:
        name: of the variable.
        unit: null for numbers without a unit and where it is that of the files.
        edges: inner edges; a value on an edge is in the upper bin.
    """

    name: str
    unit: str | None
    edges: list[float]


def flat_bins(jets: ComparedJets, names: Sequence[str]) -> list[VariableBins]:
    """Return bins with equal numbers of signal jets in each variable, as many as the jets allow.

    Cells with fewer than `MIN_SIGNAL_JETS` effective signal jets are avoided by fewer bins.

    Raises:
        UserError: a variable is missing, has no value for some signal jets or the same for all, or there are too few
            signal jets for two bins.
    """
    values = {name: _values(jets, name) for name in names}
    weight = jets.weight[jets.signal]
    for count in range(_MOST_BINS[len(names)], 1, -1):
        bins = [
            VariableBins(
                name=name, unit=UNITS.get(name), edges=quantile_edges(values[name], weight, count)[1:-1].tolist()
            )
            for name in names
        ]
        cell = cell_index(bins, values, len(weight))
        fewest = min(effective_sample_size(weight[cell == index]) for index in range(cells(bins)))
        if fewest >= MIN_SIGNAL_JETS and all(each.edges for each in bins):
            return bins
    raise UserError(
        f"key 'flat_in': {len(weight)} signal jets are too few for two bins of {' and '.join(names)} with "
        f"{MIN_SIGNAL_JETS} effective jets each; use more validation jets, fewer variables, or drop the key"
    )


def cell_index(bins: Sequence[VariableBins], variables: Mapping[str, Floats64], jets: int) -> Ints:
    """Return the cell of each jet, (B,), where the bins of the last variable vary fastest; -1 where a value is NaN."""
    index = np.zeros(jets, np.int64)
    for each in bins:
        inner = bin_index(variables[each.name], np.array(each.edges))
        index = np.where((index < 0) | (inner < 0), -1, index * (len(each.edges) + 1) + inner)
    return index


def cells(bins: Sequence[VariableBins]) -> int:
    """Return the number of cells."""
    return int(np.prod([len(each.edges) + 1 for each in bins], dtype=np.int64))


def _values(jets: ComparedJets, name: str) -> Floats64:
    """Return a variable of the signal jets."""
    if name not in jets.variables:
        known = ", ".join(jets.variables) or "none"
        raise UserError(f"key 'flat_in': the scores have no variable '{name}' (there: {known}); drop it")
    values = jets.variables[name][jets.signal]
    if missing := int(np.isnan(values).sum()):
        raise UserError(f"key 'flat_in': {missing} signal jets have no value of '{name}'; use another variable")
    return values
