"""The tables of a comparison as Markdown, to paste into notes and pages."""

import re
from collections.abc import Mapping

from tagwerk.evaluation.comparison import AtSize, Comparison, Expected, Pair, Rejection, TaggerResult
from tagwerk.evaluation.expectations import by_taggers
from tagwerk.evaluation.intervals import BOUND
from tagwerk.evaluation.learning_curves import by_tagger
from tagwerk.evaluation.outcome import FEW_JETS
from tagwerk.report.expectations import caution, pair_claim, sentences, signed
from tagwerk.report.verdict import gap, verdict
from tagwerk.rounding import decimals, measurement, plain, range_text, rounded

_MARKUP = re.compile(r"[\\`*_\[\]<>|~$&#]")


def markdown(comparison: Comparison) -> str:
    """Return headline and table: a row a tagger, the best first, all uncertainties those of the finite test sample.

    Below them stand the taggers at each size of the training sample, and what was expected, where a study has these.
    """
    blocks = [[f"**{escaped(verdict(comparison).headline)}**"], _taggers(comparison)]
    if comparison.sizes:
        blocks.append(_sizes(comparison))
    for each in comparison.expectations:
        first, *others = map(escaped, sentences(each, comparison.titles))
        blocks += [[f"**{first}** {' '.join(others)}"], _pairs(each, comparison.titles)]
    if comparison.expectations:
        blocks.append([caution(comparison.expectations)])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def escaped(text: str) -> str:
    """Return a text on one line, in which Markdown finds no mark-up: no emphasis, formula, link, tag or column."""
    return _MARKUP.sub(r"\\\g<0>", " ".join(text.splitlines()))


def _taggers(comparison: Comparison) -> list[str]:
    ordered = sorted(comparison.taggers, key=lambda tagger: -tagger.auc.value)
    head = ["tagger", "AUC", "accuracy", *(_rejection_at(each.signal_efficiency) for each in ordered[0].rejections)]
    head += ["parameters", "training time", "jets/s scored"]
    rejections = [each for tagger in ordered for each in tagger.rejections]
    return [*_table(head, [_cells(tagger) for tagger in ordered]), *_notes(rejections)]


def _notes(rejections: list[Rejection]) -> list[str]:
    """Return what the marks in a table mean, if there are any."""
    lines = []
    if any(each.background_jets < FEW_JETS for each in rejections):
        lines += ["", f"† fewer than {FEW_JETS} background jets: an order of magnitude, not a ranking."]
    if any(each.high is None for each in rejections):
        lines += ["", f"\\> lower bound at {BOUND}: less than one effective background jet passes."]
    return lines


def _rejection(found: Rejection) -> str:
    text = range_text(found.value, found.low, found.high)
    return f"{text} †" if found.background_jets < FEW_JETS else text


def _cells(tagger: TaggerResult) -> list[str]:
    return [
        escaped(tagger.title),
        measurement(tagger.auc.value, tagger.auc.uncertainty),
        measurement(tagger.accuracy.value, tagger.accuracy.uncertainty),
        *map(_rejection, tagger.rejections),
        "" if tagger.parameters is None else f"{tagger.parameters:,}",
        f"{plain(tagger.training_seconds, 3)} s",
        plain(tagger.jets_per_second, 2),
    ]


def _sizes(comparison: Comparison) -> list[str]:
    found = [each for group in by_tagger(comparison.sizes) for each in group]
    rejection = _rejection_at(found[0].rejection.signal_efficiency)
    table = _table(["tagger", "training jets", "AUC", "seeds", rejection], [_at_size(each) for each in found])
    return [*table, *_notes([each.rejection for each in found])]


def _at_size(found: AtSize) -> list[str]:
    auc = found.auc
    return [
        escaped(found.title),
        f"{found.jets:,}",
        measurement(auc.value, auc.uncertainty),
        "" if auc.spread is None else rounded(auc.spread, decimals(auc.uncertainty)),
        _rejection(found.rejection),
    ]


def _pairs(expected: Expected, titles: Mapping[str, str]) -> list[str]:
    head = ["expected", "training jets", "difference in AUC", "standard deviations", "judgement"]
    pairs = [pair for group in by_taggers(expected.pairs) for pair in group]
    return _table(head, [_pair(pair, pair_claim(pair, expected, titles)) for pair in pairs])


def _pair(pair: Pair, claim: str) -> list[str]:
    jets = "all" if pair.jets is None else f"{pair.jets:,}"
    return [escaped(claim), jets, gap(pair.difference), signed(pair.difference), pair.judgement]


def _rejection_at(efficiency: float) -> str:
    return f"1/ε_B at ε_S = {efficiency:g}"


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [_line(head), _line(["---", *["---:"] * (len(head) - 1)]), *map(_line, rows)]


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
