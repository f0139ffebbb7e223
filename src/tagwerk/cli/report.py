"""Write the report of a comparison as one self-contained HTML page."""

from pathlib import Path
from typing import Annotated

import typer

from tagwerk.cards.load_study import load_cards
from tagwerk.checks.check_result import load_checks
from tagwerk.cli.completion import complete_cards
from tagwerk.errors import UserError
from tagwerk.evaluation.comparison import Comparison
from tagwerk.files import atomic_write
from tagwerk.path_lists import listed
from tagwerk.provenance.lineage import trace
from tagwerk.provenance.overview import Overview
from tagwerk.provenance.places import find_provenance
from tagwerk.report.page import check_cards, read_figures, read_interactive, render_page
from tagwerk.summaries.summary import Summary


def report(
    study: Annotated[Path, typer.Argument(autocompletion=complete_cards("studies"), help="study card, or its name")],
    summary: Annotated[
        Path,
        typer.Argument(
            help="summary of the study's dataset, written by `tagwerk summarise`; left out for score files alone"
        ),
    ],
    comparison: Annotated[Path | None, typer.Argument(help="directory written by `tagwerk compare`")] = None,
    checks: Annotated[
        list[Path] | None,
        typer.Argument(help="JSON files written by `tagwerk check` for the dataset's files, or @FILE that lists them"),
    ] = None,
    *,
    out: Annotated[Path, typer.Option(help="HTML file to write")],
) -> None:
    """Write the report of a comparison as one self-contained HTML page."""
    cards = load_cards(study)
    folder = summary if cards.dataset is None else comparison
    if folder is None or (cards.dataset is None and comparison is not None):
        needed = "the comparison alone" if cards.dataset is None else "the summary of its dataset and the comparison"
        raise UserError(f"{study}: give {needed}, as written by Tagwerk")
    result = Comparison.load(folder / "comparison.json")
    check_cards(folder / "comparison.json", result, cards)
    dataset_summary = None
    if cards.dataset is not None:
        dataset_summary = Summary.load(summary)
        dataset_summary.check_classes(summary, [each.name for each in cards.classes])
    check_results = [result for path in listed(checks or []) for result in load_checks(path)]
    figures, interactive = read_figures(folder), read_interactive(folder)
    origin = _provenance([folder] if cards.dataset is None else [folder, summary])
    html = render_page(result, cards, dataset_summary, figures, check_results, study.stem, interactive, origin)
    with atomic_write(out) as draft:
        draft.write_text(html, encoding="utf-8")


def _provenance(inputs: list[Path]) -> Overview | None:
    """Return what made these results; None if it was recorded for none of them."""
    recorded = [path for path in inputs if find_provenance(path)]
    lineage = trace(recorded)
    lineage.problems += [f"{path}: has no provenance" for path in inputs if path not in recorded]
    return Overview(lineage) if lineage.results else None
