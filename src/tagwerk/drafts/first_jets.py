"""The first jets of a file, read with the draft: the evidence for its guesses."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import awkward as ak
import numpy as np

from tagwerk.arrays import Values
from tagwerk.checks.padding import Padding, find_padding, is_real
from tagwerk.drafts.card_draft import Draft
from tagwerk.jets.kinematics import wrap_phi
from tagwerk.jets.momentum import polar, total_momentum
from tagwerk.jets.ragged import Ragged
from tagwerk.readers.jet_record import momenta_of
from tagwerk.readers.layout import read
from tagwerk.readers.links import Tally

MAX_DELTA_R = 1.0  # constituents beyond belong to other jets
_MIN_ENERGY_SHARE = 0.99  # of the momentum; an 'energy' below is another variable


@dataclass(frozen=True)
class SequenceStats:
    """Statistics of a sequence; slots without a constituent count only in `padding`.

    Attributes:
        counts: number of constituents per jet (jets,).
        pt_share: median over jets with constituents of their summed pT over the jet's pT.
        delta_r: median ΔR of the constituents from their jet.
        links: number of links, and of those that dangle.
        far_share: share of jets whose constituents are far from the axis, weighted by pT.
        spacelike: number of constituents with less energy than momentum.
        padding: the slots without a constituent.
    """

    counts: Values
    pt_share: float
    delta_r: float
    links: tuple[int, int]
    far_share: float
    spacelike: int
    padding: Padding | None

    @property
    def mean(self) -> float:
        """The mean number of constituents per jet."""
        return float(self.counts.mean()) if len(self.counts) else 0.0


@dataclass(frozen=True)
class FirstJets:
    """The jets in a file's first rows.

    Attributes:
        jets: their branches, as in the file.
        momentum: pt, eta, phi of each jet, from its branches or summed over its constituents (jets,).
        stats: by sequence.
        slots: pt, eta, phi and energy of all slots, by sequence.
    """

    jets: ak.Array
    momentum: dict[str, Values]
    stats: dict[str, SequenceStats]
    slots: dict[str, Ragged]

    def rename_sequence(self, old: str, new: str) -> Self:
        """Return the same jets with a sequence renamed."""
        stats = {new if name == old else name: each for name, each in self.stats.items()}
        slots = {new if name == old else name: each for name, each in self.slots.items()}
        return replace(self, stats=stats, slots=slots)

    def values(self, branch: str) -> Values:
        """Return a branch's value for each jet."""
        return np.asarray(self.jets[branch])

    def is_constant(self, branch: str) -> bool:
        """Return whether a branch has the same value for all jets, like a label in a file of a single class."""
        values = self.values(branch)
        return len(values) > 1 and bool((values == values[0]).all())


def read_first_jets(file: Path, draft: Draft, rows: int) -> FirstJets:
    """Return the jets in at most the first `rows` rows.

    Raises:
        UserError: the file cannot be read with the draft.
    """
    dataset, tally = draft.probe_card(), Tally()
    jets = next(read(file, dataset, tally, rows))
    slots = {name: momenta_of(jets, dataset, name) for name in dataset.sequences}
    components = ("pt", "eta", "phi")
    if dataset.jet is None:
        constituents = _without_padding(slots["constituents"])
        momentum = total_momentum(constituents.values, constituents.counts, components)
    else:
        branches = dataset.jet.momentum().items()
        momentum = polar({name: ak.to_numpy(jets[branch]) for name, branch in branches}, components)
    stats = {name: _stats(each, momentum, (tally.links[name], tally.dangling[name])) for name, each in slots.items()}
    return FirstJets(jets, {name: values.astype(np.float64) for name, values in momentum.items()}, stats, slots)


def _without_padding(slots: Ragged) -> Ragged:
    return slots.keep(is_real(slots.values))


def _stats(slots: Ragged, jet: Mapping[str, Values], links: tuple[int, int]) -> SequenceStats:
    constituents = _without_padding(slots)
    jet_index, jets = constituents.jet_index, len(constituents.counts)
    pt, delta_eta = constituents.values["pt"], constituents.values["eta"] - jet["eta"][jet_index]
    delta_phi = wrap_phi(constituents.values["phi"] - jet["phi"][jet_index])
    delta_r = np.hypot(delta_eta, delta_phi)
    pt_sum, pt_delta_r_sum = np.bincount(jet_index, pt, jets), np.bincount(jet_index, pt * delta_r, jets)
    valid = (constituents.counts > 0) & (jet["pt"] > 0)
    return SequenceStats(
        constituents.counts,
        _median(pt_sum[valid] / jet["pt"][valid]),
        _median(delta_r),
        links,
        float(np.mean(pt_delta_r_sum[valid] > MAX_DELTA_R * pt_sum[valid])) if valid.any() else 0.0,
        int(np.sum(constituents.values["energy"] < _MIN_ENERGY_SHARE * pt * np.cosh(constituents.values["eta"]))),
        find_padding(slots.values),
    )


def _median(values: Values) -> float:
    """Return the median of the finite values; NaN if there are none."""
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if len(finite) else float("nan")
