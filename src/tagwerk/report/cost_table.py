"""What the taggers cost, as a table and in words."""

from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.cost import CostPoint, cost_points, untimed
from tagwerk.report.tables import TableCell, TableRow, quantity_cell, rejection_cell
from tagwerk.rounding import duration, plain, title_listing

_NONE = "\N{EN DASH}"
# By whether a tagger is Pareto-optimal in rejection and in AUC.
_OPTIMAL = {(True, True): "yes", (True, False): "in rejection", (False, True): "in AUC", (False, False): "no"}


def pareto_rows(comparison: Comparison) -> list[TableRow]:
    """Return one row per timed tagger, the fastest first: rejection, AUC, costs, size, optimality."""
    return [
        TableRow(
            point.tagger.title,
            point.tagger.color,
            [rejection_cell(point.rejection), quantity_cell(point.tagger.auc), *_cells(point)],
        )
        for point in cost_points(comparison)
    ]


def pareto_sentence(comparison: Comparison) -> str:
    """Return which taggers are Pareto-optimal, and which have no cost."""
    titles = [point.tagger.title for point in cost_points(comparison) if point.optimal]
    verb = "is" if len(titles) == 1 else "are"
    text = f"{title_listing(titles)} {verb} Pareto-optimal: no other tagger is as fast and rejects as much."
    also = [point.tagger.title for point in cost_points(comparison) if point.auc_optimal]
    if also != titles:
        text += f" In AUC: {title_listing(also)}."
    missing = untimed(comparison)
    return text + (f" Without a time per jet: {title_listing(missing)}." if missing else "")


def _cells(point: CostPoint) -> list[TableCell]:
    tagger = point.tagger
    texts = [
        plain(point.microseconds, 3),
        duration(tagger.training_cost) if tagger.training_cost else _NONE,
        _NONE if tagger.parameters is None else f"{tagger.parameters:,}",
        _OPTIMAL[point.optimal, point.auc_optimal],
    ]
    return [TableCell(text) for text in texts]
