"""Jets that stand in two files."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from tempfile import TemporaryFile
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from tagwerk.cards.checks import Severity
from tagwerk.checks.result import Fault

_ROW = np.dtype([("identity", np.uint64), ("part", np.uint32)])
_RANGES = 128  # files, each for the identities whose first bits are alike
_SHIFT = np.uint64(64 - 7)


class Duplicates:
    """Compares the jets of all parts of a dataset.

    Identities wait in files, twelve bytes a jet, each with those of one range: two alike are in the same file, and
    memory holds one file at a time.
    """

    def __init__(self, ranges: list[IO[bytes]]) -> None:
        self._parts: dict[str, int] = {}
        self._ranges = ranges

    def add(self, part: str, identities: npt.NDArray[np.uint64]) -> None:
        """Add jets of a part by their identities, as `jet_identity` gives them."""
        rows = np.empty(len(identities), _ROW)
        rows["identity"], rows["part"] = np.sort(identities), self._parts.setdefault(part, len(self._parts))
        stops = np.searchsorted(rows["identity"] >> _SHIFT, np.arange(1, _RANGES), side="left")
        for file, some in zip(self._ranges, np.split(rows, stops), strict=True):
            file.write(some.tobytes())

    def fault(self, severity: Severity) -> Fault | None:
        """Return how many jets stand in the dataset a second time or more often, and where two alike are."""
        jets, again, example = 0, 0, None
        for file in self._ranges:
            rows = _read(file)
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
    with ExitStack() as files:
        yield Duplicates([files.enter_context(TemporaryFile(prefix="tagwerk_")) for _ in range(_RANGES)])


def _read(file: IO[bytes]) -> npt.NDArray[Any]:
    """Return the rows of a file by rising identity, those alike in the order of their parts."""
    file.seek(0)
    rows = np.frombuffer(file.read(), _ROW)
    return rows[np.argsort(rows["identity"], kind="stable")]
