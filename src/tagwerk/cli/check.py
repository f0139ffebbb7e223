"""Check a file against a dataset card before its use: variables, classes, and what is wrong."""

from pathlib import Path
from typing import Annotated

import typer

from tagwerk.cards.dataset import Dataset
from tagwerk.checks.check_text import table
from tagwerk.checks.refusal import refuse
from tagwerk.checksums import write_json
from tagwerk.files import atomic_write
from tagwerk.progress import progress
from tagwerk.readers.layout import entries
from tagwerk.readers.reading import Reading


def check(
    file: Annotated[Path, typer.Argument(help="ROOT, HDF5, Parquet or .npz file to read")],
    card: Annotated[Path, typer.Argument(help="dataset card, as in config/datasets")],
    out: Annotated[Path | None, typer.Argument(help="JSON file to write; none by default")] = None,
) -> None:
    """Check a file against a dataset card before its use: variables, classes, and what is wrong."""
    dataset = Dataset.load(card)
    reading = Reading(file, card, dataset, file.stem)
    with progress(f"check {file.name}", entries(file, dataset), "rows") as bar:
        for _ in reading:
            bar.update(reading.row - bar.n)
    found = reading.check()
    print(table(found))
    refuse(found, card)
    if out is not None:
        with atomic_write(out) as draft:
            write_json(draft, found)
