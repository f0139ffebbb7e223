"""Whether a dataset's jets are enough for what a study wants, known before any training."""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from tagwerk.arrays import Floats64
from tagwerk.cards.split import SPLITS
from tagwerk.cards.study import Study
from tagwerk.errors import UserError
from tagwerk.jets.effective import FEWEST, FEWEST_EVENTS
from tagwerk.summaries.summary import Summary

NAMES = {"train": "training", "validation": "validation", "test": "test"}


class ClassWeights:
    """Sums over the jets of each split by class, filled chunk by chunk; jets of an event stand in one chunk.

    Attributes:
        sums: of weights, (classes,).
        squares: of the weights of events, (classes,).
        negative: how many jets weigh less than zero, in each split.
    """

    def __init__(self, classes: int) -> None:
        self.sums: dict[str, Floats64] = {split: np.zeros(classes) for split in SPLITS}
        self.squares: dict[str, Floats64] = {split: np.zeros(classes) for split in SPLITS}
        self.negative = dict.fromkeys(SPLITS, 0)

    def add(self, split: str, label: npt.NDArray[np.integer], weight: Floats64, event: npt.NDArray[np.uint64]) -> None:
        """Fill N jets in."""
        classes = len(self.sums[split])
        events, place = np.unique(event, return_inverse=True)
        sums = np.bincount(place * classes + label, weight, len(events) * classes).reshape(-1, classes)
        self.sums[split] += sums.sum(axis=0)
        self.squares[split] += (sums**2).sum(axis=0)
        self.negative[split] += int((weight < 0).sum())

    def effective(self, split: str) -> Floats64:
        """Return how many events of weight one fluctuate like those of each class, (classes,)."""
        total = np.maximum(self.sums[split], 0)
        return np.asarray(np.divide(total**2, self.squares[split], out=np.zeros_like(total), where=total > 0))


def check_study(study: Study, summary: Summary) -> None:
    """Raise UserError where a study wants more of the jets than there are: to train on, or to compare taggers on."""
    for name in (study.signal, study.background):
        check_enough(name, *_tested(summary, name))
    there = sum(summary.counts["train"].values())
    for jets in study.training_jets:
        if jets > there:
            raise UserError(
                f"key 'training_jets': {jets} is more than the {there} training jets of the dataset; "
                "ask for fewer, or give the study more jets"
            )


def check_enough(name: str, jets: int, weight: float, effective: float) -> None:
    """Raise UserError where the test jets of a class are too few to compare taggers on.

    Args:
        name: of the class.
        jets: how many there are.
        weight: the sum of their weights.
        effective: how many events of weight one would fluctuate like theirs.
    """
    todo = "use more jets, or name other classes in the study's card"
    if jets < FEWEST:
        raise UserError(f"{jets or 'no'} jets of class '{name}' to test on, a comparison needs {FEWEST}; {todo}")
    if not weight > 0:
        raise UserError(f"key 'weight': the test jets of class '{name}' weigh {weight:g} in all; correct the weight")
    if effective < FEWEST_EVENTS:
        worth = f"the {jets:,} test jets of class '{name}', with their weights, are worth {effective:.3g} events"
        raise UserError(f"{worth}, a comparison needs {FEWEST_EVENTS}; {todo}")


def too_few(summary: Summary) -> Iterator[str]:
    """Yield of each class that no comparison can use why."""
    for name in summary.classes:
        try:
            check_enough(name, *_tested(summary, name))
        except UserError as mistake:
            yield str(mistake)


def _tested(summary: Summary, name: str) -> tuple[int, float, float]:
    """Return number, weight and effective events of the test jets of a class; one each where nothing else is known."""
    jets = summary.counts.get("test", {}).get(name, 0)
    return jets, _known(summary.weights, name, jets), _known(summary.effective, name, jets)


def _known(table: Mapping[str, Mapping[str, float]], name: str, jets: int) -> float:
    return table.get("test", {}).get(name, float(jets))
