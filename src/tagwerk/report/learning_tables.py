"""What more training jets bring, and what came out of what was expected, as rows of tables."""

from tagwerk.evaluation.comparison import AtSize, Comparison, Expected, Pair
from tagwerk.evaluation.expectations import by_taggers
from tagwerk.evaluation.learning_curves import by_tagger
from tagwerk.report.expectations import pair_claim, signed
from tagwerk.report.tables import TableCell, TableRow, quantity, rejection
from tagwerk.rounding import decimals, measurement, rounded

_NONE = TableCell("\N{EN DASH}")


def sizes(comparison: Comparison) -> list[int]:
    """Return the numbers of training jets of the study, the smallest first."""
    return sorted({each.jets for each in comparison.sizes})


def aucs(comparison: Comparison) -> list[TableRow]:
    """Return a row a tagger, the best at the largest size first: the AUC on each number of training jets."""
    return [
        _row(group, {each.jets: quantity(each.auc) for each in group}, comparison)
        for group in by_tagger(comparison.sizes)
    ]


def rejections(comparison: Comparison) -> list[TableRow]:
    """Return a row a tagger, in the same order: the rejection at the middle working point."""
    return [
        _row(group, {each.jets: rejection(each.rejection) for each in group}, comparison)
        for group in by_tagger(comparison.sizes)
    ]


def heads(expected: Expected) -> list[str]:
    """Return what stands above the columns of `pairs`."""
    return [f"{jets:,} training jets" if jets is not None else "All training jets" for jets in _columns(expected)]


def pairs(expected: Expected, comparison: Comparison) -> list[TableRow]:
    """Return a row a pair of taggers, a column a size: the difference in AUC, how sure it is, and the judgement."""
    colors = {each.tagger: each.color for each in comparison.sizes}
    colors |= {each.name: each.color for each in comparison.taggers}
    rows = []
    for group in by_taggers(expected.pairs):
        cells = {pair.jets: _cell(pair) for pair in group}
        claim = pair_claim(group[0], expected, comparison.titles)
        rows.append(TableRow(claim, colors[group[0].better], [cells.get(jets, _NONE) for jets in _columns(expected)]))
    return rows


def _columns(expected: Expected) -> list[int | None]:
    return list(dict.fromkeys(pair.jets for pair in expected.pairs))


def _cell(pair: Pair) -> TableCell:
    found = pair.difference
    places = decimals(found.uncertainty)
    trainings = "" if found.training is None else f"trainings: ± {rounded(found.training, places)}\n"
    note = f"{trainings}{signed(found)} s.d.\n{pair.judgement}"
    return TableCell(measurement(found.auc, found.uncertainty), note=note)


def _row(group: list[AtSize], cells: dict[int, TableCell], comparison: Comparison) -> TableRow:
    return TableRow(group[0].title, group[0].color, [cells.get(jets, _NONE) for jets in sizes(comparison)])
