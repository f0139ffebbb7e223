"""Events with jets in two pieces of an official split, which leak from training into the test."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from tagwerk.cards.check_levels import Severity
from tagwerk.checks.check_result import Fault
from tagwerk.checks.identities import Identities, IdentityRows


class Leaks:
    """Compares the events of all parts of a dataset."""

    def __init__(self, identities: Identities) -> None:
        self._origins: dict[tuple[str, str], int] = {}
        self._identities = identities

    def add(self, part: str, piece: str, event: npt.NDArray[np.uint64]) -> None:
        """Add the events of some jets of a part, all of one piece."""
        self._identities.add(self._origins.setdefault((piece, part), len(self._origins)), event)

    def fault(self, severity: Severity) -> Fault | None:
        """Return how many events have jets in two pieces or more, with an example; None if there are none."""
        return leak_fault(self._identities, list(self._origins), severity)


def leak_fault(buckets: Iterable[IdentityRows], origins: list[tuple[str, str]], severity: Severity) -> Fault | None:
    """Return how many events have jets in two pieces or more, with an example; None if there are none.

    Args:
        buckets: events with the indices of their origins, by ascending event.
        origins: piece and part of each index.
        severity: of the fault.
    """
    names = [piece for piece, _ in origins]
    piece = np.array([names.index(name) for name in names])
    events, leaks, example = 0, 0, None
    for rows in buckets:
        same_event = rows["identity"][1:] == rows["identity"][:-1]
        leaked = np.flatnonzero(same_event & (piece[rows["part"][1:]] != piece[rows["part"][:-1]]))
        events += len(rows) - int(same_event.sum())
        leaks += len(np.unique(rows["identity"][leaked]))
        if example is None and len(leaked):
            example = rows["part"][leaked[0] : leaked[0] + 2].tolist()
    if example is None:
        return None
    first, second = (f"{piece} ('{part}')" for piece, part in (origins[index] for index in example))
    text = f"events have jets in two pieces of the split, such as one in {first} and {second}; "
    text += "correct 'split', or 'event' if it does not distinguish events"
    return Fault(check="leaks", severity=severity, where="", count=leaks, of=events, text=text)
