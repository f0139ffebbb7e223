"""Write the jet records of one file: selected, labelled, checked, ordered by pT and split by event."""

from pathlib import Path
from typing import Annotated

import awkward as ak
import numpy as np
import numpy.typing as npt
import typer

from tagwerk.cards.dataset import Dataset
from tagwerk.checks.verdict import refuse
from tagwerk.jets.chunk import Chunk
from tagwerk.jets.identity import split_by_event
from tagwerk.jets.substructure import add_variables
from tagwerk.progress import progress
from tagwerk.readers.layout import entries
from tagwerk.readers.reading import Reading
from tagwerk.readers.record import ordered, with_trees
from tagwerk.shards.records import write_records


def ingest(
    file: Annotated[Path, typer.Argument(help="ROOT, HDF5, Parquet or .npz file to read")],
    card: Annotated[Path, typer.Argument(help="dataset card, as in config/datasets")],
    out: Annotated[Path, typer.Argument(help="directory to write, one Parquet file a split or fold")],
) -> None:
    """Write the jet records of one file: selected, labelled, checked, ordered by pT and split by event."""
    dataset = Dataset.load(card)
    reading = Reading(file, card, dataset, out.name)
    with (
        progress(f"ingest {file.name}", entries(file, dataset), "rows") as bar,
        write_records(out, list(dataset.split.shares())) as writer,
    ):
        for jets in reading:
            writer.append(*_split(jets, dataset))
            bar.update(reading.row - bar.n)
        refuse(reading.check(), card)


def _split(jets: Chunk, dataset: Dataset) -> tuple[ak.Array, npt.NDArray[np.int64]]:
    """Return finished records, those of each piece together, and the index of each one's piece."""
    piece = split_by_event(jets.event, list(dataset.split.shares().values()))
    order = np.argsort(piece, kind="stable")
    records = with_trees(ordered(jets, dataset, order), dataset).records()
    if dataset.substructure:
        records = add_variables(records, dataset.substructure)
    return records, piece[order]
