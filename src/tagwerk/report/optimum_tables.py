"""The distances to the best possible tagger, as rows of tables and as a sentence."""

from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.optimum import group_distances
from tagwerk.evaluation.optimum_results import LimitDistance, Optimum
from tagwerk.report.tables import TableCell, TableRow, ratio_cell
from tagwerk.rounding import decimals, measurement, rounded

_EMPTY = TableCell("\N{EN DASH}")


def distance_headings(optimum: Optimum) -> list[str]:
    """Return the column headings of `distance_rows`: the numbers of training jets."""
    return ["All training jets" if jets is None else f"{jets:,}" for jets in _sizes(optimum)]


def distance_rows(optimum: Optimum) -> list[TableRow]:
    """Return one row per tagger, the nearest to the limit first: its distance in AUC at each size."""
    rows = []
    for group in group_distances(optimum):
        cells = {each.jets: _distance_cell(each) for each in group}
        row = [cells.get(jets, _EMPTY) for jets in _sizes(optimum)]
        rows.append(TableRow(group[0].title, group[0].color, row))
    return rows


def ratio_rows(optimum: Optimum) -> list[TableRow]:
    """Return one row per tagger, in the same order: its rejections over the limit's, at the largest size."""
    last = [group[-1] for group in group_distances(optimum)]
    return [TableRow(each.title, each.color, [ratio_cell(ratio) for ratio in each.ratios]) for each in last]


def limit_sentence(comparison: Comparison) -> str:
    """Return how far the best tagger is below the limit, in words; empty without a limit."""
    optimum = comparison.optimum
    if optimum is None:
        return ""
    limit = measurement(optimum.auc.value, optimum.auc.uncertainty)
    best = next(group[-1] for group in group_distances(optimum) if group[0].tagger == comparison.best)
    below = f"{best.title} is {distance_text(best)} below"
    return f"The best possible AUC for these jets is {limit} ({optimum.title}); {below}."


def distance_text(distance: LimitDistance) -> str:
    """Return such as "0.0042 ± 0.0005", with the uncertainty from the trainings where it is known."""
    text = measurement(distance.auc, distance.uncertainty)
    if distance.training is None:
        return text
    return f"{text} (jets) ± {rounded(distance.training, decimals(distance.uncertainty))} (trainings)"


def _distance_cell(distance: LimitDistance) -> TableCell:
    text = measurement(distance.auc, distance.uncertainty)
    if distance.training is None:
        return TableCell(text)
    return TableCell(text, note=f"trainings: ± {rounded(distance.training, decimals(distance.uncertainty))}")


def _sizes(optimum: Optimum) -> list[int | None]:
    return sorted({each.jets for each in optimum.distances}, key=lambda jets: jets or 0)
