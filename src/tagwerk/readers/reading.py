"""The jets of a file or of arrays, checked as they are read."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import awkward as ak
import numpy as np
import pyarrow as pa

from tagwerk.cards.dataset import ROW, Dataset, FileContents
from tagwerk.checks.check_result import CheckResult
from tagwerk.checks.findings import Findings
from tagwerk.checks.judge import judge_findings
from tagwerk.checks.refusal import raise_errors
from tagwerk.checks.split_counts import SplitCounts
from tagwerk.errors import error_context
from tagwerk.jets.chunk import Chunk
from tagwerk.progress import progress
from tagwerk.readers import layout
from tagwerk.readers.array_branches import read_arrays
from tagwerk.readers.jet_record import finished, jets_of
from tagwerk.readers.links import Tally
from tagwerk.readers.unchanged import unchanged
from tagwerk.remote import data_path

# A file, or the branches of jets in memory.
Source: TypeAlias = Path | str | ak.Array | Mapping[str, Any]


class JetReader:
    """Reads the jets of a file or of arrays once, and checks them.

    Iterating gives the jets that are selected and usable, as `jets_of` makes them, chunk by chunk; `row` is the number
    of rows read so far. Afterwards `check` returns the findings.

    Raises:
        UserError: the file cannot be read, does not fit the card, or changes meanwhile.
    """

    def __init__(
        self, card: Path, dataset: Dataset, source: Source, name: str, contents: FileContents | None = None
    ) -> None:
        """Set what to read.

        Args:
            card: path of the dataset's card, for messages.
            dataset: the card.
            source: the file, or the branches of jets in memory.
            name: of this part of the dataset.
            contents: what the card says of the jets in the file; found out here by default.
        """
        self.card, self.dataset, self.name, self.row = card, dataset, name, 0
        self._arrays = None if isinstance(source, Path | str) else source
        self.file = data_path(source) if isinstance(source, Path | str) else Path("arrays")
        self._findings = Findings(dataset)
        if contents is None:
            with error_context(card):
                [contents] = dataset.contents_of([self.file])
        self._contents = contents
        self._split_counts = SplitCounts(dataset, self.file, contents.piece)
        self._tally = Tally()

    def __iter__(self) -> Iterator[Chunk]:
        with unchanged(self.file), progress(f"read {self.file.name}", self._count_rows(), "rows") as bar:
            for branches in self._chunks():
                yield self._add(branches)
                bar.update(self.row - bar.n)

    def _add(self, branches: ak.Array) -> Chunk:
        """Return the usable jets of a chunk, once its findings are added."""
        with error_context(self.file, self.card):
            jets = jets_of(branches, self.dataset, self.name, *self._contents)
        self.row = int(branches[ROW][-1]) + 1 if len(branches) else self.row
        usable = self._findings.add(branches, jets)
        jets = jets if usable.all() else jets.take(np.flatnonzero(usable))
        in_split = self._split_counts.add(jets)
        return jets if in_split.all() else jets.take(np.flatnonzero(in_split))

    def _count_rows(self) -> int | None:
        return layout.entries(self.file, self.dataset) if self._arrays is None else None

    def _chunks(self) -> Iterator[ak.Array]:
        if self._arrays is None:
            return layout.read(self.file, self.dataset, self._tally)
        return read_arrays(self._arrays, self.dataset)

    def check(self) -> CheckResult:
        """Return the findings in the chunks read so far."""
        tally = self._tally
        result = judge_findings(self.file, self._findings, tally.links, tally.dangling, tally.masked, tally.lost)
        return self._split_counts.add_to(result)


def read(card: Dataset | Path | str, source: Source, name: str | None = None) -> ak.Array:
    """Return the jet records of a file or of arrays: selected, labelled, checked, ordered by pT, and split.

    The fields are those of `tagwerk.readers.jet_record`, and `split`: train, validation or test, or the fold.

    Args:
        card: of the dataset, or its path or name.
        source: a file, or the branches that the card names, by name: one number or list of numbers per jet.
        name: of this part of the dataset, the field `source`; by default the file's name.

    Raises:
        UserError: the file cannot be read, or it does not fit the card, or the check finds an error.
    """
    path, dataset = Dataset.located(card)
    reading = JetReader(path, dataset, source, name or _name(source))
    chunks, pieces = [], [np.empty(0, np.int64)]
    for jets in reading:
        chunks.append(finished(jets, dataset))
        pieces.append(jets.piece)
    raise_errors(reading.check(), path)
    names = np.array(dataset.split.piece_names())
    return ak.with_field(ak.concatenate(chunks), ak.from_arrow(pa.array(names[np.concatenate(pieces)])), "split")


def check(card: Dataset | Path | str, source: Source) -> CheckResult:
    """Return what a check of a file or of arrays against a dataset's card finds; arguments are those of `read`.

    Raises:
        UserError: the file cannot be read, or does not fit the card.
    """
    path, dataset = Dataset.located(card)
    reading = JetReader(path, dataset, source, _name(source))
    for _ in reading:
        pass
    return reading.check()


def _name(source: Source) -> str:
    return data_path(source).stem if isinstance(source, Path | str) else "arrays"
