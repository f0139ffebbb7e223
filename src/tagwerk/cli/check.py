"""Check a file against a dataset card before using it: variables, classes and problems."""

from pathlib import Path
from typing import Annotated

import typer

from tagwerk.cards.dataset import Dataset
from tagwerk.checks.check_text import format_result
from tagwerk.checks.refusal import raise_errors
from tagwerk.checksums import write_json
from tagwerk.files import atomic_write
from tagwerk.progress import progress
from tagwerk.readers.layout import entries
from tagwerk.readers.reading import JetReader


def check(
    file: Annotated[Path, typer.Argument(help="ROOT, HDF5, Parquet or .npz file to read")],
    card: Annotated[Path, typer.Argument(help="dataset card, as in config/datasets")],
    out: Annotated[Path | None, typer.Argument(help="JSON file to write; by default none")] = None,
) -> None:
    """Check a file against a dataset card before using it: variables, classes and problems."""
    dataset = Dataset.load(card)
    reading = JetReader(file, card, dataset, file.stem)
    with progress(f"check {file.name}", entries(file, dataset), "rows") as bar:
        for _ in reading:
            bar.update(reading.row - bar.n)
    result = reading.check()
    print(format_result(result))
    raise_errors(result, card)
    if out is not None:
        with atomic_write(out) as draft:
            write_json(draft, result)
