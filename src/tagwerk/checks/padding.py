"""Slots of a sequence that hold no constituent: padding with 0, -999 or NaN, and removed constituents."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from tagwerk.arrays import Bools, Values
from tagwerk.cards.expressions import evaluate

# No detector reaches so close to the beam; sentinels such as -999 and Delphes' 999.9 lie beyond.
_MAX_ETA = 15
# Selections to suggest for a sequence, the shortest first.
_SELECTIONS = (
    "pt > 0", "energy > 0", "pt > 0 and energy > 0", f"pt > 0 and abs(eta) < {_MAX_ETA}",
    f"pt > 0 and energy > 0 and abs(eta) < {_MAX_ETA}",
)  # fmt: skip


@dataclass(frozen=True)
class Padding:
    """Slots that hold no constituent.

    Attributes:
        selection: true for the other slots, in terms of a sequence's variables.
        slots: number of slots that hold none.
        of: number of all slots.
        contents: the values in them, as text.
    """

    selection: str
    slots: int
    of: int
    contents: str


@dataclass
class SlotCounts:
    """The slots of a sequence, counted chunk by chunk.

    Attributes:
        empty: number of slots that hold no constituent.
        of: number of all slots.
        selections: the selections that exclude exactly the empty ones.
        contents: counts of the values in empty slots, by the component that shows that they are empty.
    """

    empty: int = 0
    of: int = 0
    selections: list[str] = field(default_factory=lambda: list(_SELECTIONS))
    contents: dict[str, Counter[float]] = field(default_factory=dict)

    def add(self, momentum: Mapping[str, Values]) -> None:
        """Count slots by their pt, eta and energy."""
        mask = is_real(momentum)
        self.of += len(mask)
        if mask.all():
            return
        self.empty += int((~mask).sum())
        with np.errstate(invalid="ignore"):
            self.selections = [
                selection for selection in self.selections if (np.asarray(evaluate(selection, momentum)) == mask).all()
            ]
        name, values = _empty_component({name: momentum[name][~mask] for name in ("pt", "energy", "eta")})
        unique, counts = np.unique(np.nan_to_num(values.astype(np.float64), nan=np.inf), return_counts=True)
        self.contents.setdefault(name, Counter()).update(dict(zip(unique.tolist(), counts.tolist(), strict=True)))

    @property
    def padding(self) -> Padding | None:
        """The empty slots; None if there are none."""
        if not self.empty:
            return None
        selection = self.selections[0] if self.selections else _SELECTIONS[-1]
        contents = " and ".join(_contents_text(name, counts) for name, counts in self.contents.items())
        return Padding(selection, self.empty, self.of, contents)


def is_real(momentum: Mapping[str, Values]) -> Bools:
    """Return which slots hold a constituent: pt and energy are positive, and eta is not along the beam."""
    with np.errstate(invalid="ignore"):
        real = (momentum["pt"] > 0) & (momentum["energy"] > 0) & ~(np.abs(momentum["eta"]) >= _MAX_ETA)
    return np.asarray(real)


def find_padding(momentum: Mapping[str, Values]) -> Padding | None:
    """Return the slots of a sequence that hold no constituent; None if all do."""
    slots = SlotCounts()
    slots.add(momentum)
    return slots.padding


def _empty_component(empty: Mapping[str, Values]) -> tuple[str, Values]:
    """Return the component that shows that slots are empty, and its values there."""
    for name in ("pt", "energy"):
        wrong = ~(empty[name] > 0)
        if wrong.any():
            return name, empty[name][wrong]
    return "eta", empty["eta"]


def _contents_text(name: str, counts: Counter[float]) -> str:
    """Return the values of a component as text, such as `pt = 0 (233)`."""
    values = [f"{'NaN' if np.isinf(value) else f'{value:g}'} ({count:,})" for value, count in counts.most_common(3)]
    return f"{name} = {', '.join(values)}{' and others' * (len(counts) > len(values))}"
