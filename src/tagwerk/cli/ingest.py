"""Write the jet records of files: selected, labelled, checked, ordered by pT and split."""

from pathlib import Path
from typing import Annotated

import typer

from tagwerk.cards.locate import card_and_file
from tagwerk.checks.check_result import CheckResult, FileChecks
from tagwerk.checks.check_text import format_result
from tagwerk.checksums import write_json
from tagwerk.cli.completion import complete_cards
from tagwerk.files import atomic_write
from tagwerk.records.ingest import ingest_files
from tagwerk.remote import data_path


def ingest(
    card: Annotated[
        Path,
        typer.Argument(parser=data_path, autocompletion=complete_cards("datasets"), help="dataset card, or its name"),
    ],
    files: Annotated[
        list[Path], typer.Argument(parser=data_path, help="ROOT, HDF5, Parquet or .npz files or URLs to read")
    ],
    out: Annotated[Path, typer.Option(help="output directory, with one Parquet file per split or fold")],
    check: Annotated[
        Path | None, typer.Option(help="JSON file for the findings of `tagwerk check` in each file, in the same pass")
    ] = None,
) -> None:
    """Write the jet records of files: selected, labelled, checked, ordered by pT and split."""

    def print_check(result: CheckResult) -> None:
        if check is not None:
            print(format_result(result))

    if len(files) == 1:
        card, files[0] = card_and_file(card, files[0])
    results = ingest_files(card, files, out, print_check)
    if check is not None:
        with atomic_write(check) as draft:
            write_json(draft, results[0] if len(results) == 1 else FileChecks(files=results))
