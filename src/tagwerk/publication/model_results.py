"""The sections of a model card about its results: performance, calibration and robustness."""

from collections.abc import Iterator

from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.intervals import BOUND
from tagwerk.evaluation.metrics import metrics
from tagwerk.evaluation.optimum_results import Optimum
from tagwerk.evaluation.quantities import Rejection
from tagwerk.evaluation.robustness_result import Change, TaggerRobustness
from tagwerk.evaluation.tagger_results import TaggerResult
from tagwerk.report.markdown import escape_markdown
from tagwerk.rounding import interval_text, measurement, plain
from tagwerk.training.model import TrainingRecord

UNKNOWN = "not known"


def performance(record: TrainingRecord, comparison: Comparison) -> dict[str, list[str]]:
    """Return the lines of the sections by heading, of the results of this training where the comparison has them."""
    result = next((each for each in comparison.taggers if each.name == record.name), None)
    largest = max((each.jets for each in comparison.sizes), default=None)
    if comparison.optimum is not None and comparison.optimum.tagger == record.name:
        return {"Performance": list(_of_optimum(comparison, comparison.optimum))}
    if result is None or (record.drawn or largest) != largest:
        return {"Performance": list(_at_another_size(record, comparison))}
    return {
        "Performance": list(_performance(record, comparison, result)),
        "Calibration": list(_calibration(record, comparison)),
        "Robustness": list(_robustness(record, comparison)),
    }


def _at_another_size(record: TrainingRecord, comparison: Comparison) -> Iterator[str]:
    points = [each for each in comparison.sizes if each.tagger == record.name and each.jets == record.drawn]
    if not points:
        yield f"{UNKNOWN.capitalize()}: this training is not among those of the comparison."
    for point in points:
        yield from _test_jets(comparison)
        yield f"- AUC, mean of {point.trainings} trainings: {measurement(point.auc.value, point.auc.uncertainty)}"
        yield f"- {_rejection(point.rejection)}"


def _of_optimum(comparison: Comparison, optimum: Optimum) -> Iterator[str]:
    yield from _test_jets(comparison)
    yield "- the best possible tagger of these jets, which is not ranked among the others"
    yield f"- AUC: {measurement(optimum.auc.value, optimum.auc.uncertainty)}"
    yield from (f"- {_rejection(each)}" for each in optimum.rejections)


def _test_jets(comparison: Comparison) -> Iterator[str]:
    yield (
        f"Signal `{comparison.signal}` against {_backgrounds(comparison)}, on {comparison.signal_jets:,} and "
        f"{comparison.background_jets:,} test jets, which no training has seen. Uncertainties are one standard "
        "deviation, intervals central 68 %, from the finite test sample."
    )
    yield ""


def _backgrounds(comparison: Comparison) -> str:
    if len(comparison.backgrounds) == 1:
        return f"`{next(iter(comparison.backgrounds))}`"
    return " + ".join(f"{fraction:g} `{name}`" for name, fraction in comparison.backgrounds.items())


def _performance(record: TrainingRecord, comparison: Comparison, result: TaggerResult) -> Iterator[str]:
    yield from _test_jets(comparison)
    several = f", mean of {len(result.trainings)} trainings" if len(result.trainings) > 1 else ""
    known = metrics()
    for name, quantity in result.metrics.items():
        label = known[name].label if name in known else name
        value = UNKNOWN if quantity is None else measurement(quantity.value, quantity.uncertainty)
        spread = "" if quantity is None or quantity.spread is None else f"; spread {plain(quantity.spread, 2)}"
        yield f"- {label}{several}: {value}{spread}"
    yield from (f"- {_rejection(each)}{several}" for each in result.rejections)
    own = next((each for each in result.trainings if each.seed == record.seed), None)
    if several and own is not None:
        yield f"- AUC of this training: {plain(own.auc, 4)}"
    yield from _difference(comparison, result)
    for sample in comparison.alternatives:
        for each in sample.taggers:
            if each.tagger == record.name:
                change = measurement(each.change.auc, each.change.uncertainty)
                yield f"- change of the AUC on {escape_markdown(sample.title)}: {change}"


def _difference(comparison: Comparison, result: TaggerResult) -> Iterator[str]:
    if result.difference is None:
        others = len(comparison.taggers) - 1
        yield (
            f"- the highest AUC of the study's {others + 1} taggers ({comparison.outcome})"
            if others
            else ("- the study has no other tagger")
        )
        return
    best = escape_markdown(comparison.titles[comparison.best])
    delta = measurement(result.difference.auc, result.difference.uncertainty)
    yield f"- AUC minus that of {best}, the best of the study, on the same jets: {delta}"


def _rejection(rejection: Rejection) -> str:
    text = interval_text(rejection.value, rejection.low, rejection.high)
    bound = f" ({BOUND})" if text.startswith(">") else ""
    return f"background rejection 1/ε_B at a signal efficiency of {rejection.signal_efficiency:g}: {text}{bound}"


def _calibration(record: TrainingRecord, comparison: Comparison) -> Iterator[str]:
    found = next((each for each in comparison.calibration or () if each.tagger == record.name), None)
    if found is None:
        yield f"{UNKNOWN.capitalize()}."
        return
    yield f"- expected calibration error of the signal probability: {measurement(found.error, found.uncertainty)}"
    floor = f"{plain(found.floor, 2)}, below {plain(found.floor_high, 2)} in 84 % of samples"
    yield f"- expected of a calibrated tagger on as many jets: {floor}"
    share = f"{100 * found.signal_share:.1f} %"
    yield f"- the probabilities are for a share of signal of {share}; for another, scale their odds"


def _robustness(record: TrainingRecord, comparison: Comparison) -> Iterator[str]:
    found = next((each for each in comparison.robustness if each.tagger == record.name), None)
    if found is None:
        yield f"{UNKNOWN.capitalize()}: not probed."
        return
    jets = found.signal_jets + found.background_jets
    yield f"AUC with perturbed jets minus that without, on {jets:,} test jets{_which(found, record)}:"
    yield ""
    yield from _changes(found.perturbations)
    yield ""
    yield "AUC after an input is exchanged between jets, minus that before:"
    yield ""
    yield from _changes([*found.inputs, *found.ranks])


def _which(found: TaggerRobustness, record: TrainingRecord) -> str:
    return "" if found.seed == record.seed else f", of the training with seed {found.seed}"


def _changes(changes: list[Change]) -> Iterator[str]:
    for each in changes:
        value = "no change" if each.unchanged else measurement(each.difference, each.uncertainty)
        yield f"- {escape_markdown(each.full_title)}: {value}"
