"""Write the jet records of one file: selected, labelled, ordered by pT and split by event."""

from pathlib import Path
from typing import Annotated

import awkward as ak
import typer

from tagwerk.cards.dataset import Dataset
from tagwerk.errors import UserError
from tagwerk.jets.identity import split_by_event
from tagwerk.progress import progress
from tagwerk.readers.record import jet_records
from tagwerk.readers.root import entries, read
from tagwerk.shards.records import write_records


def ingest(
    file: Annotated[Path, typer.Argument(help="ROOT file to read")],
    card: Annotated[Path, typer.Argument(help="dataset card, as in config/datasets")],
    out: Annotated[Path, typer.Argument(help="directory to write, one Parquet file a split")],
) -> None:
    """Write the jet records of one file: selected, labelled, ordered by pT and split by event."""
    dataset = Dataset.load(card)
    with progress(f"ingest {file.name}", entries(file, dataset), "jets") as bar, write_records(out) as writer:
        for branches in read(file, dataset):
            records = _records(file, branches, dataset, out.name)
            writer.append(records, split_by_event(records.event.to_numpy(), dataset.split.shares))
            bar.update(len(branches))
        if not sum(writer.counts.values()):
            raise UserError(f"{file}: no jet passes the selections of {card}; correct 'selection' or 'classes'")


def _records(file: Path, branches: ak.Array, dataset: Dataset, source: str) -> ak.Array:
    try:
        return jet_records(branches, dataset, source)
    except UserError as mistake:
        raise UserError(f"{file}: {mistake}") from None
