"""Draft a dataset card for a file, with the evidence for each guess in comments."""

from pathlib import Path
from typing import Annotated

import typer

from tagwerk.drafts.make import draft_card
from tagwerk.errors import UserError
from tagwerk.files import atomic_write
from tagwerk.remote import data_path


def draft(
    file: Annotated[Path, typer.Argument(parser=data_path, help="ROOT, HDF5, Parquet or .npz file or URL to inspect")],
    out: Annotated[Path | None, typer.Option(help="card to write; by default standard output")] = None,
    jets: Annotated[str | None, typer.Option(help="jet collection to use; by default the best one")] = None,
    force: Annotated[bool, typer.Option("--force", help="overwrite an existing card")] = False,
) -> None:
    """Draft a dataset card for a file, with the evidence for each guess in comments."""
    if out is not None and out.exists() and not force:
        raise UserError(f"{out}: file exists; choose another name, or use --force to overwrite it")
    text = draft_card(file, jets, out.parent.parent / "taggers" if out is not None else None)
    if out is None:
        print(text, end="")
        return
    with atomic_write(out) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
