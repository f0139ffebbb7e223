"""The first look at a dataset: how many jets there are, which stand twice, and a sample of the training jets."""

from collections.abc import Sequence
from pathlib import Path

import awkward as ak
import numpy as np
import pandas as pd

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.split import SPLITS
from tagwerk.checks.check_result import Fault
from tagwerk.checks.check_text import line
from tagwerk.checks.duplicates import Duplicates, comparison
from tagwerk.checks.identities import temporary
from tagwerk.checks.leaks import Leaks
from tagwerk.errors import UserError
from tagwerk.jets.identity import jet_identity
from tagwerk.progress import track
from tagwerk.records.store import iterate_records
from tagwerk.summaries.bounded_sample import BoundedSample
from tagwerk.summaries.sufficiency import NAMES, ClassWeights

_MOST = 100_000  # training jets in the sample, of all classes


class Survey:
    """What is known of a dataset after a look at its jets' own variables.

    Attributes:
        counts: jets of each class by split.
        weights: the sums of their weights.
        duplicates: how many stand in the dataset a second time or more often, known after `check`.
        leaks: how many events have jets in two pieces of an official split, known after `check`.
    """

    def __init__(self, dataset: Dataset, compared: Duplicates, leaks: Leaks) -> None:
        self._dataset = dataset
        self._classes = [each.name for each in dataset.classes]
        self.counts = {split: np.zeros(len(self._classes), int) for split in SPLITS}
        self.weights = ClassWeights(len(self._classes))
        self.duplicates = self.leaks = 0
        self._compared, self._leaks = compared, leaks
        # A class has its own sample, so that a rare one is known as well as the others.
        self._samples = [BoundedSample(_MOST // len(self._classes)) for _ in self._classes]

    def add(self, part: str, split: str, records: ak.Array) -> None:
        """Look at some jets of a part."""
        label = ak.to_numpy(records.label)
        self.counts[split] += np.bincount(label, minlength=len(self._classes))
        jet = {name: ak.to_numpy(records.jet[name]) for name in self._dataset.scalars}
        event = ak.to_numpy(records.event)
        self.weights.add(split, label, ak.to_numpy(records.weight), event)
        identity = jet_identity(event, jet)
        self._compared.add(part, identity)
        if self._dataset.split.official:  # else the piece follows from the event
            self._leaks.add(part, split, event)
        if split == "train":
            for index, sample in enumerate(self._samples):
                mine = label == index
                sample.add(identity[mine], {name: values[mine] for name, values in jet.items()})

    def check(self) -> None:
        """Raise UserError for a class without jets or weight in a split, and duplicates and leaks that are errors."""
        for split, counts in self.counts.items():
            for name, count in zip(self._classes, counts, strict=True):
                if not count:
                    what = "correct 'split', or add files" if self._dataset.split.official else "use more jets"
                    raise UserError(f"key 'classes': no jet of class '{name}' in the {split} split; {what}")
        self._check_weights()
        checks = self._dataset.checks
        self.leaks = _count(self._leaks.fault(checks.leaks))
        self.duplicates = _count(self._compared.fault(checks.duplicates))

    def _check_weights(self) -> None:
        """Raise UserError where training or comparison would, for the weights that there are."""
        for split, sums in self.weights.sums.items():
            for name, weight in zip(self._classes, sums, strict=True):
                if not weight > 0:
                    said = f"the {NAMES[split]} jets of class '{name}' weigh {weight:g} in all; correct the weight"
                    raise UserError(f"key 'weight': {said}")
        reweighting, negative = self._dataset.reweighting, self.weights.negative
        if reweighting is not None and reweighting.method == "resampling":
            for split in ("train", "validation"):
                if negative[split]:
                    said = f"{negative[split]:,} {NAMES[split]} jets have weights below zero, so none can be drawn"
                    raise UserError(f"key 'reweighting.method': {said}; set it to weights")

    def sample(self) -> dict[str, pd.DataFrame]:
        """Return the sampled training jets of each class by name, a column a variable."""
        return {name: sample.rows() for name, sample in zip(self._classes, self._samples, strict=True)}


def _count(fault: Fault | None) -> int:
    """Return how often there is a fault; raise UserError where it is an error."""
    if fault is not None and fault.severity == "error":
        raise UserError(line(fault))
    return fault.count if fault is not None else 0


def survey(parts: Sequence[Path], dataset: Dataset, pieces: dict[str, list[str]]) -> Survey:
    """Return what a look at all jets tells; the constituents are not read.

    Raises:
        UserError: see `Survey.check`.
    """
    with comparison() as compared, temporary() as events:
        found = Survey(dataset, compared, Leaks(events))
        for part in track(parts, "survey", "parts"):
            for split in SPLITS:
                for piece in pieces[split]:
                    for records in iterate_records(part, piece, ["event", "label", "weight", "jet"]):
                        found.add(part.name, split, records)
        found.check()
    return found
