"""The jet records of one file, written to a directory."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from tagwerk.cards.dataset import Dataset
from tagwerk.checks.check_result import CheckResult
from tagwerk.checks.refusal import raise_errors
from tagwerk.errors import error_context
from tagwerk.readers.jet_record import finished
from tagwerk.readers.reading import JetReader
from tagwerk.records.store import write_records


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
    path, dataset = Dataset.located(card)
    if dataset.split.files is not None:
        with error_context(path):
            dataset.split.files.check_file(file)
    reading = JetReader(path, dataset, file, out.name)
    with write_records(out, dataset.split.piece_names()) as writer:
        for jets in reading:
            order = np.argsort(jets.piece, kind="stable")
            writer.append(finished(jets, dataset, order), jets.piece[order])
        result = reading.check()
        watch(result)
        raise_errors(result, path)
    return result
