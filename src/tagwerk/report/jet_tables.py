"""The rows of the tables about accepted jets: working points, calibration, mass sculpting, agreement of taggers."""

from tagwerk.evaluation.agreement import PairAgreement
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.efficiencies import Efficiency
from tagwerk.evaluation.mass_sculpting import SculptingPoint
from tagwerk.evaluation.outcome import FEW_JETS
from tagwerk.evaluation.working_points import WorkingPoint
from tagwerk.report.tables import TableCell, TableRow, sorted_by_auc
from tagwerk.rounding import asymmetric, interval_text, plain, rounded, threshold_text

MOST_PAIRS = 15  # rows of the table of pairs; the others are in the file of the figure's numbers
_NONE = TableCell("\N{EN DASH}")


def working_point_rows(comparison: Comparison, flat: bool = False) -> list[TableRow]:
    """Return one row per tagger, its first seed: efficiencies measured at each inclusive or flat working point."""
    rows = []
    for tagger in sorted_by_auc(comparison):
        points = [
            each
            for each in comparison.working_points or []
            if each.tagger == tagger.name and bool(each.variables) == flat and each.seed == tagger.trainings[0].seed
        ]
        rows.append(TableRow(tagger.title, tagger.color, [_working_point_cell(each) for each in points]))
    return rows


def has_flat_points(comparison: Comparison) -> bool:
    """Return whether there are working points of a flat efficiency."""
    return any(each.variables for each in comparison.working_points or [])


def flat_variables(comparison: Comparison) -> list[str]:
    """Return the names of the variables in which efficiencies are flat."""
    return next(
        ([each.name for each in point.variables] for point in comparison.working_points or [] if point.variables), []
    )


def chosen_on_test(comparison: Comparison) -> list[str]:
    """Return the titles of taggers whose thresholds were chosen on the test jets themselves."""
    names = {each.tagger for each in comparison.working_points or [] if each.chosen_on == "test"}
    return [tagger.title for tagger in sorted_by_auc(comparison) if tagger.name in names]


def calibration_rows(comparison: Comparison) -> list[TableRow]:
    """Return one row per tagger: calibration error in per cent, its floor with the 84 % quantile, share of signal.

    Scores that are no probabilities have dashes.
    """
    found = {each.tagger: each for each in comparison.calibration or []}
    rows = []
    for tagger in sorted_by_auc(comparison):
        if tagger.name not in found:
            rows.append(TableRow(tagger.title, tagger.color, [TableCell("\N{EN DASH}")] * 3))
            continue
        each = found[tagger.name]
        note = "" if each.spread is None else f"seeds: {rounded(100 * each.spread, 2)}"
        error = f"{rounded(100 * each.error, 2)} ± {rounded(100 * each.uncertainty, 2)}"
        floor = f"{rounded(100 * each.floor, 2)} (84 %: < {rounded(100 * each.floor_high, 2)})"
        share = f"{rounded(100 * each.signal_share, 1)} %"
        rows.append(
            TableRow(tagger.title, tagger.color, [TableCell(error, note=note), TableCell(floor), TableCell(share)])
        )
    return rows


def sculpting_rows(comparison: Comparison) -> list[TableRow]:
    """Return one row per tagger: Jensen-Shannon divergence at each working point, with its floor."""
    points = comparison.mass_sculpting.points if comparison.mass_sculpting else []
    return [
        TableRow(tagger.title, tagger.color, [_sculpting_cell(each) for each in points if each.tagger == tagger.name])
        for tagger in sorted_by_auc(comparison)
    ]


def agreement_rows(comparison: Comparison, target: float) -> list[TableRow]:
    """Return one row per pair of taggers, those whose combination gains most first, at most `MOST_PAIRS`.

    Columns are the rank correlations within signal and background, the overlap of accepted background, that expected of
    independent taggers, and the gain in rejection of the combination.
    """
    colors = {tagger.name: tagger.color for tagger in comparison.taggers}
    known = [pair for pair in comparison.agreement or [] if {pair.first, pair.second} <= colors.keys()]
    pairs = sorted(known, key=lambda pair: -_gain_at(pair, target))[:MOST_PAIRS]
    rows = []
    for pair in pairs:
        overlap = next(each for each in pair.overlaps if each.working_point == target)
        gain = next(each for each in pair.gains if each.working_point == target)
        expected = overlap.background_independent
        cells = [
            _correlation_cell(pair.signal_correlation),
            _correlation_cell(pair.background_correlation),
            _efficiency_cell(overlap.background),
            _NONE if expected is None else TableCell(plain(expected, 2)),
            _interval_cell(gain.gain, gain.low, gain.high, gain.background_jets < FEW_JETS),
        ]
        heading = f"{comparison.titles[pair.first]} and {comparison.titles[pair.second]}"
        rows.append(TableRow(heading, colors[pair.first], cells))
    return rows


def _gain_at(pair: PairAgreement, target: float) -> float:
    return next(each.gain or 0.0 for each in pair.gains if each.working_point == target)


def _working_point_cell(point: WorkingPoint) -> TableCell:
    low, high = point.background.low, point.background.high
    value = 1 / point.background.value if point.background.value > 0 else None
    rejection = interval_text(value, 1 / high, 1 / low if low > 0 else None)
    note = f"rejection {rejection}"
    if not point.variables:
        note += f"\nD ≥ {threshold_text(point.thresholds[0])}"
    few = point.background.value * point.background.jets < FEW_JETS
    return _efficiency_cell(point.signal)._replace(note=note, few=few)


def _sculpting_cell(point: SculptingPoint) -> TableCell:
    if point.divergence is None or point.floor is None or point.floor_high is None:
        return _NONE
    note = f"floor {rounded(point.floor, 3)} (84 %: < {rounded(point.floor_high, 3)})"
    if point.spread is not None:
        note += f"; seeds: {rounded(point.spread, 3)}"
    return TableCell(rounded(point.divergence, 3), note=note, few=point.jets < FEW_JETS)


def _efficiency_cell(efficiency: Efficiency | None) -> TableCell:
    return _NONE if efficiency is None else TableCell(*asymmetric(efficiency.value, efficiency.low, efficiency.high))


def _correlation_cell(value: float | None) -> TableCell:
    return _NONE if value is None else TableCell(rounded(value, 2))


def _interval_cell(value: float | None, low: float, high: float | None, few: bool) -> TableCell:
    if value is None or high is None:
        return TableCell(interval_text(value, low, high), few=few)
    return TableCell(*asymmetric(value, low, high), few=few)
