"""Slots of a sequence that hold no constituent: padding by 0, -999 or NaN, and constituents that were removed."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from tagwerk.arrays import Bools, Values
from tagwerk.cards.expressions import evaluate

_LARGEST_ETA = 15
# What may be written as a sequence's selection, the shortest first.
_SELECTIONS = (
    "pt > 0", "energy > 0", "pt > 0 and energy > 0", f"pt > 0 and abs(eta) < {_LARGEST_ETA}",
    f"pt > 0 and energy > 0 and abs(eta) < {_LARGEST_ETA}",
)  # fmt: skip


@dataclass(frozen=True)
class Padding:
    """Slots that hold no constituent.

    Attributes:
        selection: true for the others, in terms of a sequence's variables.
        slots: how many there are, of `of`.
        of: all slots.
        said: which values they hold.
    """

    selection: str
    slots: int
    of: int
    said: str


@dataclass
class Slots:
    """The slots of a sequence, counted chunk by chunk.

    Attributes:
        empty: how many hold no constituent, of `of`.
        of: how many there are.
        fitting: the selections that leave out exactly the empty ones.
        held: what these hold, by the component that tells it.
    """

    empty: int = 0
    of: int = 0
    fitting: list[str] = field(default_factory=lambda: list(_SELECTIONS))
    held: dict[str, Counter[float]] = field(default_factory=dict)

    def add(self, momentum: Mapping[str, Values]) -> None:
        """Count slots by their pt, eta and energy."""
        flags = real(momentum)
        self.of += len(flags)
        if flags.all():
            return
        self.empty += int((~flags).sum())
        with np.errstate(invalid="ignore"):
            self.fitting = [each for each in self.fitting if (np.asarray(evaluate(each, momentum)) == flags).all()]
        name, values = _telling({name: momentum[name][~flags] for name in ("pt", "energy", "eta")})
        found, counts = np.unique(np.nan_to_num(values.astype(np.float64), nan=np.inf), return_counts=True)
        self.held.setdefault(name, Counter()).update(dict(zip(found.tolist(), counts.tolist(), strict=True)))

    @property
    def padding(self) -> Padding | None:
        """What is to be said of the empty slots; nothing if there are none."""
        if not self.empty:
            return None
        selection = self.fitting[0] if self.fitting else _SELECTIONS[-1]
        return Padding(selection, self.empty, self.of, " and ".join(map(_said, self.held, self.held.values())))


def real(momentum: Mapping[str, Values]) -> Bools:
    """Return which slots hold a constituent, from their pt, eta and energy: positive, and not along the beam."""
    with np.errstate(invalid="ignore"):
        sound = (momentum["pt"] > 0) & (momentum["energy"] > 0) & ~(np.abs(momentum["eta"]) >= _LARGEST_ETA)
    return np.asarray(sound)


def padding(momentum: Mapping[str, Values]) -> Padding | None:
    """Return what is to be said of a sequence's slots that hold no constituent; nothing if all do."""
    slots = Slots()
    slots.add(momentum)
    return slots.padding


def _telling(empty: Mapping[str, Values]) -> tuple[str, Values]:
    """Return the component that tells that slots are empty, and what it holds there."""
    for name in ("pt", "energy"):
        wrong = ~(empty[name] > 0)
        if wrong.any():
            return name, empty[name][wrong]
    return "eta", empty["eta"]


def _said(name: str, held: Counter[float]) -> str:
    """Return what a component holds, such as `pt = 0 (233)`."""
    listed = [f"{'NaN' if np.isinf(value) else f'{value:g}'} ({count:,})" for value, count in held.most_common(3)]
    return f"{name} = {', '.join(listed)}{' and others' * (len(held) > len(listed))}"
