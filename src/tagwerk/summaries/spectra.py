"""The spectra of the classes in two variables, and the factors that make them alike."""

import numpy as np
import pandas as pd

from tagwerk.arrays import Floats, Ints
from tagwerk.cards.reweighting import Reweighting
from tagwerk.errors import UserError
from tagwerk.summaries.binning import equal_shares, finer
from tagwerk.summaries.factors import factors
from tagwerk.summaries.reweighted import Closure, Reweighted, bin_of


class BinnedSums:
    """Sums over jets by class and the bins of two variables, of which the outermost have no end.

    Attributes:
        edges: between the bins of each variable.
        sums, squares: of weights and of their squares, (classes, bins of the one, bins of the other).
    """

    def __init__(self, classes: int, edges: tuple[Floats, Floats]) -> None:
        self.edges = edges
        self.sums = np.zeros((classes, len(edges[0]) + 1, len(edges[1]) + 1))
        self.squares = np.zeros_like(self.sums)

    def add(self, label: Ints, weight: Floats, values: tuple[Floats, Floats]) -> None:
        """Fill N jets in: class index, weight and the two variables of each."""
        bins = (bin_of(each, edges) for each, edges in zip(values, self.edges, strict=True))
        place = np.ravel_multi_index((label, *bins), self.sums.shape)
        weight = weight.astype(np.float64)
        for total, weights in ((self.sums, weight), (self.squares, weight**2)):
            total += np.bincount(place, weights, total.size).reshape(total.shape)


class Spectra:
    """Filled jet by jet, they give the factors, and what these do in finer bins without another look at the jets.

    The finer bins of a variable are parts of the bins that its factors are made in, so their jets share a factor as far
    as the other variable's bins are kept apart.
    """

    def __init__(self, card: Reweighting, sample: dict[str, pd.DataFrame]) -> None:
        self._card = card
        self._classes = list(sample)
        coarse, fine = [], []
        for name, bins in zip(card.variables, card.bins, strict=True):
            coarse.append(equal_shares(sample[card.reference][name].to_numpy(), bins))
            fine.append(finer(coarse[-1], pd.concat([each[name] for each in sample.values()]).to_numpy()))
        tables = [(coarse[0], coarse[1]), (fine[0], coarse[1]), (coarse[0], fine[1])]
        self._coarse, *self._fine = (BinnedSums(len(sample), edges) for edges in tables)

    def add(self, label: Ints, weight: Floats, jet: dict[str, Floats]) -> None:
        """Fill N jets in.

        Raises:
            UserError: a variable is not finite.
        """
        one, other = (jet[name] for name in self._card.variables)
        for name in self._card.variables:
            if not np.isfinite(jet[name]).all():
                raise UserError(f"key 'reweighting.variables': '{name}' of a training jet is not finite; correct it")
        for table in (self._coarse, *self._fine):
            table.add(label, weight, (one, other))

    def result(self, jets: dict[str, int]) -> Reweighted:
        """Return the factors and what they do; `jets` is the number of jets by class.

        Raises:
            UserError: see `factors`.
        """
        sums: dict[str, Floats] = dict(zip(self._classes, self._coarse.sums, strict=True))
        found = factors(sums, self._card.reference, self._card.largest)
        table = np.stack(list(found.values()))
        effective = effective_jets(self._coarse.sums, self._coarse.squares, table)
        return Reweighted(
            card=self._card,
            edges=(self._coarse.edges[0].tolist(), self._coarse.edges[1].tolist()),
            factors={name: each.tolist() for name, each in found.items()},
            jets=jets,
            effective=dict(zip(self._classes, effective.tolist(), strict=True)),
            closure={name: self._closure(axis, table) for axis, name in enumerate(self._card.variables)},
        )

    def _closure(self, axis: int, table: Floats) -> Closure:
        """Return one variable, summed over the other one."""
        fine = self._fine[axis]
        edges = fine.edges[axis]
        inside = bin_of(np.concatenate([[-np.inf], edges]), self._coarse.edges[axis])
        factor = np.take(table, inside, axis + 1)
        after, squares = fine.sums * factor, fine.squares * factor**2

        def by_class(table: Floats) -> dict[str, list[float]]:
            return dict(zip(self._classes, table.sum(axis=2 - axis).tolist(), strict=True))

        errors = {name: np.sqrt(each).tolist() for name, each in by_class(squares).items()}
        return Closure(edges=edges.tolist(), before=by_class(fine.sums), after=by_class(after), errors=errors)


def effective_jets(sums: Floats, squares: Floats, factor: Floats) -> Floats:
    """Return (sum of w)² / (sum of w²) of each class (C,), with weights multiplied by a factor a bin (C, I, J)."""
    return np.asarray((sums * factor).sum(axis=(1, 2)) ** 2 / (squares * factor**2).sum(axis=(1, 2)))
