"""Write the report of a comparison as one self-contained HTML page."""

from pathlib import Path
from typing import Annotated

import typer

from tagwerk.cards.study import load_cards
from tagwerk.checks.check_result import CheckResult
from tagwerk.evaluation.comparison import Comparison
from tagwerk.files import atomic_write
from tagwerk.report.page import check_cards, read_figures, read_interactive, render_page
from tagwerk.summaries.summary import Summary


def report(
    study: Annotated[Path, typer.Argument(help="study card, or its name")],
    summary: Annotated[Path, typer.Argument(help="summary of the study's dataset, written by `tagwerk summarise`")],
    comparison: Annotated[Path, typer.Argument(help="directory written by `tagwerk compare`")],
    checks: Annotated[
        list[Path] | None, typer.Argument(help="JSON files written by `tagwerk check` for the dataset's files")
    ] = None,
    *,
    out: Annotated[Path, typer.Option(help="HTML file to write")],
) -> None:
    """Write the report of a comparison as one self-contained HTML page."""
    cards = load_cards(study)
    result, dataset_summary = Comparison.load(comparison / "comparison.json"), Summary.load(summary)
    check_cards(comparison / "comparison.json", result, cards)
    dataset_summary.check_classes(summary, [jet_class.name for jet_class in cards.dataset.classes])
    check_results = [CheckResult.load(path) for path in checks or ()]
    figures, interactive = read_figures(comparison), read_interactive(comparison)
    html = render_page(result, cards, dataset_summary, figures, check_results, study.stem, interactive)
    with atomic_write(out) as draft:
        draft.write_text(html, encoding="utf-8")
