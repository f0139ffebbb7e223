"""Learning curves and expectations, as rows of tables."""

from tagwerk.cards.study import Study
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.expectation_results import ExpectationResult, Pair
from tagwerk.evaluation.expectations import group_by_taggers
from tagwerk.evaluation.learning_curves import group_by_tagger
from tagwerk.evaluation.learning_results import LearningCurvePoint
from tagwerk.report.expectation_text import pair_claim, signed_significance
from tagwerk.report.tables import TableCell, TableRow, quantity_cell, rejection_cell
from tagwerk.rounding import decimals, listing, measurement, rounded, title_listing

_EMPTY = TableCell("\N{EN DASH}")


def training_sizes(comparison: Comparison) -> list[int]:
    """Return the study's numbers of training jets, the smallest first."""
    return sorted({point.jets for point in comparison.sizes})


def epochs_sentence(study: Study) -> str:
    """Return the limit on epochs at each size."""
    if not study.epochs_at:
        return (
            f"At every size networks were trained for at most {study.epochs} epochs, hence for fewer steps on fewer "
            "jets: their lower performance there is not due to the sample size alone."
        )
    (epochs, jets), *others = zip(study.epochs_at, study.training_jets, strict=True)
    limits = [f"{epochs} epochs on {jets:,} jets", *(f"{epochs} on {jets:,}" for epochs, jets in others)]
    return f"Networks were trained for at most {listing(limits)}."


def limit_sentence(comparison: Comparison) -> str:
    """Return which trainings were ended by their limit, by size, so that the size is not all that limits them."""
    parts = []
    for jets in training_sizes(comparison):
        points = [point for point in comparison.sizes if point.jets == jets]
        limited = [point.title for point in points if point.limited]
        if limited:
            whose = "every tagger" if len(limited) == len(points) else title_listing(limited)
            parts.append(f"of {whose} on {jets:,} jets")
    if not parts:
        return ""
    fit = ", and L∞ and b other ones" if comparison.scaling else ""
    return (
        f"The limit on epochs or boosting iterations, not the validation loss, ended trainings {listing(parts)}: with "
        f"a higher one their loss may be lower{fit}."
    )


def auc_rows(comparison: Comparison) -> list[TableRow]:
    """Return one row per tagger, the best at the largest size first: the AUC for each number of training jets."""
    return [
        _row(group, {point.jets: quantity_cell(point.auc) for point in group}, comparison)
        for group in group_by_tagger(comparison.sizes)
    ]


def rejection_rows(comparison: Comparison) -> list[TableRow]:
    """Return one row per tagger, in the same order: the rejection at the middle working point."""
    return [
        _row(group, {point.jets: rejection_cell(point.rejection) for point in group}, comparison)
        for group in group_by_tagger(comparison.sizes)
    ]


def pair_headings(expectation: ExpectationResult) -> list[str]:
    """Return the column headings of `pair_rows`."""
    return [f"{jets:,} training jets" if jets is not None else "All training jets" for jets in _columns(expectation)]


def pair_rows(expectation: ExpectationResult, comparison: Comparison) -> list[TableRow]:
    """Return one row per pair of taggers, one column per size: difference in AUC, its significance, and judgement."""
    colors = {point.tagger: point.color for point in comparison.sizes}
    colors |= {tagger.name: tagger.color for tagger in comparison.taggers}
    rows = []
    for group in group_by_taggers(expectation.pairs):
        cells = {pair.jets: _pair_cell(pair) for pair in group}
        claim = pair_claim(group[0], expectation, comparison.titles)
        row = [cells.get(jets, _EMPTY) for jets in _columns(expectation)]
        rows.append(TableRow(claim, colors[group[0].better], row))
    return rows


def _columns(expectation: ExpectationResult) -> list[int | None]:
    return list(dict.fromkeys(pair.jets for pair in expectation.pairs))


def _pair_cell(pair: Pair) -> TableCell:
    delta = pair.difference
    places = decimals(delta.uncertainty)
    trainings = "" if delta.training is None else f"trainings: ± {rounded(delta.training, places)}\n"
    note = f"{trainings}{signed_significance(delta)} s.d.\n{pair.judgement}"
    return TableCell(measurement(delta.auc, delta.uncertainty), note=note)


def _row(group: list[LearningCurvePoint], cells: dict[int, TableCell], comparison: Comparison) -> TableRow:
    row = [cells.get(jets, _EMPTY) for jets in training_sizes(comparison)]
    return TableRow(group[0].title, group[0].color, row)
