"""The outcome of a study's expectations, in words."""

from collections.abc import Mapping, Sequence
from math import copysign, floor

from scipy.stats import norm

from tagwerk.evaluation.expectation_results import ExpectationResult, Judgement, Pair
from tagwerk.evaluation.outcome import DISTINGUISHED_SIGMA
from tagwerk.evaluation.tagger_results import Difference
from tagwerk.report.verdict import difference_text
from tagwerk.rounding import listing, plain, title_listing


def sentences(expectation: ExpectationResult, titles: Mapping[str, str]) -> list[str]:
    """Return the expectation, and a sentence on its pairs for each training-sample size.

    `titles` are those of taggers by name.
    """
    better, worse = ([titles[name] for name in names] for names in (expectation.better, expectation.worse))
    lines = [f"Expected: {claim(better, worse, expectation.at_least)} ({expectation.source})."]
    return lines + [
        _size_sentence(jets, [pair for pair in expectation.pairs if pair.jets == jets], expectation.at_least)
        for jets in expectation.sizes
    ]


def pair_claim(pair: Pair, expectation: ExpectationResult, titles: Mapping[str, str]) -> str:
    """Return the claim about a pair of taggers."""
    return claim([titles[pair.better]], [titles[pair.worse]], expectation.at_least)


def signed_significance(difference: Difference) -> str:
    """Return a difference in standard deviations with its sign, such as "+2.41", and only a bound beyond 10.

    It is rounded towards zero, so that a value below a threshold never appears to reach it.
    """
    sign = "\N{MINUS SIGN}" if difference.auc < 0 else "+"
    if difference.significance > 10:
        return f"beyond {sign}10"
    return f"{sign}{floor(100 * difference.significance) / 100:.2f}"


def claim(better: Sequence[str], worse: Sequence[str], at_least: bool) -> str:
    """Return such as "A and B ahead of C" from taggers' titles, in quotes where a title contains a comma."""
    quoted = any("," in title for title in (*better, *worse))
    left, right = (title_listing([*titles], quoted=quoted) for titles in (better, worse))
    return f"{left} {'at least as good as' if at_least else 'ahead of'} {right}"


def caution(expectations: Sequence[ExpectationResult]) -> str:
    """Return in words how many differences were tested, and how many of them chance alone would make significant."""
    pairs = [pair for expectation in expectations for pair in expectation.pairs]
    chance = plain(2 * norm.sf(DISTINGUISHED_SIGMA) * len(pairs), 2)
    subject = f"{len(pairs)} differences are" if len(pairs) != 1 else "One difference is"
    text = (
        f"{subject} tested here, without a correction for their number: were all these taggers equal, about {chance} "
        f"would deviate from zero by {DISTINGUISHED_SIGMA:g} standard deviations or more by chance. They are not "
        "independent, as they share taggers and test jets."
    )
    if any(pair.difference.training is None for pair in pairs):
        text += " Where a tagger was trained once, the spread from training to training is not included."
    return text


def _size_sentence(jets: int | None, pairs: Sequence[Pair], at_least: bool) -> str:
    """Return a sentence on all pairs at one size."""
    sample = f"On {jets:,} training jets" if jets is not None else "On all training jets"
    if not pairs:
        return f"{sample} none of these pairs was trained."
    if len(pairs) == 1:
        delta = pairs[0].difference
        sigma = f"{signed_significance(delta)} standard deviations"
        return f"{sample} the difference in AUC is {difference_text(delta)}, {sigma}: {pairs[0].judgement}."
    holding = [pair for pair in pairs if pair.judgement == "holds"]
    judgements = [pair.judgement for pair in pairs]
    rest = [_count(judgements, "not distinguished")] if "not distinguished" in judgements else []
    rest.append(_count(judgements, "contradicted"))
    ahead = _ahead(holding) if at_least and holding else ""
    holds = f"the expectation holds for {len(holding) or 'none'} of {len(pairs)} pairs{ahead}"
    return f"{sample} {holds}; {listing(rest)}."


def _ahead(holding: Sequence[Pair]) -> str:
    significances = [copysign(pair.difference.significance, pair.difference.auc) for pair in holding]
    ahead = sum(sigma >= DISTINGUISHED_SIGMA for sigma in significances)
    return f" ({ahead or 'none'} of them ahead by {DISTINGUISHED_SIGMA:g} standard deviations or more)"


def _count(judgements: list[Judgement], judgement: Judgement) -> str:
    count = judgements.count(judgement)
    return f"{count or 'none'} {'are' if count > 1 else 'is'} {judgement}"
