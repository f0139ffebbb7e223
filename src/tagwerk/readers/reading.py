"""The jets of a file, checked as they are read."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tagwerk.cards.dataset import ROW, Dataset
from tagwerk.checks.check_result import Check
from tagwerk.checks.findings import Findings
from tagwerk.checks.judge import check_of
from tagwerk.checks.split_counts import Pieces
from tagwerk.errors import naming
from tagwerk.jets.chunk import Chunk
from tagwerk.readers.jet_record import jets_of
from tagwerk.readers.layout import read
from tagwerk.readers.links import Tally


class Reading:
    """A file's jets, read once, and what is found on the way.

    Iterating gives the jets that are selected and can be used, as `jets_of` makes them, chunk after chunk; `row` is how
    many rows of the file were read. Then `check` says what was found.

    Raises:
        UserError: the file cannot be read, or does not fit the card.
    """

    def __init__(self, file: Path, card: Path, dataset: Dataset, source: str) -> None:
        self.file, self.card, self.dataset, self.source = file, card, dataset, source
        self.row = 0
        self._findings = Findings(dataset)
        with naming(card):
            self._pieces = Pieces(dataset, file)
        self._tally = Tally()

    def __iter__(self) -> Iterator[Chunk]:
        with naming(self.card):
            classes = self.dataset.classes_in(self.file)
        for branches in read(self.file, self.dataset, self._tally):
            with naming(self.file, self.card):
                jets = jets_of(branches, self.dataset, self.source, classes, self._pieces.of_file)
            self.row = int(branches[ROW][-1]) + 1 if len(branches) else self.row
            sound = self._findings.add(branches, jets)
            jets = jets if sound.all() else jets.take(np.flatnonzero(sound))
            split = self._pieces.add(jets)
            yield jets if split.all() else jets.take(np.flatnonzero(split))

    def check(self) -> Check:
        """Return what was found in the chunks read so far."""
        tally = self._tally
        found = check_of(self.file, self._findings, tally.links, tally.dangling, tally.masked, tally.lost)
        return self._pieces.completed(found)
