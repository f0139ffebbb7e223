"""Write a first dataset card for a file, with the evidence for each guess in its comments."""

from pathlib import Path
from typing import Annotated

import typer

from tagwerk.drafts.make import draft_of
from tagwerk.errors import UserError
from tagwerk.files import atomic_write

_TAGGERS = Path("config/taggers")


def draft(
    file: Annotated[Path, typer.Argument(help="ROOT, HDF5, Parquet or .npz file to look into")],
    out: Annotated[Path | None, typer.Argument(help="card to write; standard output by default")] = None,
    jets: Annotated[str | None, typer.Option(help="collection of jets to take; the best by default")] = None,
    force: Annotated[bool, typer.Option("--force", help="replace the card if there is one")] = False,
) -> None:
    """Write a first dataset card for a file, with the evidence for each guess in its comments."""
    if out is not None and out.exists() and not force:
        raise UserError(f"{out}: there is such a file; give another name, or --force to replace it")
    taggers = out.parent.parent / "taggers" if out is not None else _TAGGERS
    text = draft_of(file, jets, taggers if taggers.is_dir() else _TAGGERS)
    if out is None:
        print(text, end="")
        return
    with atomic_write(out) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
