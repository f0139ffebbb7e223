"""What the taggers cost, as a table and in words."""

from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.cost import CostPoint, cost_points, untimed
from tagwerk.report.tables import TableCell, TableRow, rejection_cell
from tagwerk.rounding import duration, plain, title_listing

_NONE = "\N{EN DASH}"


def pareto_rows(comparison: Comparison) -> list[TableRow]:
    """Return one row per timed tagger, the fastest first: rejection, microseconds, training time, size, optimality."""
    return [
        TableRow(point.tagger.title, point.tagger.color, [rejection_cell(point.rejection), *_cells(point)])
        for point in cost_points(comparison)
    ]


def pareto_sentence(comparison: Comparison) -> str:
    """Return which taggers are Pareto-optimal, and which have no cost."""
    titles = [point.tagger.title for point in cost_points(comparison) if point.optimal]
    verb = "is" if len(titles) == 1 else "are"
    text = f"{title_listing(titles)} {verb} Pareto-optimal: no other tagger is as fast and rejects as much."
    missing = untimed(comparison)
    return text + (f" Without a time per jet: {title_listing(missing)}." if missing else "")


def _cells(point: CostPoint) -> list[TableCell]:
    tagger = point.tagger
    texts = [
        plain(point.microseconds, 3),
        duration(tagger.training_seconds) if tagger.training_seconds else _NONE,
        _NONE if tagger.parameters is None else f"{tagger.parameters:,}",
        "yes" if point.optimal else "no",
    ]
    return [TableCell(text) for text in texts]
