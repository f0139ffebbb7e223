"""Write the report of a comparison: one HTML page that holds all it shows."""

from pathlib import Path
from typing import Annotated

import typer

from tagwerk.cards.study import load_cards
from tagwerk.checks.check_result import Check
from tagwerk.evaluation.comparison import Comparison
from tagwerk.files import atomic_write
from tagwerk.report.page import check_cards, page, read_figures
from tagwerk.summaries.summary import Summary


def report(
    study: Annotated[Path, typer.Argument(help="study card, as in config/studies")],
    summary: Annotated[Path, typer.Argument(help="summary of the study's dataset, as `summarise` writes it")],
    comparison: Annotated[Path, typer.Argument(help="directory that `compare` wrote")],
    out: Annotated[Path, typer.Argument(help="HTML file to write")],
    checks: Annotated[
        list[Path] | None, typer.Argument(help="what `tagwerk check` found in the dataset's files")
    ] = None,
) -> None:
    """Write the report of a comparison: one HTML page that holds all it shows."""
    cards = load_cards(study)
    found, numbers = Comparison.load(comparison / "comparison.json"), Summary.load(summary)
    check_cards(comparison / "comparison.json", found, cards)
    numbers.check_classes(summary, [each.name for each in cards.dataset.classes])
    checked = [Check.load(path) for path in checks or ()]
    html = page(found, cards, numbers, read_figures(comparison), checked, study.stem)
    with atomic_write(out) as draft:
        draft.write_text(html, encoding="utf-8")
