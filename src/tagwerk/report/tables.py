"""The rows of the report's tables, as text: no number has more digits than its uncertainty allows."""

from typing import Any, NamedTuple

from tagwerk.cards.external_model import ExternalModel
from tagwerk.cards.study_cards import Cards
from tagwerk.cards.tagger import Tagger
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.outcome import FEW_JETS
from tagwerk.evaluation.quantities import Quantity, Rejection
from tagwerk.evaluation.tagger_results import Difference, Ratio, TaggerResult
from tagwerk.rounding import asymmetric, decimals, duration, interval_text, measurement, plain, rounded
from tagwerk.summaries.summary import Summary

_NONE = "\N{EN DASH}"


class TableCell(NamedTuple):
    """A number, its upper and lower uncertainties, a note below it, and whether it is based on few jets.

    `order` is what a table is sorted by, where the first number of the text is not.
    """

    text: str
    up: str = ""
    down: str = ""
    note: str = ""
    few: bool = False
    order: float | None = None


class TableRow(NamedTuple):
    """A row of a table: its heading, the colour of its marker, its cells."""

    heading: str
    color: str
    cells: list[TableCell]


def result_rows(comparison: Comparison) -> list[TableRow]:
    """Return one row per tagger, the best first: all metrics, and the rejection at each working point."""
    return [
        TableRow(
            tagger.title,
            tagger.color,
            [*map(metric_cell, tagger.metrics.values()), *map(rejection_cell, tagger.rejections)],
        )
        for tagger in sorted_by_auc(comparison)
    ]


def cost_rows(comparison: Comparison) -> list[TableRow]:
    """Return one row per tagger: seeds, parameters, training jets, epochs, training time, scoring rate, threads."""
    return [TableRow(tagger.title, tagger.color, _costs(tagger)) for tagger in sorted_by_auc(comparison)]


def difference_rows(comparison: Comparison) -> list[TableRow]:
    """Return one row per tagger except the best: difference in AUC, its significance, and the ratios of rejections."""
    rows = []
    for tagger in sorted_by_auc(comparison):
        delta = tagger.difference
        if delta is None:
            continue
        sigma = TableCell(plain(delta.significance, 2) if delta.significance <= 10 else "> 10")
        text = f"{100 * (1 - delta.ahead):.1f} %" if 0 < delta.ahead < 1 else ("none" if delta.ahead else "all")
        lower = TableCell(text, order=1 - delta.ahead)
        cells = [_difference_cell(delta), sigma, lower, *map(ratio_cell, delta.ratios)]
        rows.append(TableRow(tagger.title, tagger.color, cells))
    return rows


def split_rows(summary: Summary, cards: Cards) -> list[TableRow]:
    """Return one row per class: its jets in each split and in total."""
    rows = []
    for each in cards.classes:
        counts = [summary.counts[split][each.name] for split in summary.counts]
        rows.append(TableRow(each.label, each.color, [TableCell(f"{count:,}") for count in [*counts, sum(counts)]]))
    return rows


def tagger_settings(tagger: Tagger, engine: str) -> list[tuple[str, str]]:
    """Return names and values of a tagger card's settings: architecture, inputs, hyperparameters, training."""
    inputs = tagger.inputs
    lines = [("architecture", tagger.architecture)]
    lines += [(f"features of {name}", ", ".join(features)) for name, features in inputs.sequences.items()]
    lines += [(f"features of the nodes of {name}", ", ".join(features)) for name, features in inputs.trees.items()]
    lines += [("jet variables", ", ".join(inputs.scalars))] if inputs.scalars else []
    lines += _as_text(tagger.all_hyperparameters) if tagger.model is None else _model_settings(tagger.model)
    return lines + (_as_text(tagger.training.model_dump()) if engine == "keras" else [])


def _model_settings(model: ExternalModel) -> list[tuple[str, str]]:
    """Return names and values of the section `model`; of inputs, their columns."""
    lines = _as_text(model.model_dump(exclude_defaults=True, exclude={"inputs"}))
    return lines + [(f"columns of input {name}", ", ".join(each.columns)) for name, each in model.inputs.items()]


def sorted_by_auc(comparison: Comparison) -> list[TaggerResult]:
    """Return the taggers, the best first."""
    return sorted(comparison.taggers, key=lambda tagger: -tagger.auc.value)


def has_few_jets(comparison: Comparison) -> bool:
    """Return whether a rejection is based on fewer than `FEW_JETS` background jets."""
    return any(each.background_jets < FEW_JETS for tagger in comparison.taggers for each in tagger.rejections)


def has_bounds(comparison: Comparison) -> bool:
    """Return whether a rejection or a ratio of rejections has no upper end."""
    intervals: list[Rejection | Ratio] = [each for tagger in comparison.taggers for each in tagger.rejections]
    intervals += [point.rejection for point in comparison.sizes]
    differences = [tagger.difference for tagger in comparison.taggers]
    intervals += [ratio for each in differences if each is not None for ratio in each.ratios]
    return any(each.high is None for each in intervals)


def metric_cell(quantity: Quantity | None) -> TableCell:
    """Return a metric, or a dash where the tagger has none."""
    return TableCell(_NONE) if quantity is None else quantity_cell(quantity)


def quantity_cell(quantity: Quantity) -> TableCell:
    """Return a mean with its uncertainty, and below it the spread over the seeds, if there are several."""
    text = measurement(quantity.value, quantity.uncertainty)
    if quantity.spread is None:
        return TableCell(text, order=quantity.value)
    seeds = f"seeds: {rounded(quantity.spread, decimals(quantity.uncertainty))}"
    return TableCell(text, note=seeds, order=quantity.value)


def percent_cell(value: float | None, low: float | None, high: float | None) -> TableCell:
    """Return a fraction in per cent, its upper limit where less than one effective jet passes, or a dash for none."""
    if value is None or low is None or high is None:
        return TableCell(_NONE)
    if not low:
        return TableCell(f"< {plain(100 * high, 2)} %")
    text, up, down = asymmetric(100 * value, 100 * low, 100 * high)
    return TableCell(f"{text} %", up, down)


def _difference_cell(delta: Difference) -> TableCell:
    text = measurement(delta.auc, delta.uncertainty)
    if delta.training is None:
        return TableCell(text)
    return TableCell(text, note=f"trainings: ± {rounded(delta.training, decimals(delta.uncertainty))}")


def rejection_cell(rejection: Rejection) -> TableCell:
    """Return a rejection with its interval, and below it the number of background jets and the spread over seeds."""
    jets = f"{round(rejection.background_jets, 1):g}"
    note = f"{jets} jet{'' if jets == '1' else 's'}"
    if rejection.spread is not None:
        note += f"; seeds: {plain(rejection.spread, 2)}"
    few = rejection.background_jets < FEW_JETS
    return _interval_cell(rejection.value, rejection.low, rejection.high, note, few)


def ratio_cell(ratio: Ratio) -> TableCell:
    """Return a ratio of rejections with its interval."""
    return _interval_cell(ratio.value, ratio.low, ratio.high, "", ratio.background_jets < FEW_JETS)


def _interval_cell(value: float | None, low: float, high: float | None, note: str, few: bool) -> TableCell:
    if value is None or high is None:
        return TableCell(interval_text(value, low, high), note=note, few=few, order=low)
    return TableCell(*asymmetric(value, low, high), note, few, value)


def _costs(tagger: TaggerResult) -> list[TableCell]:
    return [
        TableCell(", ".join(str(training.seed) for training in tagger.trainings)),
        TableCell(f"{tagger.parameters:,}" if tagger.parameters is not None else _NONE),
        TableCell(f"{tagger.training_jets:,}" if tagger.training_jets is not None else _NONE),
        TableCell(
            f"{tagger.epochs:.3g}{' (limit)' * tagger.limited}" if tagger.epochs is not None else _NONE,
            order=tagger.epochs,
        ),
        TableCell(
            duration(tagger.training_seconds) if tagger.training_seconds is not None else _NONE,
            order=tagger.training_seconds,
        ),
        TableCell(plain(tagger.jets_per_second, 3) if tagger.jets_per_second is not None else _NONE),
        TableCell(str(tagger.threads) if tagger.threads is not None else _NONE),
    ]


def _as_text(settings: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name.replace("_", " "), _value_text(value)) for name, value in settings.items()]


def _value_text(value: Any) -> str:
    if isinstance(value, list | tuple | dict):
        return ", ".join(f"{each}: {value[each]}" if isinstance(value, dict) else str(each) for each in value) or _NONE
    return str(value)
