"""Jets that stand in two files."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt

from tagwerk.cards.check_levels import Severity
from tagwerk.checks.check_result import Fault
from tagwerk.checks.identities import Identities, temporary


class Duplicates:
    """Compares the jets of all parts of a dataset."""

    def __init__(self, identities: Identities) -> None:
        self._parts: dict[str, int] = {}
        self._identities = identities

    def add(self, part: str, identities: npt.NDArray[np.uint64]) -> None:
        """Add jets of a part by their identities, as `jet_identity` gives them."""
        self._identities.add(self._parts.setdefault(part, len(self._parts)), identities)

    def fault(self, severity: Severity) -> Fault | None:
        """Return how many jets stand in the dataset a second time or more often, and where two alike are."""
        jets, again, example = 0, 0, None
        for rows in self._identities:
            alike = np.flatnonzero(rows["identity"][1:] == rows["identity"][:-1])
            jets, again = jets + len(rows), again + len(alike)
            if example is None and len(alike):
                example = rows["part"][alike[0] : alike[0] + 2].tolist()
        if example is None:
            return None
        one, other = (list(self._parts)[number] for number in example)
        text = f"jets stand a second time, with the same event and momentum, such as one of '{one}' in '{other}'; "
        text += "leave one of the files out, or correct 'event'"
        return Fault(check="duplicates", severity=severity, where="", count=again, of=jets, text=text)


@contextmanager
def comparison() -> Iterator[Duplicates]:
    """Give a comparison in temporary files, which are gone afterwards."""
    with temporary() as identities:
        yield Duplicates(identities)
