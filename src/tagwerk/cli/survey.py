"""Survey a large dataset: the first of the two passes of `tagwerk summarise`, whose second one is then by chunk."""

from pathlib import Path
from typing import Annotated

import typer

from tagwerk.cli.completion import complete_cards
from tagwerk.files import atomic_write
from tagwerk.path_lists import listed
from tagwerk.summaries.summarise import survey_of


def survey(
    card: Annotated[Path, typer.Argument(autocompletion=complete_cards("datasets"), help="dataset card, or its name")],
    parts: Annotated[
        list[Path], typer.Argument(help="directories written by `tagwerk ingest`, or @FILE that lists them")
    ],
    out: Annotated[Path, typer.Option(help="output directory")],
    fold: Annotated[int, typer.Option(min=0, help="index of the test fold, for a dataset split into folds")] = 0,
) -> None:
    """Survey a large dataset: the first of the two passes of `tagwerk summarise`, whose second one is then by chunk."""
    result = survey_of(card, listed(parts), fold)
    with atomic_write(out) as draft:
        result.save(draft)
