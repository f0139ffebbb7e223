"""The jet records of one file or of several, written to a directory."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import awkward as ak
import numpy as np

from tagwerk.arrays import Ints
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.input_files import name_parts
from tagwerk.cards.official_split import unassigned
from tagwerk.checks.check_result import CheckResult
from tagwerk.checks.refusal import raise_errors
from tagwerk.errors import error_context
from tagwerk.readers.jet_record import finished
from tagwerk.readers.reading import JetReader
from tagwerk.records.store import write_records

_JOINED = 10_000  # jets: chunks of several files are written together up to as many


class _Records(NamedTuple):
    """Jet records (N,) and the index of the piece of each."""

    records: ak.Array
    piece: Ints


def ingest(
    card: Dataset | Path | str, file: Path, out: Path, watch: Callable[[CheckResult], None] = lambda result: None
) -> CheckResult:
    """Write the jet records of a file, one Parquet file per split or fold, and return the result of its check.

    Args:
        card: of the dataset, or its path or name.
        file: to read.
        out: the directory, whose name is that of the part.
        watch: called with the result of the check, also if that is an error.

    Raises:
        UserError: the file cannot be read, or it does not fit the card, or the check finds an error; nothing
            is written.
    """
    return ingest_files(card, [file], out, watch)[0]


def ingest_files(
    card: Dataset | Path | str,
    files: Sequence[Path],
    out: Path,
    watch: Callable[[CheckResult], None] = lambda result: None,
) -> list[CheckResult]:
    """Write the jet records of several files to one directory; arguments are those of `ingest`.

    The `source` of a record is the name of the directory; with several files, also that of the file.
    """
    path, dataset = Dataset.located(card)
    names = {out.name: files[0]} if len(files) == 1 else name_parts([*files])
    with error_context(path):
        contents = dataset.contents_of(names.values())
        for file, content in zip(names.values(), contents, strict=True):
            if dataset.split.files is not None and content.piece is None:
                raise unassigned(file)
    results = []

    def records() -> Iterator[_Records]:
        """Yield the records of each file chunk by chunk."""
        for (name, file), content in zip(names.items(), contents, strict=True):
            source = name if len(names) == 1 else f"{out.name}/{name}"
            reading = JetReader(path, dataset, file, source, content)
            for jets in reading:
                order = np.argsort(jets.piece, kind="stable")
                yield _Records(finished(jets, dataset, order), jets.piece[order])
            results.append(reading.check())
            watch(results[-1])
            raise_errors(results[-1], path)

    with write_records(out, dataset.split.piece_names()) as writer:
        for each in records() if len(names) == 1 else _joined(records()):
            writer.append(*each)
    return results


def _joined(chunks: Iterable[_Records]) -> Iterator[_Records]:
    """Yield the same records in larger chunks: small ones would be as many small row groups."""
    held: list[_Records] = []
    for chunk in chunks:
        if held and sum(len(each.piece) for each in held) + len(chunk.piece) > _JOINED:
            yield _concatenated(held)
            held = []
        held.append(chunk)
    if held:
        yield _concatenated(held)


def _concatenated(chunks: list[_Records]) -> _Records:
    records, pieces = zip(*chunks, strict=True)
    return _Records(ak.concatenate(records), np.concatenate(pieces))
