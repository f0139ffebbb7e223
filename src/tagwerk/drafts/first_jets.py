"""The first jets of a file, read as the draft says: what they show is the evidence for it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import awkward as ak
import numpy as np

from tagwerk.arrays import Values
from tagwerk.checks.padding import Padding, padding, real
from tagwerk.drafts.card_draft import Draft
from tagwerk.jets.momentum import polar, total
from tagwerk.jets.ragged import Ragged
from tagwerk.readers.jet_record import momenta_of
from tagwerk.readers.layout import read
from tagwerk.readers.links import Tally

FAR = 1.0  # ΔR beyond which constituents are those of other jets
_BELOW = 0.99  # of a momentum, less than which an energy is another variable


@dataclass(frozen=True)
class Reached:
    """What a jet's sequence is like.

    Attributes:
        counts: how many constituents each jet has (jets,).
        share: the median of the constituents' summed pT over the jet's, of jets that have any.
        distance: the median of the constituents' ΔR from their jet.
        links: how many links were followed, and how many of them led nowhere.
        far: the share of jets whose constituents are far from the axis, weighted by pT.
        light: how many constituents have less energy than momentum.
        padding: the slots that hold none, which are counted in nothing else.
    """

    counts: Values
    share: float
    distance: float
    links: tuple[int, int]
    far: float
    light: int
    padding: Padding | None

    @property
    def mean(self) -> float:
        """The mean number of constituents."""
        return float(self.counts.mean()) if len(self.counts) else 0.0


@dataclass(frozen=True)
class FirstJets:
    """The jets of a file's first rows.

    Attributes:
        jets: their branches, as the file has them.
        momentum: pt, eta, phi of each jet, of the branches or of the sum of its constituents (jets,).
        reached: by sequence.
        columns: pt, eta, phi and energy of all slots, by sequence.
    """

    jets: ak.Array
    momentum: dict[str, Values]
    reached: dict[str, Reached]
    columns: dict[str, Ragged]

    def renamed(self, old: str, new: str) -> Self:
        """Return the same with another name of a sequence."""
        reached = {new if name == old else name: each for name, each in self.reached.items()}
        columns = {new if name == old else name: each for name, each in self.columns.items()}
        return replace(self, reached=reached, columns=columns)

    def numbers(self, branch: str) -> Values:
        """Return a branch's number for each jet."""
        return np.asarray(self.jets[branch])

    def alike(self, branch: str) -> bool:
        """Return whether a branch has the same number for all jets, as a label has in a file of one class."""
        values = self.numbers(branch)
        return len(values) > 1 and bool((values == values[0]).all())


def sample(file: Path, draft: Draft, rows: int) -> FirstJets:
    """Return the jets of at most so many rows.

    Raises:
        UserError: the file cannot be read as the draft says.
    """
    dataset, tally = draft.trial(), Tally()
    jets = next(read(file, dataset, tally, rows))
    reached = {name: momenta_of(jets, dataset, name) for name in dataset.sequences}
    wanted = ("pt", "eta", "phi")
    if dataset.jet is None:
        summed = _kept(reached["constituents"])
        own = total(summed.values, summed.counts, wanted)
    else:
        own = polar({name: ak.to_numpy(jets[at]) for name, at in dataset.jet.momentum().items()}, wanted)
    found = {name: _reached(each, own, (tally.links[name], tally.dangling[name])) for name, each in reached.items()}
    return FirstJets(jets, {name: values.astype(np.float64) for name, values in own.items()}, found, reached)


def _kept(own: Ragged) -> Ragged:
    return own.keep(real(own.values))


def _reached(found: Ragged, jet: Mapping[str, Values], links: tuple[int, int]) -> Reached:
    own = _kept(found)
    pt, eta = own.values["pt"], own.values["eta"] - jet["eta"][own.owner]
    phi = np.mod(own.values["phi"] - jet["phi"][own.owner] + np.pi, 2 * np.pi) - np.pi
    distance, jets = np.hypot(eta, phi), len(own.counts)
    sums, distances = np.bincount(own.owner, pt, jets), np.bincount(own.owner, pt * distance, jets)
    some = (own.counts > 0) & (jet["pt"] > 0)
    return Reached(
        own.counts,
        _median(sums[some] / jet["pt"][some]),
        _median(distance),
        links,
        float(np.mean(distances[some] > FAR * sums[some])) if some.any() else 0.0,
        int(np.sum(own.values["energy"] < _BELOW * pt * np.cosh(own.values["eta"]))),
        padding(found.values),
    )


def _median(values: Values) -> float:
    """Return the median of what is finite; not a number if nothing is."""
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if len(finite) else float("nan")
