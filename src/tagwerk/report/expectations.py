"""What became of a study's expectations, in words."""

from collections.abc import Mapping, Sequence
from math import copysign, floor

from scipy.stats import norm

from tagwerk.evaluation.comparison import Difference, Expected, Pair
from tagwerk.evaluation.outcome import APART
from tagwerk.report.verdict import gap
from tagwerk.rounding import listing, plain


def sentences(expected: Expected, titles: Mapping[str, str]) -> list[str]:
    """Return the expectation, and a sentence on its pairs for each size of the training sample.

    `titles` are those of taggers by name.
    """
    better, worse = ([titles[name] for name in names] for names in (expected.better, expected.worse))
    lines = [f"Expected: {claim(better, worse, expected.at_least)} ({expected.source})."]
    return lines + [
        _outcome(jets, [pair for pair in expected.pairs if pair.jets == jets], expected.at_least)
        for jets in expected.sizes
    ]


def pair_claim(pair: Pair, expected: Expected, titles: Mapping[str, str]) -> str:
    """Return the claim about a pair of taggers."""
    return claim([titles[pair.better]], [titles[pair.worse]], expected.at_least)


def signed(found: Difference) -> str:
    """Return a difference in standard deviations with its sign, such as "+2.41", and only a bound beyond 10.

    It is rounded down, so that what is short of a limit is not shown to reach it.
    """
    sign = "\N{MINUS SIGN}" if found.auc < 0 else "+"
    return f"beyond {sign}10" if found.significance > 10 else f"{sign}{floor(100 * found.significance) / 100:.2f}"


def claim(better: Sequence[str], worse: Sequence[str], at_least: bool) -> str:
    """Return such as "A and B ahead of C" of the titles of taggers, in quotes where a comma is part of one."""
    quoted = any("," in title for title in (*better, *worse))
    left, right = (listing([f"“{title}”" if quoted else title for title in side]) for side in (better, worse))
    return f"{left} {'at least as good as' if at_least else 'ahead of'} {right}"


def caution(found: Sequence[Expected]) -> str:
    """Return in words how many differences were judged, and what chance alone would make of so many."""
    pairs = [pair for each in found for pair in each.pairs]
    chance = plain(2 * norm.sf(APART) * len(pairs), 2)
    many = f"{len(pairs)} differences are" if len(pairs) != 1 else "One difference is"
    said = (
        f"{many} judged here, without a correction for their number: were all these taggers equal, about {chance} "
        f"would lie {APART:g} standard deviations or more off zero by chance. They are not independent, as they share "
        "taggers and test jets."
    )
    if any(pair.difference.training is None for pair in pairs):
        said += " Where a tagger was trained once, the spread from training to training is not included."
    return said


def _outcome(jets: int | None, pairs: Sequence[Pair], at_least: bool) -> str:
    """Return a sentence on all pairs at one size."""
    on = f"On {jets:,} training jets" if jets is not None else "On all training jets"
    if not pairs:
        return f"{on} none of these pairs was trained."
    if len(pairs) == 1:
        found = pairs[0].difference
        return f"{on} the difference in AUC is {gap(found)}, {signed(found)} standard deviations: {pairs[0].judgement}."
    holding = [pair for pair in pairs if pair.judgement == "holds"]
    unclear = sum(pair.judgement == "not told apart" for pair in pairs)
    against = sum(pair.judgement == "contradicted" for pair in pairs)
    words = [_number(len(holding), "holds", "hold") + (_surely(holding) if at_least and holding else "")]
    words += [f"{unclear} cannot be told apart"] if unclear else []
    words.append(_number(against, "is contradicted", "are contradicted"))
    return f"{on}, of {len(pairs)} pairs {listing(words)}."


def _surely(holding: Sequence[Pair]) -> str:
    ahead = sum(copysign(pair.difference.significance, pair.difference.auc) >= APART for pair in holding)
    return f" ({ahead or 'none'} of them ahead by {APART:g} standard deviations or more)"


def _number(count: int, one: str, several: str) -> str:
    return f"{count or 'none'} {several if count > 1 else one}"
