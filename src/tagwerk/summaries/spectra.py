"""The spectra of the classes in two variables, and their reweighting."""

import numpy as np
import pandas as pd

from tagwerk.arrays import Floats, Ints
from tagwerk.cards.reweighting import Reweighting
from tagwerk.errors import UserError
from tagwerk.summaries.binning import finer_edges, quantile_edges
from tagwerk.summaries.factors import reweighting_factors
from tagwerk.summaries.reweighted import Closure, ReweightingFactors, bin_index


class BinnedSums:
    """Sums over jets by class and bin of two variables, with open outermost bins.

    Attributes:
        edges: between the bins of each variable.
        sums, squares: of weights and squared weights, (classes, bins of the first, bins of the second variable).
    """

    def __init__(self, classes: int, edges: tuple[Floats, Floats]) -> None:
        self.edges = edges
        self.sums = np.zeros((classes, len(edges[0]) + 1, len(edges[1]) + 1))
        self.squares = np.zeros_like(self.sums)

    def add(self, label: Ints, weight: Floats, values: tuple[Floats, Floats]) -> None:
        """Add N jets: class index, weight and the two variables of each."""
        bins = (bin_index(variable, edges) for variable, edges in zip(values, self.edges, strict=True))
        index = np.ravel_multi_index((label, *bins), self.sums.shape)
        weight = weight.astype(np.float64)
        for total, weights in ((self.sums, weight), (self.squares, weight**2)):
            total += np.bincount(index, weights, total.size).reshape(total.shape)


class Spectra:
    """Spectra, filled in one pass, that give the reweighting factors and their effect in finer bins.

    The finer bins of a variable subdivide its bins, so jets in the same fine bin and the same bin of the other variable
    have the same factor.

    Attributes:
        tables: the sums in the bins of the factors, and in finer bins of either variable.
    """

    def __init__(self, card: Reweighting, sample: dict[str, pd.DataFrame]) -> None:
        self._card = card
        self._classes = list(sample)
        coarse, fine = [], []
        for name, bins in zip(card.variables, card.bins, strict=True):
            coarse.append(quantile_edges(sample[card.reference][name].to_numpy(), bins))
            fine.append(finer_edges(coarse[-1], pd.concat([jets[name] for jets in sample.values()]).to_numpy()))
        edges = [(coarse[0], coarse[1]), (fine[0], coarse[1]), (coarse[0], fine[1])]
        self.tables = [BinnedSums(len(sample), each) for each in edges]
        self._coarse, *self._fine = self.tables

    def add(self, label: Ints, weight: Floats, jet: dict[str, Floats]) -> None:
        """Add N jets.

        Raises:
            UserError: a variable is not finite.
        """
        first, second = (jet[name] for name in self._card.variables)
        for name in self._card.variables:
            if not np.isfinite(jet[name]).all():
                raise UserError(f"key 'reweighting.variables': '{name}' of a training jet is not finite; correct it")
        for table in self.tables:
            table.add(label, weight, (first, second))

    def result(self, jets: dict[str, int]) -> ReweightingFactors:
        """Return the factors and their effect; `jets` is the number of jets by class.

        Raises:
            UserError: see `reweighting_factors`.
        """
        sums: dict[str, Floats] = dict(zip(self._classes, self._coarse.sums, strict=True))
        factors = reweighting_factors(sums, self._card.reference, self._card.largest)
        table = np.stack(list(factors.values()))
        effective = effective_jets(self._coarse.sums, self._coarse.squares, table)
        return ReweightingFactors(
            card=self._card,
            edges=(self._coarse.edges[0].tolist(), self._coarse.edges[1].tolist()),
            factors={name: of_class.tolist() for name, of_class in factors.items()},
            jets=jets,
            effective=dict(zip(self._classes, effective.tolist(), strict=True)),
            closure={name: self._closure(axis, table) for axis, name in enumerate(self._card.variables)},
        )

    def _closure(self, axis: int, table: Floats) -> Closure:
        """Return the closure of one variable, summed over the other one."""
        fine = self._fine[axis]
        edges = fine.edges[axis]
        coarse_bin = bin_index(np.concatenate([[-np.inf], edges]), self._coarse.edges[axis])
        factor = np.take(table, coarse_bin, axis + 1)
        after, squares = fine.sums * factor, fine.squares * factor**2

        def by_class(table: Floats) -> dict[str, list[float]]:
            return dict(zip(self._classes, table.sum(axis=2 - axis).tolist(), strict=True))

        errors = {name: np.sqrt(variance).tolist() for name, variance in by_class(squares).items()}
        return Closure(edges=edges.tolist(), before=by_class(fine.sums), after=by_class(after), errors=errors)


def effective_jets(sums: Floats, squares: Floats, factor: Floats) -> Floats:
    """Return (sum of w)² / (sum of w²) of each class, (C,), with weights multiplied by factors per bin (C, I, J)."""
    return np.asarray((sums * factor).sum(axis=(1, 2)) ** 2 / (squares * factor**2).sum(axis=(1, 2)))
