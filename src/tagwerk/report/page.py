"""The report: one self-contained HTML page."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from tagwerk import class_text
from tagwerk.cards.study_cards import Cards
from tagwerk.checks.check_result import CheckResult
from tagwerk.checksums import check_listed_file, unusable_file
from tagwerk.errors import UserError
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.curves import MIN_BACKGROUND_JETS
from tagwerk.evaluation.interactive import Interactive
from tagwerk.evaluation.intervals import BOUND
from tagwerk.evaluation.metrics import metrics
from tagwerk.evaluation.outcome import DISTINGUISHED_SIGMA, FEW_JETS, WINNER_SIGMA
from tagwerk.provenance import provenance_text
from tagwerk.provenance.overview import Overview
from tagwerk.report import (
    alternative_tables,
    category_tables,
    check_table,
    class_tables,
    cost_table,
    expectation_text,
    jet_tables,
    label_tables,
    learning_tables,
    median_tables,
    optimum_tables,
    pair_tables,
    reweighting_table,
    robustness_tables,
    scaling_tables,
    score_file_text,
    tables,
)
from tagwerk.report.contents import contents
from tagwerk.report.embedded import data_url, smaller_png
from tagwerk.report.page_data import page_data
from tagwerk.report.plotly import plotly_source
from tagwerk.report.verdict import verdict
from tagwerk.rounding import listing
from tagwerk.summaries.summary import Summary

# The modules from which the templates take sentences and the rows of tables, by their names.
_TEXTS_AND_ROWS = (
    alternative_tables,
    category_tables,
    check_table,
    class_tables,
    class_text,
    cost_table,
    expectation_text,
    jet_tables,
    label_tables,
    learning_tables,
    median_tables,
    optimum_tables,
    pair_tables,
    provenance_text,
    reweighting_table,
    robustness_tables,
    scaling_tables,
    score_file_text,
    tables,
)
_RERUN = "run `tagwerk compare` again"


class PageFigure(NamedTuple):
    """A figure to embed in the page: its `data:` URL, what it shows, its caption, the number of panels in a row.

    `pdf` is the figure as a `data:` URL, too; `numbers` are its numbers as CSV.
    """

    source: str
    alt: str
    caption: str
    panels: int
    name: str = ""
    pdf: str = ""
    numbers: str = ""


class _Described(BaseModel):
    """What `compare` says of a figure; any other name may be the path of a file that is none of its own."""

    name: str = Field(pattern=r"^\w+$")
    section: str
    alt: str
    caption: str
    panels: int


def read_figures(folder: Path) -> dict[str, list[PageFigure]]:
    """Return the figures of a comparison by section of the page.

    Raises:
        UserError: one is damaged or missing.
    """
    figures: dict[str, list[PageFigure]] = {}
    for described in _described(folder):
        name = described.name
        try:
            image = smaller_png(_read_listed(folder, f"{name}.png"))
        except ValueError as error:
            raise UserError(f"{folder / name}.png: {error}; {_RERUN}") from None
        figure = PageFigure(data_url(f"{name}.png", image), described.alt, described.caption, described.panels)
        pdf, numbers = (_read_listed(folder, f"{name}.{kind}") for kind in ("pdf", "csv"))
        figure = figure._replace(name=name, pdf=data_url(f"{name}.pdf", pdf), numbers=numbers.decode())
        figures.setdefault(described.section, []).append(figure)
    return figures


def _described(folder: Path) -> list[_Described]:
    """Return what `compare` says of its figures."""
    try:
        return TypeAdapter(list[_Described]).validate_json(_read_listed(folder, "figures.json"))
    except ValidationError:
        raise unusable_file(folder / "figures.json", "does not describe figures", "tagwerk compare") from None


def read_interactive(folder: Path) -> Interactive:
    """Return what the switches and sliders of a comparison's page show.

    Raises:
        UserError: the file is damaged or missing.
    """
    _read_listed(folder, "interactive.json")
    return Interactive.load(folder / "interactive.json")


def _read_listed(folder: Path, name: str) -> bytes:
    """Return the content of a file that `compare` wrote."""
    check_listed_file(folder / name, folder / "comparison.json", "tagwerk compare")
    try:
        return (folder / name).read_bytes()
    except OSError:
        raise unusable_file(folder / name, "no such file", "tagwerk compare") from None


def check_cards(path: Path, comparison: Comparison, cards: Cards) -> None:
    """Raise UserError where a comparison, read from this path, has other classes or taggers than the cards."""
    expected, compared = (class_text.description(each) for each in (cards.study, comparison))
    if compared != expected:
        classes = f"compares {compared}, but the study's card {expected}"
        raise UserError(f"{path}: {classes}; {_RERUN}")
    for name in (*_names(comparison), *(point.tagger for point in comparison.sizes)):
        if name not in cards.compared:
            raise UserError(f"{path}: tagger '{name}' is not in the study's card; {_RERUN}")


def render_page(
    comparison: Comparison,
    cards: Cards,
    summary: Summary | None,
    figures: dict[str, list[PageFigure]],
    checks: Sequence[CheckResult],
    study: str,
    interactive: Interactive | None = None,
    provenance: Overview | None = None,
) -> str:
    """Return the HTML of the report; `study` is the name of its card, for the command that reproduces it.

    A study of score files alone has no summary. Without `interactive`, the ROC curves are a static figure.
    Without `provenance`, only versions are given.
    """
    labels = {each.name: each.label for each in cards.classes}
    files = {f"{each.name}.csv": each.numbers for section in figures.values() for each in section if each.numbers}
    files["comparison.json"] = comparison.model_dump_json()
    return (
        _environment()
        .get_template("page.html.jinja")
        .render(
            comparison=comparison,
            cards=cards,
            summary=summary,
            figures=figures,
            study=study,
            taggers=tables.sorted_by_auc(comparison),
            best=next(tagger for tagger in comparison.taggers if tagger.name == comparison.best),
            missing=[card.title for name, card in cards.compared.items() if name not in _shown(comparison)],
            several_seeds=any(len(tagger.trainings) > 1 for tagger in comparison.taggers),
            labels=labels,
            interactive=interactive,
            page_data=page_data(comparison, interactive, labels, files),
            verdict=verdict(comparison),
            checks=checks,
            provenance=provenance,
        )
    )


def _environment() -> Environment:
    """Return Jinja's environment, with everything in it that does not depend on the study."""
    environment = Environment(
        loader=PackageLoader("tagwerk.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["thousands"] = "{:,}".format
    environment.globals |= {
        "metrics": list(metrics().values()),
        "contents": contents,
        "plotly": Markup(plotly_source()),
        "listing": listing,
        "verdict_of": verdict,
        "bound": BOUND,
        "few_jets": FEW_JETS,
        "min_background_jets": MIN_BACKGROUND_JETS,
        "distinguished_sigma": DISTINGUISHED_SIGMA,
        "winner_sigma": WINNER_SIGMA,
    } | {module.__name__.rpartition(".")[2]: module for module in _TEXTS_AND_ROWS}
    return environment


def _names(comparison: Comparison) -> list[str]:
    return [tagger.name for tagger in comparison.taggers]


def _shown(comparison: Comparison) -> list[str]:
    """Return the names of the taggers and of the optimum."""
    return _names(comparison) + ([] if comparison.optimum is None else [comparison.optimum.tagger])
