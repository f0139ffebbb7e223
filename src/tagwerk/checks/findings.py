"""Counts for the check of a file, made chunk by chunk while it is read."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import awkward as ak
import numpy as np
import numpy.typing as npt

from tagwerk.arrays import Bools, Values
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.expressions import evaluate
from tagwerk.checks.padding import SlotCounts
from tagwerk.checks.range import Range
from tagwerk.checks.repeated import Repeated
from tagwerk.checks.sentinels import Sentinels
from tagwerk.jets.chunk import Chunk
from tagwerk.jets.identity import jet_identity
from tagwerk.jets.kinematics import abs_delta_phi
from tagwerk.jets.momentum import ENERGY_ROUNDING, MASS_ROUNDING, off_shell
from tagwerk.jets.ragged import Ragged

_FLOAT32_MAX = float(np.finfo(np.float32).max)
# Geometry is checked in at most this many jets of each chunk.
_GEOMETRY_JETS = 500
# Beyond this an azimuth is not in radians.
_MAX_PHI = 2 * np.pi + 1e-3
# Constituents whose mean ΔR from the axis, weighted by pT, is larger hardly belong to the jet.
_MAX_DELTA_R = 1.0


@dataclass
class Findings:
    """Counts over the chunks of a file, of jets unless noted otherwise.

    Attributes:
        dataset: the card.
        types: of each branch in the file.
        jets: in the file; `selected` of them pass the selections, `usable` of those have no fatal fault.
        classes: selected jets by class.
        ranges: of every variable, such as `jet.pt` or `constituents.d0`.
        overflows: the largest number in a branch, if too large for single precision.
        counts: jets by fault and sequence.
        slots: by sequence, possibly padding.
        repeated: constituents that end lists, by sequence, possibly padding too.
        longest: number of constituents of the longest jet, by sequence.
        pt_shares: sum of the constituents' pT over the jet's pT, of some jets, by sequence.
        geometry_jets: number of jets among which `far` is counted, by sequence.
        identities: of the selected jets.
    """

    dataset: Dataset
    types: dict[str, str] = field(default_factory=dict)
    jets: int = 0
    selected: int = 0
    usable: int = 0
    classes: Counter[int] = field(default_factory=Counter)
    ranges: dict[str, Range] = field(default_factory=dict)
    overflows: dict[str, float] = field(default_factory=dict)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    slots: dict[str, SlotCounts] = field(default_factory=dict)
    repeated: dict[str, Repeated] = field(default_factory=dict)
    longest: Counter[str] = field(default_factory=Counter)
    pt_shares: dict[str, list[Values]] = field(default_factory=dict)
    geometry_jets: Counter[str] = field(default_factory=Counter)
    identities: list[npt.NDArray[np.uint64]] = field(default_factory=list)

    def add(self, branches: ak.Array, jets: Chunk) -> Bools:
        """Count a chunk's branches and the jets made from them; return which jets (N,) are usable."""
        types = branches.type.content
        self.types |= {name: str(types.content(name)) for name in branches.fields if name not in self.types}
        self.jets += len(branches)
        self.selected += len(jets)
        self.classes.update(jets.label.tolist())
        self.identities.append(jet_identity(jets.event, jets.jet))
        for name, values, _ in _variables(jets):
            infinite = self._range(name).infinite
            self.ranges[name].add(values)
            if self.ranges[name].infinite > infinite and name != "jet.weight":
                self._add_overflows(branches, *name.split("."))
            if name.endswith(".phi"):
                self.counts["angles", name] += int((np.abs(values) > _MAX_PHI).sum())
        self.counts["negative_weights", ""] += int((jets.weight < 0).sum())
        self.counts["mass_shell", "jet"] += int(off_shell(jets.jet).sum())
        self.counts["padding", "jet"] += int((jets.jet["pt"] == 0).sum())
        for name, constituents in jets.sequences.items():
            self.slots.setdefault(name, SlotCounts()).add(constituents.values)
            self.repeated.setdefault(name, Repeated()).add(constituents)
            # An energy computed from a mass has more digits than one in a file.
            rounding = MASS_ROUNDING if "mass" in self.dataset.sequences[name].momentum() else ENERGY_ROUNDING
            self.counts["mass_shell", name] += int(off_shell(constituents.values, rounding).sum())
            self._add_lengths(name, constituents.counts)
            self._add_order(name, constituents)
            self._add_geometry(name, constituents.head(_GEOMETRY_JETS), jets.jet)
        return self._add_usable(jets)

    def _range(self, name: str) -> Range:
        """Return the range of a variable, with sentinels in the unit of the file."""
        if name not in self.ranges:
            scaled = self.dataset.momentum_unit == "MeV" and name.endswith((".pt", ".energy", "jet.mass"))
            self.ranges[name] = Range(sentinels=Sentinels(1e-3 if scaled else 1.0))
        return self.ranges[name]

    def _add_usable(self, jets: Chunk) -> Bools:
        unusable = np.zeros(len(jets), bool)
        for check, mask in (("not_finite", _not_finite(jets)), ("negative_energy", _negative(jets))):
            self.counts[check, ""] += int(mask.sum())
            unusable |= mask
        self.usable += int((~unusable).sum())
        return ~unusable

    def _add_overflows(self, branches: ak.Array, group: str, variable: str) -> None:
        """Count finite values of a variable's branches that are infinite in single precision."""
        named = self.dataset.jet if group == "jet" else self.dataset.sequences[group]
        section = named if named is not None else self.dataset.sequences["constituents"]
        known = section.branches()
        for branch in [known[variable]] if variable in known else section.momentum().values():
            values = ak.to_numpy(ak.flatten(branches[branch], axis=None)).astype(np.float64)
            largest = float(np.abs(values[np.isfinite(values)]).max(initial=0))
            if largest > _FLOAT32_MAX:
                self.overflows[branch] = max(largest, self.overflows.get(branch, 0))

    def _add_lengths(self, name: str, lengths: npt.NDArray[np.int64]) -> None:
        self.counts["empty_jets", name] += int((lengths == 0).sum())
        self.counts["long_jets", name] += int((lengths > self.dataset.sequences[name].max_length).sum())
        self.longest[name] = max(self.longest[name], int(lengths.max(initial=0)))

    def _add_order(self, name: str, constituents: Ragged) -> None:
        order = self.dataset.sequences[name].order
        increases = constituents.increases(evaluate(order, constituents.values, constituents.counts.sum()))
        if increases.any():
            self.counts["unordered", name] += int(constituents.jets_with(increases).sum())

    def _add_geometry(self, name: str, constituents: Ragged, jet: Mapping[str, Values]) -> None:
        """Compare the constituents of some jets with the jet: their summed pT, and their mean ΔR from its axis."""
        values, jet_index, jets = constituents.values, constituents.jet_index, len(constituents.counts)
        with np.errstate(all="ignore"):
            delta_phi = abs_delta_phi(values["phi"], jet["phi"][jet_index])
            delta_r = np.hypot(values["eta"] - jet["eta"][jet_index], delta_phi)
            sums = np.bincount(jet_index, values["pt"], jets)
            mean = np.bincount(jet_index, values["pt"] * delta_r, jets) / sums
            positive = sums > 0
            shares = (sums / jet["pt"][:jets])[positive]
        self.pt_shares.setdefault(name, []).append(shares[np.isfinite(shares)])
        self.counts["far", name] += int((mean[positive] > _MAX_DELTA_R).sum())
        self.geometry_jets[name] += int(positive.sum())

    def count_duplicates(self) -> int:
        """Return how many jets are duplicates of an earlier one in the file."""
        identities = np.concatenate(self.identities) if self.identities else np.empty(0, np.uint64)
        return len(identities) - len(np.unique(identities))


def _variables(jets: Chunk) -> Iterator[tuple[str, Values, Ragged | None]]:
    """Yield name, such as constituents.pt, and values of every variable, and its sequence if it is of constituents."""
    yield "jet.weight", jets.weight, None
    for name, values in jets.jet.items():
        yield f"jet.{name}", values, None
    for sequence, constituents in jets.sequences.items():
        for name, values in constituents.values.items():
            yield f"{sequence}.{name}", values, constituents


def _not_finite(jets: Chunk) -> Bools:
    """Return which jets (N,) have a value, or a constituent with a value, that is NaN or infinite."""
    jets_mask = np.zeros(len(jets), bool)
    for _, values, constituents in _variables(jets):
        # The sum is cheap, and finite only if all values are.
        if not np.isfinite(np.sum(values, dtype=np.float64)):
            mask = ~np.isfinite(values)
            jets_mask |= mask if constituents is None else constituents.jets_with(mask)
    return jets_mask


def _negative(jets: Chunk) -> Bools:
    """Return which jets (N,) have a negative pT or energy, their own or a constituent's."""
    jets_mask = np.zeros(len(jets), bool)
    for name, values, constituents in _variables(jets):
        if name.endswith((".pt", ".energy")) and values.min(initial=0) < 0:
            jets_mask |= values < 0 if constituents is None else constituents.jets_with(values < 0)
    return jets_mask
