"""What a check of one file counts of an official split."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import numpy as np

from tagwerk.arrays import Bools
from tagwerk.cards.check_levels import Severity
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.split import SPLITS
from tagwerk.checks.check_result import Check, Fault
from tagwerk.checks.identities import ROW, Rows, rows_of
from tagwerk.checks.leaks import fault_of
from tagwerk.jets.chunk import Chunk

_GRAVITY = get_args(Severity)


class Pieces:
    """Counts the usable jets of a file by piece.

    Attributes:
        of_file: the piece that the whole file is of, if the card says so.
    """

    def __init__(self, dataset: Dataset, file: Path) -> None:
        self._split, self._checks, self._file = dataset.split, dataset.checks, file
        self.of_file = self._split.files.piece_of(file) if self._split.files is not None else None
        self._counts = np.zeros(len(SPLITS) + 1, np.int64)  # the last one of jets of no piece
        self._events: list[Rows] = []

    def add(self, jets: Chunk) -> Bools:
        """Count jets; return which (N,) can be used: all but those that no selection of an official split takes."""
        if not self._split.official:
            return np.ones(len(jets), bool)
        self._counts += np.bincount(jets.piece % len(self._counts), minlength=len(self._counts))  # -1 is the last
        if self._split.selections is None:
            return np.ones(len(jets), bool)
        self._events += [rows_of(piece, jets.event[jets.piece == piece]) for piece in range(len(SPLITS))]
        return np.asarray(jets.piece >= 0)

    def completed(self, check: Check) -> Check:
        """Return the check of the file with what was counted here."""
        if not self._split.official:
            return check
        *counts, none = self._counts.tolist()
        faults = sorted([*check.faults, *self._faults(none)], key=lambda fault: _GRAVITY.index(fault.severity))
        pieces = dict(zip(SPLITS, counts, strict=True))
        left_out = check.left_out + (none if self._split.selections is not None else 0)
        return check.model_copy(update={"faults": faults, "pieces": pieces, "left_out": left_out})

    def _faults(self, none: int) -> Iterator[Fault]:
        jets, where = int(self._counts.sum()), f"split.{self._split.kind}"
        if self._split.selections is None:
            if self.of_file is None:
                text = "the file is in none of the pieces' patterns, so `tagwerk ingest` refuses it; add it to one"
                yield Fault(check="unsplit", severity="warning", where=where, count=none, of=jets, text=text)
            return
        if none:
            given = ", ".join(f"'{each}'" for each in self._split.selections.given().values())
            text = f"jets fulfil none of {given}; correct them, or let ingest leave such jets out with"
            text += " `checks: {unsplit: warning}`"
            yield Fault(check="unsplit", severity=self._checks.unsplit, where=where, count=none, of=jets, text=text)
        rows = np.concatenate([np.empty(0, ROW), *self._events])
        places = [(split, self._file.stem) for split in SPLITS]
        leaked = fault_of([np.sort(rows, order="identity")], places, self._checks.leaks)
        if leaked is not None:
            yield leaked
