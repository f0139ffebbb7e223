"""Jets that are in a dataset more than once."""

import numpy as np
import numpy.typing as npt

from tagwerk.cards.check_levels import Severity
from tagwerk.checks.check_result import Fault
from tagwerk.checks.identities import Identities


class Duplicates:
    """Compares the jets of all parts of a dataset."""

    def __init__(self, identities: Identities) -> None:
        self._parts: dict[str, int] = {}
        self._identities = identities

    def add(self, part: str, identities: npt.NDArray[np.uint64]) -> None:
        """Add jets of a part by their identities, as returned by `jet_identity`."""
        self._identities.add(self._parts.setdefault(part, len(self._parts)), identities)

    def fault(self, severity: Severity) -> Fault | None:
        """Return how many jets are duplicates of an earlier one, and an example; None if there are none."""
        jets, duplicates, example = 0, 0, None
        for rows in self._identities:
            equal = np.flatnonzero(rows["identity"][1:] == rows["identity"][:-1])
            jets, duplicates = jets + len(rows), duplicates + len(equal)
            if example is None and len(equal):
                example = rows["part"][equal[0] : equal[0] + 2].tolist()
        if example is None:
            return None
        original, duplicate = (list(self._parts)[part] for part in example)
        text = f"jets are duplicates, with the same event and momentum, such as one of '{original}' in '{duplicate}'; "
        text += "leave out one of the files, or correct 'event'"
        return Fault(check="duplicates", severity=severity, where="", count=duplicates, of=jets, text=text)
