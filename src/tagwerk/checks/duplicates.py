"""Jets that stand in two files."""

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
        every = np.sort(np.concatenate([*self._identities, np.empty(0, np.uint64)]))
        again = every[1:][every[1:] == every[:-1]]
        if not len(again):
            return None
        one, *others = [
            part
            for part, identities in zip(self._parts, self._identities, strict=True)
            for _ in range(int((identities == again[0]).sum()))
        ]
        text = f"jets stand a second time, with the same event and momentum, such as one of '{one}' in '{others[0]}'; "
        text += "leave one of the files out, or correct 'event'"
        return Fault(check="duplicates", severity=severity, where="", count=len(again), of=len(every), text=text)
