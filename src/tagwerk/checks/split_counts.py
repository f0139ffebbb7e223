"""The jets of one file per piece of an official split, counted for its check."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import numpy as np

from tagwerk.arrays import Bools
from tagwerk.cards.check_levels import Severity
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.split import SPLITS
from tagwerk.checks.check_result import CheckResult, Fault
from tagwerk.checks.identities import IDENTITY_DTYPE, IdentityRows, identity_rows
from tagwerk.checks.leaks import leak_fault
from tagwerk.jets.chunk import Chunk

_SEVERITIES = get_args(Severity)


class SplitCounts:
    """Counts the usable jets of a file per piece."""

    def __init__(self, dataset: Dataset, file: Path, piece: str | None) -> None:
        """Set the file, and the piece to which it belongs if the card assigns files to pieces."""
        self._split, self._checks, self._file, self._piece = dataset.split, dataset.checks, file, piece
        self._counts = np.zeros(len(SPLITS) + 1, np.int64)  # the last is of jets in no piece
        self._events: list[IdentityRows] = []

    def add(self, jets: Chunk) -> Bools:
        """Count jets; return which (N,) are usable: all but those that pass no selection of an official split."""
        if not self._split.official:
            return np.ones(len(jets), bool)
        self._counts += np.bincount(jets.piece % len(self._counts), minlength=len(self._counts))  # -1 is the last
        if self._split.selections is None:
            return np.ones(len(jets), bool)
        self._events += [identity_rows(piece, jets.event[jets.piece == piece]) for piece in range(len(SPLITS))]
        return np.asarray(jets.piece >= 0)

    def add_to(self, result: CheckResult) -> CheckResult:
        """Return the result of the file's check with these counts and their faults."""
        if not self._split.official:
            return result
        *counts, none = self._counts.tolist()
        faults = sorted([*result.faults, *self._faults(none)], key=lambda fault: _SEVERITIES.index(fault.severity))
        pieces = dict(zip(SPLITS, counts, strict=True))
        left_out = result.left_out + (none if self._split.selections is not None else 0)
        return result.model_copy(update={"faults": faults, "pieces": pieces, "left_out": left_out})

    def _faults(self, none: int) -> Iterator[Fault]:
        jets, where = int(self._counts.sum()), f"split.{self._split.kind}"
        if self._split.selections is None:
            if self._piece is None:
                text = "the file matches no pattern of the pieces, so `tagwerk ingest` refuses it; add it to one"
                yield Fault(check="unsplit", severity="warning", where=where, count=none, of=jets, text=text)
            return
        if none:
            selections = ", ".join(f"'{selection}'" for selection in self._split.selections.by_piece().values())
            text = f"jets pass none of {selections}; correct them, or let ingest drop such jets with"
            text += " `checks: {unsplit: warning}`"
            yield Fault(check="unsplit", severity=self._checks.unsplit, where=where, count=none, of=jets, text=text)
        rows = np.concatenate([np.empty(0, IDENTITY_DTYPE), *self._events])
        origins = [(split, self._file.stem) for split in SPLITS]
        leak = leak_fault([np.sort(rows, order="identity")], origins, self._checks.leaks)
        if leak is not None:
            yield leak
