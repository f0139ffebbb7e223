"""The tables of constituents' labels: accuracies, and the confusion matrix of every tagger."""

from collections.abc import Mapping, Sequence

from tagwerk.evaluation.class_results import ConfusionCell
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.label_results import JetLabels, LabelFraction, OriginResult, TaggerLabels
from tagwerk.evaluation.tagger_results import TaggerResult
from tagwerk.report.tables import TableCell, TableRow, metric_cell, percent_cell, sorted_by_auc
from tagwerk.rounding import measurement

_NONE = "\N{EN DASH}"
ACCURACY_HEADS = ["Constituents", "Correct labels", "Most frequent origin", "Gain [%]"]


def labelling(comparison: Comparison) -> list[tuple[TaggerResult, TaggerLabels]]:
    """Return the taggers that label constituents, the best first, with the quality of their labels."""
    found = {each.tagger: each for each in comparison.constituent_labels}
    return [(tagger, found[tagger.name]) for tagger in sorted_by_auc(comparison) if tagger.name in found]


def samples(comparison: Comparison) -> list[str | None]:
    """Return the classes of the jets whose constituents have labels, None for signal and background together."""
    return list(dict.fromkeys(each.of_class for _, found in labelling(comparison) for each in found.samples))


def jets_label(of_class: str | None, comparison: Comparison, labels: Mapping[str, str]) -> str:
    """Return what a table calls the jets of a class, or of signal and background together."""
    names = [comparison.signal, *comparison.backgrounds] if of_class is None else [of_class]
    return " and ".join(labels[name] for name in names)


def accuracy_rows(comparison: Comparison, of_class: str | None) -> list[TableRow]:
    """Return one row per tagger: constituents, fraction of correct labels, that of the baseline, and the gain."""
    return [
        TableRow(tagger.title, tagger.color, _accuracy_cells(found, sample))
        for tagger, found in labelling(comparison)
        for sample in found.samples
        if sample.of_class == of_class
    ]


def confusion_heads(found: TaggerLabels) -> list[str]:
    """Return the headings of the columns of `confusion_rows`."""
    return ["Constituents", *found.origins.values(), "Purity", "AUC"]


def confusion_rows(tagger: TaggerResult, found: TaggerLabels, sample: JetLabels) -> list[TableRow]:
    """Return one row per true origin: constituents, the fractions with each label, purity of its label, and AUC."""
    rows = []
    for result in sample.origins:
        fractions = [percent_cell(each.value, each.low, each.high) for each in _row(sample, result)]
        cells = [
            TableCell(f"{result.constituents:,}"),
            *fractions,
            _fraction_cell(result.purity),
            metric_cell(result.auc),
        ]
        rows.append(TableRow(found.origins[result.origin], tagger.color, cells))
    return rows


def unknown_sentence(comparison: Comparison) -> str:
    """Return how many constituents are left out because their origin is not known; empty if there are none."""
    unknown = max((each.unknown for _, found in labelling(comparison) for each in found.samples), default=0)
    return f" Left out, for an unknown origin: {unknown:,}." if unknown else ""


def _row(sample: JetLabels, result: OriginResult) -> Sequence[ConfusionCell]:
    return [each for each in sample.confusion if each.truth == result.origin]


def _accuracy_cells(found: TaggerLabels, sample: JetLabels) -> list[TableCell]:
    gain = measurement(100 * sample.gain.value, 100 * sample.gain.uncertainty)
    return [
        TableCell(f"{sample.constituents:,}", note=f"in {sample.jets:,} jets"),
        _fraction_cell(sample.accuracy),
        _fraction_cell(sample.baseline)._replace(note=found.origins[sample.most_frequent]),
        TableCell(gain, order=sample.gain.value),
    ]


def _fraction_cell(fraction: LabelFraction | None) -> TableCell:
    return TableCell(_NONE) if fraction is None else percent_cell(fraction.value, fraction.low, fraction.high)
