"""Jets that stand in two files."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tagwerk.cards.checks import Severity
from tagwerk.checks.result import Fault


class Duplicates:
    """Compares the jets of all parts of a dataset; keeps eight bytes a jet."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._identities: list[npt.NDArray[np.uint64]] = []

    def add(self, part: str, identities: npt.NDArray[np.uint64]) -> None:
        """Add jets of a part by their identities, as `jet_identity` gives them."""
        self._parts.append(part)
        self._identities.append(identities)

    def fault(self, severity: Severity) -> Fault | None:
        """Return how many jets stand in the dataset a second time or more often, and where two alike are."""
        counts = [len(each) for each in self._identities]
        every = np.concatenate([*self._identities, np.empty(0, np.uint64)])
        _, first, inverse = np.unique(every, return_index=True, return_inverse=True)
        again = np.flatnonzero(first[inverse] != np.arange(len(every)))
        if not len(again):
            return None
        stops = np.cumsum(counts)
        one, other = (self._part(stops, int(place)) for place in (first[inverse[again[0]]], again[0]))
        text = f"jets stand a second time, with the same event and momentum, such as one of '{one}' in '{other}'; "
        text += "leave one of the files out, or correct 'event'"
        return Fault(check="duplicates", severity=severity, where="", count=len(again), of=len(every), text=text)

    def _part(self, stops: Sequence[int] | npt.NDArray[np.int64], place: int) -> str:
        return self._parts[int(np.searchsorted(stops, place, side="right"))]
