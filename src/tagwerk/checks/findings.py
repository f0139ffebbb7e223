"""What is counted while a file is read, chunk after chunk."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import awkward as ak
import numpy as np
import numpy.typing as npt

from tagwerk.arrays import Bools, Values
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.expressions import evaluate
from tagwerk.checks.padding import Slots
from tagwerk.checks.range import Range
from tagwerk.checks.repeated import Repeated
from tagwerk.checks.sentinels import Sentinels
from tagwerk.jets.chunk import Chunk
from tagwerk.jets.identity import jet_identity
from tagwerk.jets.momentum import ROUNDED_MASS, ROUNDING, off_shell
from tagwerk.jets.ragged import Ragged

_LARGEST = float(np.finfo(np.float32).max)
# Geometry is looked at in at most this many jets of each chunk.
_LOOK = 500
# Beyond this an azimuth is not one in radians.
_LARGEST_PHI = 2 * np.pi + 1e-3
# A jet whose constituents are further from its axis on average, weighted by pT, is hardly theirs.
_FAR = 1.0


@dataclass
class Findings:
    """Counts over the chunks of a file, of jets unless said otherwise.

    Attributes:
        dataset: the card.
        types: of each branch, as the file has it.
        jets: that the file holds; `selected` of them pass the selections, `sound` of those can be used.
        classes: selected jets by class.
        ranges: of every variable, such as `jet.pt` or `constituents.d0`.
        overflows: of a branch that holds numbers too large for single precision, the largest.
        counts: jets by fault and sequence.
        slots: of each sequence, which may be padding.
        repeated: what ends the lists of each sequence, which may be padding too.
        longest: constituents of the longest jet, by sequence.
        shares: by sequence, the constituents' pT over the jet's, of some jets.
        looked: how many jets of a sequence `far` is counted in.
        identities: of the selected jets.
    """

    dataset: Dataset
    types: dict[str, str] = field(default_factory=dict)
    jets: int = 0
    selected: int = 0
    sound: int = 0
    classes: Counter[int] = field(default_factory=Counter)
    ranges: dict[str, Range] = field(default_factory=dict)
    overflows: dict[str, float] = field(default_factory=dict)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    slots: dict[str, Slots] = field(default_factory=dict)
    repeated: dict[str, Repeated] = field(default_factory=dict)
    longest: Counter[str] = field(default_factory=Counter)
    shares: dict[str, list[Values]] = field(default_factory=dict)
    looked: Counter[str] = field(default_factory=Counter)
    identities: list[npt.NDArray[np.uint64]] = field(default_factory=list)

    def add(self, branches: ak.Array, jets: Chunk) -> Bools:
        """Count a file's branches and the jets made of them; return which jets (N,) are sound."""
        self.types |= {name: str(branches[name].layout.form.type) for name in branches.fields if name not in self.types}
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
                self.counts["angles", name] += int((np.abs(values) > _LARGEST_PHI).sum())
        self.counts["negative_weights", ""] += int((jets.weight < 0).sum())
        self.counts["mass_shell", "jet"] += int(off_shell(jets.jet).sum())
        self.counts["padding", "jet"] += int((jets.jet["pt"] == 0).sum())
        for name, constituents in jets.sequences.items():
            self.slots.setdefault(name, Slots()).add(constituents.values)
            self.repeated.setdefault(name, Repeated()).add(constituents)
            # An energy that follows from a mass is known to more digits than one of a file.
            rounding = ROUNDED_MASS if "mass" in self.dataset.sequences[name].momentum() else ROUNDING
            self.counts["mass_shell", name] += int(off_shell(constituents.values, rounding).sum())
            self._add_lengths(name, constituents.counts)
            self._add_order(name, constituents)
            self._add_geometry(name, constituents.first(_LOOK), jets.jet)
        return self._add_sound(jets)

    def _range(self, name: str) -> Range:
        """Return what is counted of a variable, sentinels in the unit that the file has it in."""
        if name not in self.ranges:
            scaled = self.dataset.momentum_unit == "MeV" and name.endswith((".pt", ".energy", "jet.mass"))
            self.ranges[name] = Range(sentinels=Sentinels(1e-3 if scaled else 1.0))
        return self.ranges[name]

    def _add_sound(self, jets: Chunk) -> Bools:
        broken = np.zeros(len(jets), bool)
        for check, wrong in (("not_finite", _not_finite(jets)), ("negative_energy", _negative(jets))):
            self.counts[check, ""] += int(wrong.sum())
            broken |= wrong
        self.sound += int((~broken).sum())
        return ~broken

    def _add_overflows(self, branches: ak.Array, group: str, variable: str) -> None:
        """Look whether a variable is infinite because its branches are finite, but not so in single precision."""
        own = self.dataset.jet if group == "jet" else self.dataset.sequences[group]
        section = own if own is not None else self.dataset.sequences["constituents"]
        known = section.branches()
        for branch in [known[variable]] if variable in known else section.momentum().values():
            values = ak.to_numpy(ak.flatten(branches[branch], axis=None)).astype(np.float64)
            largest = float(np.abs(values[np.isfinite(values)]).max(initial=0))
            if largest > _LARGEST:
                self.overflows[branch] = max(largest, self.overflows.get(branch, 0))

    def _add_lengths(self, name: str, lengths: npt.NDArray[np.int64]) -> None:
        self.counts["empty_jets", name] += int((lengths == 0).sum())
        self.counts["long_jets", name] += int((lengths > self.dataset.sequences[name].max_length).sum())
        self.longest[name] = max(self.longest[name], int(lengths.max(initial=0)))

    def _add_order(self, name: str, constituents: Ragged) -> None:
        order = self.dataset.sequences[name].order
        rises = constituents.rises(evaluate(order, constituents.values, constituents.counts.sum()))
        if rises.any():
            self.counts["unordered", name] += int(constituents.jets_with(rises).sum())

    def _add_geometry(self, name: str, constituents: Ragged, jet: Mapping[str, Values]) -> None:
        """Look how the constituents of some jets sum up and where they lie."""
        values, owner, jets = constituents.values, constituents.owner, len(constituents.counts)
        with np.errstate(all="ignore"):
            phi = np.abs(values["phi"] - jet["phi"][owner]) % (2 * np.pi)
            distance = np.hypot(values["eta"] - jet["eta"][owner], np.minimum(phi, 2 * np.pi - phi))
            sums = np.bincount(owner, values["pt"], jets)
            mean = np.bincount(owner, values["pt"] * distance, jets) / sums
            some = sums > 0
            shares = (sums / jet["pt"][:jets])[some]
        self.shares.setdefault(name, []).append(shares[np.isfinite(shares)])
        self.counts["far", name] += int((mean[some] > _FAR).sum())
        self.looked[name] += int(some.sum())

    def duplicates(self) -> int:
        """Return how many jets stand in the file a second time or more often."""
        identities = np.concatenate(self.identities) if self.identities else np.empty(0, np.uint64)
        return len(identities) - len(np.unique(identities))


def _variables(jets: Chunk) -> Iterator[tuple[str, Values, Ragged | None]]:
    """Yield every variable by its name, such as constituents.pt, its values, and of constituents all columns."""
    yield "jet.weight", jets.weight, None
    for name, values in jets.jet.items():
        yield f"jet.{name}", values, None
    for sequence, columns in jets.sequences.items():
        for name, values in columns.values.items():
            yield f"{sequence}.{name}", values, columns


def _not_finite(jets: Chunk) -> Bools:
    """Return which jets (N,) have a value, or a constituent with one, that is infinite or not a number."""
    found = np.zeros(len(jets), bool)
    for _, values, columns in _variables(jets):
        # The sum over all is cheap, and finite only where all values are.
        if not np.isfinite(np.sum(values, dtype=np.float64)):
            wrong = ~np.isfinite(values)
            found |= wrong if columns is None else columns.jets_with(wrong)
    return found


def _negative(jets: Chunk) -> Bools:
    """Return which jets (N,) have a pT or energy below zero, their own or a constituent's."""
    found = np.zeros(len(jets), bool)
    for name, values, columns in _variables(jets):
        if name.endswith((".pt", ".energy")) and values.min(initial=0) < 0:
            found |= values < 0 if columns is None else columns.jets_with(values < 0)
    return found
