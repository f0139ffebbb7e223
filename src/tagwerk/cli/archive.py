"""Archive a study with all that is needed to run it again, as an RO-Crate that Zenodo takes."""

from pathlib import Path
from typing import Annotated

import typer

from tagwerk.cards.load_study import load_cards
from tagwerk.errors import UserError
from tagwerk.evaluation.comparison import Comparison
from tagwerk.files import atomic_write, check_new
from tagwerk.publication.archive_contents import collect
from tagwerk.publication.archive_file import write_archive
from tagwerk.report.page import check_cards


def archive(
    study: Annotated[Path, typer.Argument(help="study card, or its name")],
    folder: Annotated[Path, typer.Argument(help="folder of the study's results, such as results/studies/demo")],
    *,
    out: Annotated[Path, typer.Option(help="file to write, *.zip")],
    inputs: Annotated[
        float, typer.Option(min=0, help="largest size in MB up to which input files and jet records are included")
    ] = 100,
) -> None:
    """Archive a study with all that is needed to run it again, as an RO-Crate that Zenodo takes.

    Cards, lock file, provenance, models, scores, comparison and report; inputs up to a size, else their checksums.
    """
    if out.suffix != ".zip":
        raise UserError(f"{out}: the archive is a ZIP file; give a name that ends in .zip")
    check_new(out)
    cards, file = load_cards(study), folder / "comparison/comparison.json"
    comparison = Comparison.load(file)
    check_cards(file, comparison, cards)
    own = [path for card in cards.scores.values() for path in card.paths()]
    models = [card.model for card in cards.taggers.values() if card.model is not None]
    own += [Path(name) for each in models for name in (each.file, each.preprocess) if name is not None]
    contents = collect(folder, own, inputs)
    with atomic_write(out) as draft:
        write_archive(draft, contents, comparison, cards.study.publication)
