"""The rows of the report's tables, as text: no number has more digits than its uncertainty allows."""

from typing import Any, NamedTuple

from tagwerk.cards.study import Cards
from tagwerk.cards.tagger import Tagger
from tagwerk.evaluation.comparison import Comparison, Difference, Quantity, Ratio, Rejection, TaggerResult
from tagwerk.evaluation.outcome import FEW_JETS
from tagwerk.rounding import asymmetric, decimals, measurement, plain, range_text, rounded
from tagwerk.summaries.summary import Summary

_NONE = "\N{EN DASH}"


class TableCell(NamedTuple):
    """A number, the ways up and down to the ends of its interval, a note under it, whether few jets bear it."""

    text: str
    up: str = ""
    down: str = ""
    note: str = ""
    few: bool = False


class TableRow(NamedTuple):
    """A line of a table: its heading, the colour of its mark, its cells."""

    heading: str
    color: str
    cells: list[TableCell]


def results(comparison: Comparison) -> list[TableRow]:
    """Return a row a tagger, the best first: AUC, accuracy, and the rejection at each working point."""
    return [
        TableRow(
            tagger.title,
            tagger.color,
            [quantity(tagger.auc), quantity(tagger.accuracy), *map(rejection, tagger.rejections)],
        )
        for tagger in by_auc(comparison)
    ]


def costs(comparison: Comparison) -> list[TableRow]:
    """Return a row a tagger: seeds, parameters, training jets, epochs, training time, jets scored a second, threads."""
    return [
        TableRow(tagger.title, tagger.color, [TableCell(text) for text in _cost(tagger)])
        for tagger in by_auc(comparison)
    ]


def differences(comparison: Comparison) -> list[TableRow]:
    """Return a row a tagger but the best: difference in AUC, how sure it is, and the ratios of rejections."""
    rows = []
    for tagger in by_auc(comparison):
        found = tagger.difference
        if found is None:
            continue
        sure = TableCell(plain(found.significance, 2) if found.significance <= 10 else "> 10")
        behind = TableCell(
            f"{100 * (1 - found.ahead):.1f} %" if 0 < found.ahead < 1 else ("no" if found.ahead else "all")
        )
        rows.append(
            TableRow(tagger.title, tagger.color, [_difference(found), sure, behind, *map(_ratio, found.ratios)])
        )
    return rows


def splits(summary: Summary, cards: Cards) -> list[TableRow]:
    """Return a row a class: its jets in each split and in all."""
    rows = []
    for each in cards.dataset.classes:
        counts = [summary.counts[split][each.name] for split in summary.counts]
        rows.append(TableRow(each.label, each.color, [TableCell(f"{count:,}") for count in [*counts, sum(counts)]]))
    return rows


def settings(tagger: Tagger, engine: str) -> list[tuple[str, str]]:
    """Return names and values of what a tagger's card sets: architecture, inputs, hyperparameters, training."""
    inputs = tagger.inputs
    lines = [("architecture", tagger.architecture)]
    lines += [(f"features of {name}", ", ".join(wanted)) for name, wanted in inputs.sequences.items()]
    lines += [(f"features of the nodes of {name}", ", ".join(wanted)) for name, wanted in inputs.trees.items()]
    lines += [("jet variables", ", ".join(inputs.scalars))] if inputs.scalars else []
    lines += _named(tagger.settings)
    return lines + (_named(tagger.training.model_dump()) if engine == "keras" else [])


def by_auc(comparison: Comparison) -> list[TaggerResult]:
    """Return the taggers, the best first."""
    return sorted(comparison.taggers, key=lambda tagger: -tagger.auc.value)


def scarce(comparison: Comparison) -> bool:
    """Return whether a rejection rests on fewer than `FEW_JETS` background jets."""
    return any(each.background_jets < FEW_JETS for tagger in comparison.taggers for each in tagger.rejections)


def bounded(comparison: Comparison) -> bool:
    """Return whether a rejection or a ratio of rejections has no upper end."""
    found: list[Rejection | Ratio] = [each for tagger in comparison.taggers for each in tagger.rejections]
    found += [each.rejection for each in comparison.sizes]
    differences = [tagger.difference for tagger in comparison.taggers]
    found += [ratio for each in differences if each is not None for ratio in each.ratios]
    return any(each.high is None for each in found)


def quantity(found: Quantity) -> TableCell:
    """Return a mean with its uncertainty, and below it the spread over the seeds, if there are several."""
    if found.spread is None:
        return TableCell(measurement(found.value, found.uncertainty))
    places = decimals(found.uncertainty)
    return TableCell(measurement(found.value, found.uncertainty), note=f"seeds: {rounded(found.spread, places)}")


def _difference(found: Difference) -> TableCell:
    if found.training is None:
        return TableCell(measurement(found.auc, found.uncertainty))
    places = decimals(found.uncertainty)
    note = f"trainings: ± {rounded(found.training, places)}"
    return TableCell(measurement(found.auc, found.uncertainty), note=note)


def rejection(found: Rejection) -> TableCell:
    """Return a rejection with its interval, and below it the jets behind it and the spread over the seeds."""
    jets = f"{round(found.background_jets, 1):g}"
    note = f"{jets} jet{'' if jets == '1' else 's'}"
    if found.spread is not None:
        note += f"; seeds: {plain(found.spread, 2)}"
    return _interval(found.value, found.low, found.high, note, found.background_jets < FEW_JETS)


def _ratio(found: Ratio) -> TableCell:
    return _interval(found.value, found.low, found.high, "", found.background_jets < FEW_JETS)


def _interval(value: float | None, low: float, high: float | None, note: str, few: bool) -> TableCell:
    if value is None or high is None:
        return TableCell(range_text(value, low, high), note=note, few=few)
    return TableCell(*asymmetric(value, low, high), note, few)


def _cost(tagger: TaggerResult) -> list[str]:
    return [
        ", ".join(str(training.seed) for training in tagger.trainings),
        f"{tagger.parameters:,}" if tagger.parameters is not None else _NONE,
        f"{tagger.training_jets:,}",
        f"{tagger.epochs:.3g}" if tagger.epochs is not None else _NONE,
        _duration(tagger.training_seconds),
        plain(tagger.jets_per_second, 3),
        str(tagger.threads) if tagger.threads is not None else _NONE,
    ]


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{plain(seconds, 2)} s"
    return f"{plain(seconds / 60, 2)} min" if seconds < 7200 else f"{plain(seconds / 3600, 2)} h"


def _named(values: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name.replace("_", " "), _setting(value)) for name, value in values.items()]


def _setting(value: Any) -> str:
    if isinstance(value, list | tuple | dict):
        return ", ".join(f"{each}: {value[each]}" if isinstance(value, dict) else str(each) for each in value) or _NONE
    return str(value)
