"""Published patterns, judged on the taggers of a study."""

from typing import Literal

from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.tagger_results import Difference

Judgement = Literal["holds", "not distinguished", "contradicted"]


class Pair(Frozen):
    """Two taggers of an expectation, compared on the same jets.

    Attributes:
        jets: number of their training jets; null for all.
        better: name of the tagger that is expected to be better.
        worse: name of the other.
        difference: the AUC of the former minus that of the latter.
        judgement: whether the expectation holds for this pair.
    """

    jets: int | None
    better: str
    worse: str
    difference: Difference
    judgement: Judgement


class ExpectationResult(Frozen):
    """An expectation of the study card, judged pair by pair.

    Attributes:
        better: names of the taggers expected to be better.
        worse: names of the others.
        source: where the expectation was published.
        at_least: whether a tie agrees with it.
        sizes: numbers of training jets, null for all, including those at which no pair was trained.
        pairs: the judgements.
    """

    better: list[str]
    worse: list[str]
    source: str
    at_least: bool
    sizes: list[int | None]
    pairs: list[Pair]
