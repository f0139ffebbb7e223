"""All figures of a comparison, drawn and described."""

import json
from functools import partial
from pathlib import Path

from tagwerk.plots.figures import figures
from tagwerk.plots.report_figure import Results
from tagwerk.plots.style import write_figure


def write_figures(folder: Path, results: Results) -> None:
    """Write each figure that applies as PNG and PDF, its numbers as CSV, and what the page says as `figures.json`."""
    described = []
    for name, figure in figures().items():
        if figure.applies(results):
            write_figure(partial(figure.draw, results), folder, name, results.experiment)
            figure.numbers(results).to_csv(folder / f"{name}.csv", index=False)
            described.append(
                {
                    "name": name,
                    "section": figure.section,
                    "alt": figure.alt(results),
                    "caption": figure.caption(results),
                    "panels": figure.panels(results),
                }
            )
    (folder / "figures.json").write_text(json.dumps(described, indent=1, ensure_ascii=False), encoding="utf-8")
