"""Write the jet records of one file: selected, labelled, ordered by pT and split by event."""

from pathlib import Path
from typing import Annotated

import typer

from tagwerk.cards.dataset import Dataset
from tagwerk.errors import UserError, naming
from tagwerk.jets.identity import split_by_event
from tagwerk.progress import progress
from tagwerk.readers.layout import entries, read
from tagwerk.readers.record import jet_records
from tagwerk.shards.records import write_records


def ingest(
    file: Annotated[Path, typer.Argument(help="ROOT or HDF5 file to read")],
    card: Annotated[Path, typer.Argument(help="dataset card, as in config/datasets")],
    out: Annotated[Path, typer.Argument(help="directory to write, one Parquet file a split or fold")],
) -> None:
    """Write the jet records of one file: selected, labelled, ordered by pT and split by event."""
    dataset = Dataset.load(card)
    classes = dataset.classes_in(file)
    rows, shares = entries(file, dataset), dataset.split.shares()
    total = rows if dataset.jets is None else None  # how many jets rows of events hold shows only as they are read
    with progress(f"ingest {file.name}", total, "jets") as bar, write_records(out, list(shares)) as writer:
        for branches in read(file, dataset):
            with naming(file, card):
                records = jet_records(branches, dataset, out.name, classes)
            writer.append(records, split_by_event(records.event.to_numpy(), list(shares.values())))
            bar.update(len(branches))
        if not sum(writer.counts.values()):
            raise UserError(f"{file}: no jet passes the selections of {card}; correct 'selection' or 'classes'")
