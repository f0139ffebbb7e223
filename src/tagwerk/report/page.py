"""The report: one self-contained HTML page."""

from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from tagwerk.cards.study import Cards
from tagwerk.checks.check_result import CheckResult
from tagwerk.checksums import check_listed_file
from tagwerk.errors import UserError
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.curves import MIN_BACKGROUND_JETS
from tagwerk.evaluation.intervals import BOUND
from tagwerk.evaluation.metrics import metrics
from tagwerk.evaluation.outcome import DISTINGUISHED_SIGMA, FEW_JETS, WINNER_SIGMA
from tagwerk.report import check_table, expectation_text, learning_tables, reweighting_table, tables
from tagwerk.report.verdict import verdict
from tagwerk.rounding import listing
from tagwerk.summaries.summary import Summary

FIGURES = ("roc", "auc", "sizes", "scores", "histories", "dataset", "closure")
_RERUN = "run `tagwerk compare` again"
_OPTIONAL = ("sizes", "histories", "closure")


def read_figures(folder: Path) -> dict[str, str]:
    """Return the PNG figures of a comparison by name, as `data:` URLs to embed in a page.

    Raises:
        UserError: one is damaged or missing, except `sizes`, `histories` and `closure`, which not every study has.
    """
    figures = {}
    for name in FIGURES:
        path = folder / f"{name}.png"
        check_listed_file(path, folder / "comparison.json", "tagwerk compare")
        if path.exists():
            figures[name] = f"data:image/png;base64,{b64encode(path.read_bytes()).decode()}"
        elif name not in _OPTIONAL:
            raise UserError(f"{path}: no such figure; {_RERUN}")
    return figures


def check_cards(path: Path, comparison: Comparison, cards: Cards) -> None:
    """Raise UserError where a comparison, read from this path, has other classes or taggers than the cards."""
    expected, compared = (cards.study.signal, cards.study.background), (comparison.signal, comparison.background)
    if compared != expected:
        classes = f"compares {' and '.join(compared)}, but the study's card {' and '.join(expected)}"
        raise UserError(f"{path}: {classes}; {_RERUN}")
    for name in (*_names(comparison), *(point.tagger for point in comparison.sizes)):
        if name not in cards.taggers:
            raise UserError(f"{path}: tagger '{name}' is not in the study's card; {_RERUN}")


def render_page(
    comparison: Comparison,
    cards: Cards,
    summary: Summary,
    figures: dict[str, str],
    checks: Sequence[CheckResult],
    study: str,
) -> str:
    """Return the HTML of the report; `study` is the name of its card, for the command that reproduces it."""
    environment = Environment(
        loader=PackageLoader("tagwerk.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["thousands"] = "{:,}".format
    return environment.get_template("page.html.jinja").render(
        comparison=comparison,
        metrics=list(metrics().values()),
        cards=cards,
        summary=summary,
        figures=figures,
        study=study,
        taggers=tables.sorted_by_auc(comparison),
        best=next(tagger for tagger in comparison.taggers if tagger.name == comparison.best),
        missing=[cards.taggers[name].title for name in cards.study.taggers if name not in _names(comparison)],
        several_seeds=any(len(tagger.trainings) > 1 for tagger in comparison.taggers),
        labels={each.name: each.label for each in cards.dataset.classes},
        tables=tables,
        learning_tables=learning_tables,
        verdict=verdict(comparison),
        expectation_text=expectation_text,
        listing=listing,
        checks=checks,
        check_table=check_table,
        reweighting_table=reweighting_table,
        bound=BOUND,
        few_jets=FEW_JETS,
        min_background_jets=MIN_BACKGROUND_JETS,
        distinguished_sigma=DISTINGUISHED_SIGMA,
        winner_sigma=WINNER_SIGMA,
    )


def _names(comparison: Comparison) -> list[str]:
    return [tagger.name for tagger in comparison.taggers]
