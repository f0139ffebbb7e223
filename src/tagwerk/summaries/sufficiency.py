"""Checks that a dataset has enough jets for a study, before any training."""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from tagwerk.arrays import Floats64
from tagwerk.cards.split import SPLITS
from tagwerk.cards.study import Study
from tagwerk.errors import UserError
from tagwerk.jets.effective import MIN_EFFECTIVE_EVENTS, MIN_TEST_JETS
from tagwerk.summaries.summary import Summary

SPLIT_NAMES = {"train": "training", "validation": "validation", "test": "test"}


class WeightSums:
    """Sums over the jets of each split by class, filled by chunk; all jets of an event must be in one chunk.

    Attributes:
        sums: of weights, (classes,).
        squares: of the summed weights of each event, (classes,).
        negative: number of jets with negative weights in each split.
    """

    def __init__(self, classes: int) -> None:
        self.sums: dict[str, Floats64] = {split: np.zeros(classes) for split in SPLITS}
        self.squares: dict[str, Floats64] = {split: np.zeros(classes) for split in SPLITS}
        self.negative = dict.fromkeys(SPLITS, 0)

    def add(self, split: str, label: npt.NDArray[np.integer], weight: Floats64, event: npt.NDArray[np.uint64]) -> None:
        """Add N jets."""
        classes = len(self.sums[split])
        events, index = np.unique(event, return_inverse=True)
        sums = np.bincount(index * classes + label, weight, len(events) * classes).reshape(-1, classes)
        self.sums[split] += sums.sum(axis=0)
        self.squares[split] += (sums**2).sum(axis=0)
        self.negative[split] += int((weight < 0).sum())

    def effective(self, split: str) -> Floats64:
        """Return the effective number of events of each class, (classes,)."""
        total = np.maximum(self.sums[split], 0)
        return np.asarray(np.divide(total**2, self.squares[split], out=np.zeros_like(total), where=total > 0))


def check_study(study: Study, summary: Summary) -> None:
    """Raise UserError if there are too few jets for a study, to train on or to compare taggers on."""
    for name in (study.signal, *study.background):
        check_test_jets(name, *_test_statistics(summary, name))
    available = sum(summary.counts["train"].values())
    for jets in study.training_jets:
        if jets > available:
            raise UserError(
                f"key 'training_jets': {jets} is more than the {available} training jets of the dataset; "
                "ask for fewer, or give the study more jets"
            )


def check_test_jets(name: str, jets: int, weight: float, effective: float) -> None:
    """Raise UserError if the test jets of a class are too few to compare taggers on.

    Args:
        name: of the class.
        jets: their number.
        weight: the sum of their weights.
        effective: their effective number of events.
    """
    advice = "use more jets, or name other classes in the study card"
    if jets < MIN_TEST_JETS:
        raise UserError(f"{jets or 'no'} test jets of class '{name}', but a comparison needs {MIN_TEST_JETS}; {advice}")
    if not weight > 0:
        total = f"the weights of the test jets of class '{name}' sum to {weight:g}"
        raise UserError(f"key 'weight': {total}; correct the weight")
    if effective < MIN_EFFECTIVE_EVENTS:
        size = f"the {jets:,} test jets of class '{name}' have an effective size of {effective:.3g} events"
        raise UserError(f"{size}, but a comparison needs {MIN_EFFECTIVE_EVENTS}; {advice}")


def comparison_warnings(summary: Summary) -> Iterator[str]:
    """Yield a message for each class with too few test jets for a comparison."""
    for name in summary.classes:
        try:
            check_test_jets(name, *_test_statistics(summary, name))
        except UserError as error:
            yield str(error)


def _test_statistics(summary: Summary, name: str) -> tuple[int, float, float]:
    """Return number, weight and effective events of the test jets of a class; unknown ones default to the number."""
    jets = summary.counts.get("test", {}).get(name, 0)
    return jets, _test_value(summary.weights, name, jets), _test_value(summary.effective, name, jets)


def _test_value(table: Mapping[str, Mapping[str, float]], name: str, default: int) -> float:
    return table.get("test", {}).get(name, float(default))
