"""All figures of a comparison, drawn and described."""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from tagwerk.plots.figures import figures
from tagwerk.plots.report_figure import ReportFigure, Results
from tagwerk.plots.style import write_figure


def write_figures(folder: Path, results: Results) -> None:
    """Write each figure that applies as PNG and PDF, its numbers as CSV, and what the page says as `figures.json`."""
    described = [_write(folder, *each) for each in _all_figures(results)]
    (folder / "figures.json").write_text(json.dumps(described, indent=1, ensure_ascii=False), encoding="utf-8")


def _all_figures(results: Results) -> Iterator[tuple[str, str, ReportFigure, Results]]:
    """Yield name, section of the page, figure and results: of all test jets, then of each category of them."""
    for name, figure in figures().items():
        if figure.applies(results):
            yield name, figure.section, figure, results
    for category in results.comparison.categories or ():
        selected = replace(results, comparison=category.comparison, category=category.name)
        for name, figure in figures().items():
            if figure.by_category and figure.applies(selected):
                yield f"{name}_{category.name}", f"category {category.name}", figure, selected


def _write(folder: Path, name: str, section: str, figure: ReportFigure, results: Results) -> dict[str, Any]:
    """Write one figure and its numbers; return what the page says of it."""
    write_figure(partial(figure.draw, results), folder, name, results.experiment)
    figure.numbers(results).to_csv(folder / f"{name}.csv", index=False)
    return {
        "name": name,
        "section": section,
        "alt": figure.alt(results),
        "caption": figure.caption(results),
        "panels": figure.panels(results),
    }
