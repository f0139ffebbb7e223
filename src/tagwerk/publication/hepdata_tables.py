"""The numbers of a comparison as tables of HEPData: values as in `comparison.json`, with asymmetric uncertainties."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tagwerk.class_text import description
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.efficiencies import Efficiency
from tagwerk.evaluation.metrics import metrics
from tagwerk.evaluation.quantities import Quantity, Rejection
from tagwerk.evaluation.tagger_results import TaggerResult

NONE = "-"  # HEPData's sign for a value that does not exist
SAMPLE, TRAININGS = "test sample", "trainings"  # labels of uncertainties
_SIGNAL_EFFICIENCY = "Signal efficiency"

Value = dict[str, Any]


@dataclass(frozen=True)
class Variable:
    """A variable of a table with its N values, and for a dependent one what qualifies all of them."""

    name: str
    values: list[Value]
    qualifiers: Mapping[str, str | float] = field(default_factory=dict)
    units: str | None = None


@dataclass(frozen=True)
class Table:
    """A table; `figure` is the name of the comparison's figure of the same numbers."""

    name: str
    description: str
    independent: list[Variable]
    dependent: list[Variable]
    figure: str | None = None


def hepdata_tables(comparison: Comparison) -> list[Table]:
    """Return all tables of a comparison; those of categories follow those of all test jets."""
    tables = list(_tables(comparison, ""))
    for category in comparison.categories or ():
        tables += _tables(category.comparison, f", {category.title}", category.name)
    return tables


def _tables(comparison: Comparison, where: str, category: str | None = None) -> Iterator[Table]:
    jets = f"{comparison.signal_jets:,} signal and {comparison.background_jets:,} background test jets{where}"
    about = f"{description(comparison)}; {jets}."
    suffix = "" if category is None else f"_{category}"
    yield _metrics(comparison, about, where, f"auc_by_tagger{suffix}")
    yield _rejections(comparison, about, where)
    for tagger in comparison.taggers:
        yield _curve(tagger, about, where, f"roc{suffix}")
    if len(comparison.taggers) > 1:
        yield _pairs(comparison, about, where)
        yield _log_rejections(comparison, about, where)
    if comparison.working_points:
        yield _working_points(comparison, about, where)
    if comparison.calibration:
        yield _calibration(comparison, about, where)


def number(value: float | None) -> Value:
    """Return a value without uncertainty."""
    return {"value": NONE if value is None else value}


def symmetric(value: float | None, **uncertainties: float | None) -> Value:
    """Return a value with its known uncertainties by label, one standard deviation each."""
    errors = [{"symerror": each, "label": label} for label, each in uncertainties.items() if each is not None]
    return number(value) | ({"errors": errors} if errors and value is not None else {})


def interval(value: float | None, low: float | None, high: float | None, spread: float | None = None) -> Value:
    """Return a value with the distances to the ends of its central 68.27 % interval; an infinite end is left empty.

    A value that does not exist is written as its lower bound.
    """
    if value is None:
        return {"value": f"> {low!r}" if low else NONE}
    ends = {"minus": "" if low is None else low - value, "plus": "" if high is None else high - value}
    errors: list[Value] = [] if low is None and high is None else [{"asymerror": ends, "label": SAMPLE}]
    errors += [] if spread is None else [{"symerror": spread, "label": TRAININGS}]
    return {"value": value, "errors": errors} if errors else {"value": value}


def _metrics(comparison: Comparison, about: str, where: str, figure: str) -> Table:
    known = metrics()
    columns = [
        Variable(
            known[name].label if name in known else name,
            [_quantity(tagger.metrics[name]) for tagger in comparison.taggers],
            {"Definition": known[name].definition} if name in known else {},
        )
        for name in comparison.taggers[0].metrics
    ]
    text = (
        f"AUC and other metrics of {about} Uncertainties: one standard deviation over {comparison.replicas:,} "
        "bootstrap replicas of the test jets, and where a tagger has several trainings their standard deviation."
    )
    return Table(f"Metrics{where}", text, [_taggers(comparison.taggers)], columns, figure)


def _quantity(quantity: Quantity | None) -> Value:
    if quantity is None:
        return number(None)
    return symmetric(quantity.value, **{SAMPLE: quantity.uncertainty, TRAININGS: quantity.spread})


def _rejections(comparison: Comparison, about: str, where: str) -> Table:
    points = [each.signal_efficiency for each in comparison.taggers[0].rejections]
    columns = [
        Variable("Background rejection", [_rejection(each) for each in tagger.rejections], {"Tagger": tagger.title})
        for tagger in comparison.taggers
    ]
    text = (
        f"Inverse background efficiency at fixed signal efficiency on the test jets: {about} Central 68.27 % "
        "intervals; where less than one effective background jet passes, a lower bound at 84.13 % CL."
    )
    return Table(f"Background rejection{where}", text, [_points(points)], columns)


def _rejection(rejection: Rejection) -> Value:
    return interval(rejection.value, rejection.low, rejection.high, rejection.spread)


def _curve(tagger: TaggerResult, about: str, where: str, figure: str) -> Table:
    curve, of = tagger.curve, {"Tagger": tagger.title}
    columns = [
        Variable(
            "Background efficiency",
            [interval(*each) for each in zip(curve.background_efficiency, curve.low, curve.high, strict=True)],
            of,
        ),
        Variable("Background jets that pass", [number(each) for each in curve.background_jets], of),
    ]
    if tagger.difference is not None:
        ratios = zip(curve.ratio, curve.ratio_low, curve.ratio_high, strict=True)
        columns.append(
            Variable("Background rejection over that of the best tagger", [interval(*each) for each in ratios], of)
        )
    text = (
        f"ROC curve of {tagger.title}: {about} Central 68.27 % intervals from the finite test sample; where less than "
        "one effective background jet passes, an upper bound at 84.13 % CL."
    )
    return Table(f"ROC curve, {tagger.title}{where}", text, [_points(curve.signal_efficiency)], columns, figure)


def _pairs(comparison: Comparison, about: str, where: str) -> Table:
    pairs = comparison.pairs
    columns = [
        Variable(
            "Difference in AUC",
            [symmetric(each.auc, **{SAMPLE: each.uncertainty, TRAININGS: each.training}) for each in pairs],
        ),
        Variable("DeLong's uncertainty", [number(each.uncertainty_delong) for each in pairs]),
        Variable("Significance", [number(each.significance) for each in pairs], units="standard deviations"),
        Variable("p-value", [number(each.p_value) for each in pairs]),
        Variable("p-value, corrected (Holm)", [number(each.p_holm) for each in pairs]),
    ]
    text = f"Paired differences in AUC, first tagger minus second, on the same jets: {about}"
    return Table(f"Paired differences in AUC{where}", text, _both(comparison), columns)


def _log_rejections(comparison: Comparison, about: str, where: str) -> Table:
    points = [each.signal_efficiency for each in comparison.taggers[0].rejections]
    columns = []
    for index, point in enumerate(points):
        of, rows = {_SIGNAL_EFFICIENCY: point}, [pair.rejections[index] for pair in comparison.pairs]
        values = [symmetric(each.value, **{SAMPLE: each.uncertainty, TRAININGS: each.training}) for each in rows]
        columns.append(Variable("Logarithm of the ratio of rejections", values, of))
        columns.append(Variable("p-value, corrected (Holm)", [number(each.p_holm) for each in rows], of))
    text = f"Natural logarithm of the first tagger's background rejection over the second's, on the same jets: {about}"
    return Table(f"Paired ratios of rejections{where}", text, _both(comparison), columns)


def _working_points(comparison: Comparison, about: str, where: str) -> Table:
    points = [each for each in comparison.working_points or () if not each.variables]
    columns = [
        Variable("Threshold", [number(each.thresholds[0]) for each in points]),
        Variable("Signal efficiency, measured", [_efficiency(each.signal) for each in points]),
        Variable("Background efficiency, measured", [_efficiency(each.background) for each in points]),
    ]
    titles = {tagger.name: tagger.title for tagger in comparison.taggers}
    independent = [
        Variable("Tagger", [plain_value(titles[each.tagger]) for each in points]),
        Variable("Seed", [plain_value(each.seed) for each in points]),
        Variable("Signal efficiency, aimed at", [plain_value(each.signal_efficiency) for each in points]),
        Variable("Threshold chosen on", [plain_value(f"{each.chosen_on} jets") for each in points]),
    ]
    text = (
        f"Thresholds on the discriminant, and the efficiencies measured with them: {about} A jet passes where its "
        "discriminant reaches the threshold. Central 68.27 % intervals for the given threshold."
    )
    return Table(f"Working points{where}", text, independent, columns)


def _calibration(comparison: Comparison, about: str, where: str) -> Table:
    rows = comparison.calibration or []
    titles = {tagger.name: tagger.title for tagger in comparison.taggers}
    columns = [
        Variable(
            "Expected calibration error",
            [symmetric(each.error, **{SAMPLE: each.uncertainty, TRAININGS: each.spread}) for each in rows],
        ),
        Variable("Error expected of a calibrated tagger", [number(each.floor) for each in rows]),
    ]
    taggers = Variable("Tagger", [plain_value(titles[each.tagger]) for each in rows])
    return Table(f"Calibration{where}", f"Calibration of the discriminant: {about}", [taggers], columns)


def _efficiency(efficiency: Efficiency) -> Value:
    return interval(efficiency.value, efficiency.low, efficiency.high)


def plain_value(value: float | str) -> Value:
    """Return a value of an independent variable."""
    return {"value": value}


def _points(points: Sequence[float]) -> Variable:
    return Variable(_SIGNAL_EFFICIENCY, [plain_value(each) for each in points])


def _taggers(taggers: Iterable[TaggerResult]) -> Variable:
    return Variable("Tagger", [plain_value(each.title) for each in taggers])


def _both(comparison: Comparison) -> list[Variable]:
    titles = {tagger.name: tagger.title for tagger in comparison.taggers}
    return [
        Variable("First tagger", [plain_value(titles[each.first]) for each in comparison.pairs]),
        Variable("Second tagger", [plain_value(titles[each.second]) for each in comparison.pairs]),
    ]
