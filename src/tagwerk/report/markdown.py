"""The tables of a comparison as Markdown, to paste into notes and pages."""

import re
from collections.abc import Mapping

from tagwerk.class_text import mixture
from tagwerk.evaluation.alternative_results import AlternativeSample
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.expectation_results import ExpectationResult, Pair
from tagwerk.evaluation.expectations import group_by_taggers
from tagwerk.evaluation.intervals import BOUND
from tagwerk.evaluation.learning_curves import group_by_tagger
from tagwerk.evaluation.learning_results import LearningCurvePoint
from tagwerk.evaluation.metrics import metrics
from tagwerk.evaluation.optimum import group_distances
from tagwerk.evaluation.optimum_results import LimitDistance, Optimum
from tagwerk.evaluation.outcome import FEW_JETS
from tagwerk.evaluation.quantities import Rejection
from tagwerk.evaluation.tagger_results import TaggerResult
from tagwerk.report.alternative_tables import alternative_headings, alternative_rows
from tagwerk.report.expectation_text import caution, pair_claim, sentences, signed_significance
from tagwerk.report.optimum_tables import distance_text
from tagwerk.report.pair_tables import mixed_sentence
from tagwerk.report.scaling_tables import scaling_headings, scaling_rows
from tagwerk.report.tables import TableCell, sorted_by_auc
from tagwerk.report.verdict import difference_text, verdict
from tagwerk.rounding import decimals, interval_text, measurement, plain, rounded

_MARKUP = re.compile(r"[\\`*_\[\]<>|~$&#]")


def markdown(comparison: Comparison) -> str:
    """Return headline and table: one row per tagger, the best first, with uncertainties from the finite test sample.

    Categories of jets, learning curves and expectations follow where the study has them.
    """
    blocks = [[f"**{escape_markdown(verdict(comparison).headline)}**"], *_backgrounds(comparison)]
    blocks.append(_tagger_table(comparison))
    for category in comparison.categories or ():
        headline = escape_markdown(f"{category.title}: {verdict(category.comparison).headline}")
        blocks += [[f"**{headline}**"], _tagger_table(category.comparison)]
    if comparison.sizes:
        blocks.append(_size_table(comparison))
    if comparison.scaling:
        blocks.append(_scaling_table(comparison))
    blocks += [_alternative_table(sample) for sample in comparison.alternatives]
    for each in comparison.mixed_ensembles:
        gain = (
            f"{escape_markdown(each.title)}, ensemble: gain in AUC {measurement(each.gain.auc, each.gain.uncertainty)}."
        )
        blocks.append([f"{gain} {escape_markdown(mixed_sentence(each, comparison.titles))}"])
    if comparison.optimum is not None:
        blocks.append(_limit_table(comparison.optimum))
    for expectation in comparison.expectations:
        first, *others = map(escape_markdown, sentences(expectation, comparison.titles))
        blocks += [[f"**{first}** {' '.join(others)}"], _pair_table(expectation, comparison.titles)]
    if comparison.expectations:
        blocks.append([caution(comparison.expectations)])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _backgrounds(comparison: Comparison) -> list[list[str]]:
    """Return what the background is, if it has several classes."""
    if len(comparison.backgrounds) == 1:
        return []
    return [[f"Signal: {escape_markdown(comparison.signal)}; background: {escape_markdown(mixture(comparison))}."]]


def escape_markdown(text: str) -> str:
    """Return a text on one line, in which Markdown finds no mark-up: no emphasis, formula, link, tag or column."""
    return _MARKUP.sub(r"\\\g<0>", " ".join(text.splitlines()))


def _tagger_table(comparison: Comparison) -> list[str]:
    ordered = sorted_by_auc(comparison)
    head = ["tagger", *_metric_heads(), *(_rejection_head(each.signal_efficiency) for each in ordered[0].rejections)]
    head += ["parameters", "training time", "jets/s scored"]
    rejections = [rejection for tagger in ordered for rejection in tagger.rejections]
    return [*_table(head, [_tagger_row(tagger) for tagger in ordered]), *_notes(rejections)]


def _notes(rejections: list[Rejection]) -> list[str]:
    """Return the legend of the marks in a table, if there are any."""
    lines = []
    if any(rejection.background_jets < FEW_JETS for rejection in rejections):
        lines += ["", f"† fewer than {FEW_JETS} background jets: an order of magnitude, not a ranking."]
    if any(rejection.high is None for rejection in rejections):
        lines += ["", f"\\> lower bound at {BOUND}: less than one effective background jet passes."]
    return lines


def _rejection_text(rejection: Rejection) -> str:
    text = interval_text(rejection.value, rejection.low, rejection.high)
    return f"{text} †" if rejection.background_jets < FEW_JETS else text


def _tagger_row(tagger: TaggerResult) -> list[str]:
    return [
        escape_markdown(tagger.title),
        *("" if each is None else measurement(each.value, each.uncertainty) for each in tagger.metrics.values()),
        *map(_rejection_text, tagger.rejections),
        "" if tagger.parameters is None else f"{tagger.parameters:,}",
        "" if tagger.training_seconds is None else f"{plain(tagger.training_seconds, 3)} s",
        "" if tagger.jets_per_second is None else plain(tagger.jets_per_second, 2),
    ]


def _size_table(comparison: Comparison) -> list[str]:
    points = [point for group in group_by_tagger(comparison.sizes) for point in group]
    rejection = _rejection_head(points[0].rejection.signal_efficiency)
    head = ["tagger", "training jets", "AUC", "spread over seeds", rejection]
    table = _table(head, [_size_row(point) for point in points])
    return [*table, *_notes([point.rejection for point in points])]


def _size_row(point: LearningCurvePoint) -> list[str]:
    auc = point.auc
    return [
        escape_markdown(point.title),
        f"{point.jets:,}",
        measurement(auc.value, auc.uncertainty),
        "" if auc.spread is None else rounded(auc.spread, decimals(auc.uncertainty)),
        _rejection_text(point.rejection),
    ]


def _scaling_table(comparison: Comparison) -> list[str]:
    rows = [
        [escape_markdown(row.heading), *(f"{cell.text}{_ends(cell)}" for cell in row.cells)]
        for row in scaling_rows(comparison)
    ]
    return _table(["tagger", *scaling_headings(comparison)], rows)


def _alternative_table(sample: AlternativeSample) -> list[str]:
    points = [ratio.signal_efficiency for ratio in sample.taggers[0].ratios]
    ratios = [f"ratio of 1/ε_B at ε_S = {point:g}" for point in points]
    head = [f"tagger, on {escape_markdown(sample.title)}", *alternative_headings(), *ratios]
    rows = [
        [escape_markdown(row.heading), *(f"{cell.text}{_ends(cell)}" for cell in row.cells)]
        for row in alternative_rows(sample)
    ]
    return _table(head, rows)


def _ends(cell: TableCell) -> str:
    """Return the uncertainties of a cell in words."""
    return f" (+{cell.up} \N{MINUS SIGN}{cell.down})" if cell.up else ""


def _limit_table(optimum: Optimum) -> list[str]:
    limit = f"{measurement(optimum.auc.value, optimum.auc.uncertainty)} ({escape_markdown(optimum.title)})"
    head = ["tagger", "training jets", f"best possible AUC, {limit}, minus AUC", "rejection over the best possible"]
    distances = [each for group in group_distances(optimum) for each in group]
    return _table(head, [_limit_row(each) for each in distances])


def _limit_row(distance: LimitDistance) -> list[str]:
    ratios = "; ".join(
        f"{interval_text(ratio.value, ratio.low, ratio.high)} at ε_S = {ratio.signal_efficiency:g}"
        for ratio in distance.ratios
    )
    jets = "all" if distance.jets is None else f"{distance.jets:,}"
    return [escape_markdown(distance.title), jets, distance_text(distance), ratios]


def _pair_table(expectation: ExpectationResult, titles: Mapping[str, str]) -> list[str]:
    head = ["expected", "training jets", "difference in AUC", "standard deviations", "judgement"]
    pairs = [pair for group in group_by_taggers(expectation.pairs) for pair in group]
    return _table(head, [_pair_row(pair, pair_claim(pair, expectation, titles)) for pair in pairs])


def _pair_row(pair: Pair, claim: str) -> list[str]:
    jets = "all" if pair.jets is None else f"{pair.jets:,}"
    delta = pair.difference
    return [escape_markdown(claim), jets, difference_text(delta), signed_significance(delta), pair.judgement]


def _metric_heads() -> list[str]:
    """Return the metrics' labels, in lower case unless they are abbreviations."""
    labels = [metric.label for metric in metrics().values()]
    return [label if label.isupper() else label.lower() for label in labels]


def _rejection_head(efficiency: float) -> str:
    return f"1/ε_B at ε_S = {efficiency:g}"


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [_line(head), _line(["---", *["---:"] * (len(head) - 1)]), *map(_line, rows)]


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
