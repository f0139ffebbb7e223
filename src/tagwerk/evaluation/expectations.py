"""The expectations of a study card, judged pair by pair."""

from collections.abc import Sequence
from math import copysign

from tagwerk.cards.expectation import Expectation
from tagwerk.evaluation.expectation_results import ExpectationResult, Judgement, Pair
from tagwerk.evaluation.measured import PerformanceBySize
from tagwerk.evaluation.outcome import DISTINGUISHED_SIGMA
from tagwerk.evaluation.paired import difference
from tagwerk.evaluation.tagger_results import Difference


def judge_expectation(expectation: Expectation, measured: PerformanceBySize) -> ExpectationResult:
    """Return the judgement on each pair of taggers of an expectation at each training-sample size."""
    pairs = []
    for jets, taggers in measured.items():
        for better in expectation.better:
            for worse in expectation.worse:
                if {better, worse} <= taggers.keys():
                    delta = difference(taggers[better], taggers[worse])
                    verdict = judgement(delta, expectation.at_least)
                    pairs.append(Pair(jets=jets, better=better, worse=worse, difference=delta, judgement=verdict))
    return ExpectationResult(**expectation.model_dump(), sizes=list(measured), pairs=pairs)


def judgement(delta: Difference, at_least: bool) -> Judgement:
    """Return whether a difference, better minus worse, is above zero as expected, or with `at_least` not below it."""
    sigma = copysign(delta.significance, delta.auc)
    if sigma <= -DISTINGUISHED_SIGMA:
        return "contradicted"
    return "holds" if at_least or sigma >= DISTINGUISHED_SIGMA else "not distinguished"


def group_by_taggers(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """Return the pairs grouped by their two taggers, all sizes in one group."""
    groups: dict[tuple[str, str], list[Pair]] = {}
    for pair in pairs:
        groups.setdefault((pair.better, pair.worse), []).append(pair)
    return list(groups.values())
