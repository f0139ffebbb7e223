"""The table of a comparison as Markdown, to paste into notes and pages."""

from tagwerk.evaluation.numbers import measurement, plain, range_text
from tagwerk.evaluation.result import Comparison, TaggerResult
from tagwerk.evaluation.verdict import FEW_JETS


def markdown(comparison: Comparison) -> str:
    """Return headline and table: a row a tagger, the best first, all uncertainties those of the finite test sample."""
    ordered = sorted(comparison.taggers, key=lambda tagger: -tagger.auc.value)
    efficiencies = [each.signal_efficiency for each in ordered[0].rejections]
    head = ["tagger", "AUC", "accuracy", *(f"1/ε_B at ε_S = {efficiency:g}" for efficiency in efficiencies)]
    head += ["parameters", "training time", "jets/s scored"]
    lines = [f"**{comparison.verdict.headline}**", "", _line(head), _line(["---", *["---:"] * (len(head) - 1)])]
    lines += [_line(_cells(tagger)) for tagger in ordered]
    if any(each.background_jets < FEW_JETS for tagger in ordered for each in tagger.rejections):
        lines += ["", f"† fewer than {FEW_JETS} background jets: an order of magnitude, not a ranking."]
    return "\n".join(lines) + "\n"


def _cells(tagger: TaggerResult) -> list[str]:
    rejections = [
        range_text(each.value, each.low, each.high) + (" †" if each.background_jets < FEW_JETS else "")
        for each in tagger.rejections
    ]
    return [
        tagger.title,
        measurement(tagger.auc.value, tagger.auc.uncertainty),
        measurement(tagger.accuracy.value, tagger.accuracy.uncertainty),
        *rejections,
        "" if tagger.parameters is None else f"{tagger.parameters:,}",
        f"{plain(tagger.training_seconds, 3)} s",
        plain(tagger.jets_per_second, 2),
    ]


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
