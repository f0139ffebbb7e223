"""What came out of what was expected of a study, pair by pair and in plain language."""

from collections.abc import Mapping, Sequence
from math import copysign, floor

from scipy.stats import norm

from tagwerk.cards.expectation import Expectation
from tagwerk.cards.tagger import Tagger
from tagwerk.evaluation.comparison import Difference, Expected, Judgement, Pair
from tagwerk.evaluation.measured import BySize, Measured
from tagwerk.evaluation.paired import difference
from tagwerk.evaluation.verdict import APART, gap
from tagwerk.rounding import listing, plain


def expected(expectation: Expectation, cards: Mapping[str, Tagger], measured: BySize) -> Expected:
    """Return the judgement of an expectation on each pair of taggers at each size of the training sample."""
    titles = {name: card.title for name, card in cards.items()}
    pairs = [
        _pair(jets, better, worse, taggers, expectation.at_least, titles)
        for jets, taggers in measured.items()
        for better in expectation.better
        for worse in expectation.worse
        if {better, worse} <= taggers.keys()
    ]
    better, worse = ([titles[name] for name in names] for names in (expectation.better, expectation.worse))
    what = claim(better, worse, expectation.at_least)
    sentences = [f"Expected: {what} ({expectation.source})."]
    sentences += [
        _outcome(jets, [pair for pair in pairs if pair.jets == jets], expectation.at_least) for jets in measured
    ]
    return Expected(**expectation.model_dump(), sentences=sentences, pairs=pairs)


def judgement(found: Difference, at_least: bool) -> Judgement:
    """Return what a difference, better less worse, says of the expectation that it is above zero, or not below it."""
    ahead = copysign(found.significance, found.auc)
    if ahead <= -APART:
        return "contradicted"
    return "holds" if at_least or ahead >= APART else "not told apart"


def signed(found: Difference) -> str:
    """Return a difference in standard deviations with its sign, such as "+2.41", and only a bound beyond 10.

    It is rounded down, so that what is short of a limit is not shown to reach it.
    """
    sign = "\N{MINUS SIGN}" if found.auc < 0 else "+"
    return f"beyond {sign}10" if found.significance > 10 else f"{sign}{floor(100 * found.significance) / 100:.2f}"


def by_taggers(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """Return the same pair of taggers at each size together."""
    groups: dict[tuple[str, str], list[Pair]] = {}
    for pair in pairs:
        groups.setdefault((pair.better, pair.worse), []).append(pair)
    return list(groups.values())


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


def _pair(
    jets: int | None,
    better: str,
    worse: str,
    taggers: Mapping[str, Measured],
    at_least: bool,
    titles: Mapping[str, str],
) -> Pair:
    found = difference(taggers[better], taggers[worse])
    return Pair(
        jets=jets,
        better=better,
        worse=worse,
        title=claim([titles[better]], [titles[worse]], at_least),
        difference=found,
        judgement=judgement(found, at_least),
    )


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
