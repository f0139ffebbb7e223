"""Which tagger wins, as far as the test jets can distinguish them."""

from tagwerk.evaluation.comparison import Outcome
from tagwerk.evaluation.multiple_testing import holm, two_sided_p, two_sided_sigma
from tagwerk.evaluation.tagger_results import Difference, TaggerResult

# ASSUME: two taggers are distinguished from two standard deviations on; the better one wins from three on.
DISTINGUISHED_SIGMA, WINNER_SIGMA = 2.0, 3.0
# ASSUME: a rejection based on fewer background jets does not rank taggers.
FEW_JETS = 10


def outcome(taggers: list[TaggerResult], best: str) -> Outcome:
    """Return whether the tagger named `best` wins, over all others at once."""
    others = [tagger for tagger in taggers if tagger.name != best]
    if not others:
        return "alone"
    if closer_than(DISTINGUISHED_SIGMA, others):
        return "undecided"
    return "ahead" if closer_than(WINNER_SIGMA, others) else "winner"


def closer_than(sigma: float, others: list[TaggerResult]) -> list[TaggerResult]:
    """Return those of the other taggers that are less than `sigma` corrected standard deviations behind the best."""
    return [tagger for tagger, corrected in zip(others, corrected_sigma(others), strict=True) if corrected < sigma]


def corrected_sigma(others: list[TaggerResult]) -> list[float]:
    """Return the significance of each difference to the best, corrected by Holm for the number of other taggers.

    So the probability that equal taggers are called distinguished is that of 2 or 3 standard deviations for all
    statements of a headline together, not for each. That the best was chosen by the same jets makes it smaller still:
    the best of several equal taggers is more often close to the second than one given pair is.
    """
    significance = [difference_to_best(tagger).significance for tagger in others]
    if len(others) == 1:
        return significance
    return [float(sigma) for sigma in two_sided_sigma(holm(two_sided_p(significance)))]


def difference_to_best(tagger: TaggerResult) -> Difference:
    """Return the difference of a tagger to the best, defined for all but the best itself."""
    assert tagger.difference is not None, "only the best tagger has none"
    return tagger.difference
