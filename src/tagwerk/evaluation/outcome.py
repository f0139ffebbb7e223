"""Which tagger wins, as far as the test jets can tell."""

from tagwerk.evaluation.comparison import Difference, Outcome, TaggerResult

# ASSUME: two taggers are distinguished from two standard deviations on, and surely so from three.
APART, SURE = 2.0, 3.0
# ASSUME: a rejection that rests on fewer background jets decides nothing.
FEW_JETS = 10


def outcome(taggers: list[TaggerResult], best: str) -> Outcome:
    """Return whether the best of these taggers, the one of this name, wins."""
    others = [each for each in taggers if each.name != best]
    if not others:
        return "alone"
    if closer_than(APART, others):
        return "undecided"
    return "ahead" if closer_than(SURE, others) else "winner"


def closer_than(deviations: float, others: list[TaggerResult]) -> list[TaggerResult]:
    """Return those of the taggers other than the best that are less than so many standard deviations behind it."""
    return [each for each in others if difference_of(each).significance < deviations]


def difference_of(tagger: TaggerResult) -> Difference:
    """Return the difference of a tagger to the best, which alone has none."""
    assert tagger.difference is not None, "only the best tagger has none"
    return tagger.difference
