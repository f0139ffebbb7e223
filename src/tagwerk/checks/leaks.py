"""Events of which an official split has jets in two pieces: what is learnt from one is tested on the other."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from tagwerk.cards.check_levels import Severity
from tagwerk.checks.check_result import Fault
from tagwerk.checks.identities import Identities, Rows


class Leaks:
    """Compares the events of all parts of a dataset."""

    def __init__(self, identities: Identities) -> None:
        self._places: dict[tuple[str, str], int] = {}
        self._identities = identities

    def add(self, part: str, piece: str, event: npt.NDArray[np.uint64]) -> None:
        """Add the events of some jets of a part, all of one piece."""
        self._identities.add(self._places.setdefault((piece, part), len(self._places)), event)

    def fault(self, severity: Severity) -> Fault | None:
        """Return how many events have jets in two pieces or more, and where one of them has."""
        return fault_of(self._identities, list(self._places), severity)


def fault_of(ranges: Iterable[Rows], places: list[tuple[str, str]], severity: Severity) -> Fault | None:
    """Return how many events have jets in two pieces or more, and where one of them has; None where none does.

    Args:
        ranges: events and the numbers of their places, by rising event.
        places: a piece and the part, for each number.
        severity: of the fault.
    """
    names = [piece for piece, _ in places]
    piece = np.array([names.index(name) for name in names])
    events, shared, example = 0, 0, None
    for rows in ranges:
        same = rows["identity"][1:] == rows["identity"][:-1]
        apart = np.flatnonzero(same & (piece[rows["part"][1:]] != piece[rows["part"][:-1]]))
        events += len(rows) - int(same.sum())
        shared += len(np.unique(rows["identity"][apart]))
        if example is None and len(apart):
            example = rows["part"][apart[0] : apart[0] + 2].tolist()
    if example is None:
        return None
    (one, here), (other, there) = (places[number] for number in example)
    text = f"events have jets in two pieces of the split, such as one in {one} ('{here}') and {other} ('{there}'); "
    text += "correct 'split', or 'event' where different events are taken for one"
    return Fault(check="leaks", severity=severity, where="", count=shared, of=events, text=text)
