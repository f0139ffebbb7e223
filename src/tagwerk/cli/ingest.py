"""Write the jet records of one file: selected, labelled, checked, ordered by pT and split."""

from pathlib import Path
from typing import Annotated

import awkward as ak
import numpy as np
import numpy.typing as npt
import typer

from tagwerk.cards.dataset import Dataset
from tagwerk.checks.check_text import format_result
from tagwerk.checks.refusal import raise_errors
from tagwerk.checksums import write_json
from tagwerk.errors import error_context
from tagwerk.files import atomic_write
from tagwerk.jets.chunk import Chunk
from tagwerk.jets.substructure import add_variables
from tagwerk.progress import progress
from tagwerk.readers.jet_record import ordered, with_trees
from tagwerk.readers.layout import entries
from tagwerk.readers.reading import JetReader
from tagwerk.records.store import write_records


def ingest(
    file: Annotated[Path, typer.Argument(help="ROOT, HDF5, Parquet or .npz file to read")],
    card: Annotated[Path, typer.Argument(help="dataset card, as in config/datasets")],
    out: Annotated[Path, typer.Argument(help="output directory, with one Parquet file per split or fold")],
    check: Annotated[
        Path | None, typer.Option(help="JSON file for the findings of `tagwerk check`, made in the same pass")
    ] = None,
) -> None:
    """Write the jet records of one file: selected, labelled, checked, ordered by pT and split."""
    dataset = Dataset.load(card)
    with error_context(card):
        if dataset.split.files is not None:
            dataset.split.files.check_file(file)
    reading = JetReader(file, card, dataset, out.name)
    with (
        progress(f"ingest {file.name}", entries(file, dataset), "rows") as bar,
        write_records(out, dataset.split.piece_names()) as writer,
    ):
        for jets in reading:
            writer.append(*_split(jets, dataset))
            bar.update(reading.row - bar.n)
        result = reading.check()
        if check is not None:
            print(format_result(result))
        raise_errors(result, card)
    if check is not None:
        with atomic_write(check) as draft:
            write_json(draft, result)


def _split(jets: Chunk, dataset: Dataset) -> tuple[ak.Array, npt.NDArray[np.int64]]:
    """Return the finished records grouped by piece, and the index of each record's piece."""
    order = np.argsort(jets.piece, kind="stable")
    records = with_trees(ordered(jets, dataset, order), dataset).records()
    if dataset.substructure:
        records = add_variables(records, dataset.substructure)
    return records, jets.piece[order]
