"""The jets of a file, checked as they are read."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tagwerk.cards.dataset import ROW, Dataset
from tagwerk.checks.check_result import CheckResult
from tagwerk.checks.findings import Findings
from tagwerk.checks.judge import judge_findings
from tagwerk.checks.split_counts import SplitCounts
from tagwerk.errors import error_context
from tagwerk.jets.chunk import Chunk
from tagwerk.readers.jet_record import jets_of
from tagwerk.readers.layout import read
from tagwerk.readers.links import Tally


class JetReader:
    """Reads the jets of a file once, and checks them.

    Iterating gives the jets that are selected and usable, as `jets_of` makes them, chunk by chunk; `row` is the number
    of rows read so far. Afterwards `check` returns the findings.

    Raises:
        UserError: the file cannot be read, or does not fit the card.
    """

    def __init__(self, file: Path, card: Path, dataset: Dataset, source: str) -> None:
        self.file, self.card, self.dataset, self.source = file, card, dataset, source
        self.row = 0
        self._findings = Findings(dataset)
        with error_context(card):
            self._split_counts = SplitCounts(dataset, file)
        self._tally = Tally()

    def __iter__(self) -> Iterator[Chunk]:
        with error_context(self.card):
            classes = self.dataset.classes_in(self.file)
        for branches in read(self.file, self.dataset, self._tally):
            with error_context(self.file, self.card):
                jets = jets_of(branches, self.dataset, self.source, classes, self._split_counts.file_piece)
            self.row = int(branches[ROW][-1]) + 1 if len(branches) else self.row
            usable = self._findings.add(branches, jets)
            jets = jets if usable.all() else jets.take(np.flatnonzero(usable))
            in_split = self._split_counts.add(jets)
            yield jets if in_split.all() else jets.take(np.flatnonzero(in_split))

    def check(self) -> CheckResult:
        """Return the findings in the chunks read so far."""
        tally = self._tally
        result = judge_findings(self.file, self._findings, tally.links, tally.dangling, tally.masked, tally.lost)
        return self._split_counts.add_to(result)
