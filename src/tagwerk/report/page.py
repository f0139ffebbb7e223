"""The report: one HTML page that holds all it shows."""

from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from tagwerk.cards.study import Cards
from tagwerk.checks.check_result import Check
from tagwerk.checksums import check_listed
from tagwerk.errors import UserError
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.curves import FEWEST_JETS
from tagwerk.evaluation.intervals import BOUND
from tagwerk.evaluation.outcome import APART, FEW_JETS, SURE
from tagwerk.report import check_table, expectations, learning_tables, reweighting_table, tables
from tagwerk.report.verdict import verdict
from tagwerk.rounding import listing
from tagwerk.summaries.summary import Summary

FIGURES = ("roc", "auc", "sizes", "scores", "histories", "dataset", "closure")
_AGAIN = "run `tagwerk compare` again"
_NOT_ALWAYS = ("sizes", "histories", "closure")


def read_figures(folder: Path) -> dict[str, str]:
    """Return the PNG figures of a comparison by name, as `data:` addresses to put into a page.

    Raises:
        UserError: one is damaged or missing, other than `sizes`, `histories` and `closure`, which not every study has.
    """
    figures = {}
    for name in FIGURES:
        path = folder / f"{name}.png"
        check_listed(path, folder / "comparison.json", "tagwerk compare")
        if path.exists():
            figures[name] = f"data:image/png;base64,{b64encode(path.read_bytes()).decode()}"
        elif name not in _NOT_ALWAYS:
            raise UserError(f"{path}: no such figure; {_AGAIN}")
    return figures


def check_cards(path: Path, comparison: Comparison, cards: Cards) -> None:
    """Raise UserError where a comparison, read from this path, is of other classes or taggers than the cards."""
    wanted, found = (cards.study.signal, cards.study.background), (comparison.signal, comparison.background)
    if found != wanted:
        raise UserError(f"{path}: compares {' and '.join(found)}, the study's card {' and '.join(wanted)}; {_AGAIN}")
    for name in (*_names(comparison), *(each.tagger for each in comparison.sizes)):
        if name not in cards.taggers:
            raise UserError(f"{path}: tagger '{name}' is not in the study's card; {_AGAIN}")


def page(
    comparison: Comparison,
    cards: Cards,
    summary: Summary,
    figures: dict[str, str],
    checked: Sequence[Check],
    study: str,
) -> str:
    """Return the HTML of the report; `study` is the name of its card, which says how to run it again."""
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
        cards=cards,
        summary=summary,
        figures=figures,
        study=study,
        taggers=tables.by_auc(comparison),
        best=next(each for each in comparison.taggers if each.name == comparison.best),
        absent=[cards.taggers[name].title for name in cards.study.taggers if name not in _names(comparison)],
        spread=any(len(each.trainings) > 1 for each in comparison.taggers),
        labels={each.name: each.label for each in cards.dataset.classes},
        tables=tables,
        learning=learning_tables,
        verdict=verdict(comparison),
        expectations=expectations,
        listing=listing,
        checked=checked,
        checks=check_table,
        reweighting=reweighting_table,
        bound=BOUND,
        few_jets=FEW_JETS,
        fewest_jets=FEWEST_JETS,
        apart=APART,
        sure=SURE,
    )


def _names(comparison: Comparison) -> list[str]:
    return [tagger.name for tagger in comparison.taggers]
