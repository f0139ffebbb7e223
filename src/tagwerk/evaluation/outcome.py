"""Which tagger wins, as far as the test jets can distinguish them."""

from tagwerk.evaluation.comparison import Difference, Outcome, TaggerResult

# ASSUME: two taggers are distinguished from two standard deviations on; the better one wins from three on.
DISTINGUISHED_SIGMA, WINNER_SIGMA = 2.0, 3.0
# ASSUME: a rejection based on fewer background jets does not rank taggers.
FEW_JETS = 10


def outcome(taggers: list[TaggerResult], best: str) -> Outcome:
    """Return whether the tagger named `best` wins."""
    others = [tagger for tagger in taggers if tagger.name != best]
    if not others:
        return "alone"
    if closer_than(DISTINGUISHED_SIGMA, others):
        return "undecided"
    return "ahead" if closer_than(WINNER_SIGMA, others) else "winner"


def closer_than(sigma: float, others: list[TaggerResult]) -> list[TaggerResult]:
    """Return those of the other taggers that are less than `sigma` standard deviations behind the best."""
    return [tagger for tagger in others if difference_to_best(tagger).significance < sigma]


def difference_to_best(tagger: TaggerResult) -> Difference:
    """Return the difference of a tagger to the best, defined for all but the best itself."""
    assert tagger.difference is not None, "only the best tagger has none"
    return tagger.difference
