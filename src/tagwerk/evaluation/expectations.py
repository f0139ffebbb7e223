"""What a study's card expects, judged pair by pair."""

from collections.abc import Sequence
from math import copysign

from tagwerk.cards.expectation import Expectation
from tagwerk.evaluation.comparison import Difference, Expected, Judgement, Pair
from tagwerk.evaluation.measured import BySize
from tagwerk.evaluation.outcome import APART
from tagwerk.evaluation.paired import difference


def expected(expectation: Expectation, measured: BySize) -> Expected:
    """Return the judgement of an expectation on each pair of taggers at each size of the training sample."""
    pairs = []
    for jets, taggers in measured.items():
        for better in expectation.better:
            for worse in expectation.worse:
                if {better, worse} <= taggers.keys():
                    found = difference(taggers[better], taggers[worse])
                    verdict = judgement(found, expectation.at_least)
                    pairs.append(Pair(jets=jets, better=better, worse=worse, difference=found, judgement=verdict))
    return Expected(**expectation.model_dump(), sizes=list(measured), pairs=pairs)


def judgement(found: Difference, at_least: bool) -> Judgement:
    """Return what a difference, better less worse, says of the expectation that it is above zero, or not below it."""
    ahead = copysign(found.significance, found.auc)
    if ahead <= -APART:
        return "contradicted"
    return "holds" if at_least or ahead >= APART else "not told apart"


def by_taggers(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """Return the same pair of taggers at each size together."""
    groups: dict[tuple[str, str], list[Pair]] = {}
    for pair in pairs:
        groups.setdefault((pair.better, pair.worse), []).append(pair)
    return list(groups.values())
