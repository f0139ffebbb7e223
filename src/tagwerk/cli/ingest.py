"""Write the jet records of one file: selected, labelled, checked, ordered by pT and split."""

from pathlib import Path
from typing import Annotated

import typer

from tagwerk.cards.locate import card_and_file
from tagwerk.checks.check_result import CheckResult
from tagwerk.checks.check_text import format_result
from tagwerk.checksums import write_json
from tagwerk.files import atomic_write
from tagwerk.records.ingest import ingest as ingest_file
from tagwerk.remote import data_path


def ingest(
    card: Annotated[Path, typer.Argument(parser=data_path, help="dataset card, or its name")],
    file: Annotated[Path, typer.Argument(parser=data_path, help="ROOT, HDF5, Parquet or .npz file or URL to read")],
    out: Annotated[Path, typer.Option(help="output directory, with one Parquet file per split or fold")],
    check: Annotated[
        Path | None, typer.Option(help="JSON file for the findings of `tagwerk check`, made in the same pass")
    ] = None,
) -> None:
    """Write the jet records of one file: selected, labelled, checked, ordered by pT and split."""

    def print_check(result: CheckResult) -> None:
        if check is not None:
            print(format_result(result))

    result = ingest_file(*card_and_file(card, file), out, print_check)
    if check is not None:
        with atomic_write(check) as draft:
            write_json(draft, result)
