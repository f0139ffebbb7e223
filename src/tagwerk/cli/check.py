"""Check a file against a dataset card before using it: variables, classes and problems."""

from pathlib import Path
from typing import Annotated

import typer

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.locate import card_and_file, card_path
from tagwerk.checks.check_text import format_result
from tagwerk.checks.refusal import raise_errors
from tagwerk.checksums import write_json
from tagwerk.cli.completion import complete_cards
from tagwerk.files import atomic_write
from tagwerk.readers.reading import check as check_file
from tagwerk.remote import data_path


def check(
    card: Annotated[
        Path,
        typer.Argument(parser=data_path, autocompletion=complete_cards("datasets"), help="dataset card, or its name"),
    ],
    file: Annotated[Path, typer.Argument(parser=data_path, help="ROOT, HDF5, Parquet or .npz file or URL to read")],
    out: Annotated[Path | None, typer.Option(help="JSON file to write; by default none")] = None,
) -> None:
    """Check a file against a dataset card before using it: variables, classes and problems."""
    card, file = card_and_file(card, file)
    result = check_file(card, file)
    print(format_result(result))
    raise_errors(result, card_path(Dataset.FOLDER, card))
    if out is not None:
        with atomic_write(out) as draft:
            write_json(draft, result)
