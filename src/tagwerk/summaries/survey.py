"""The first pass over a dataset: counts of jets, duplicates and leaks, and a sample of the training jets."""

from collections.abc import Sequence

import awkward as ak
import numpy as np
import pandas as pd

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.split import SPLITS
from tagwerk.checks.check_result import Fault
from tagwerk.checks.check_text import format_fault
from tagwerk.checks.duplicates import Duplicates
from tagwerk.checks.identities import temporary_identities
from tagwerk.checks.leaks import Leaks
from tagwerk.errors import UserError
from tagwerk.jets.identity import jet_identity
from tagwerk.progress import track
from tagwerk.records.parts import Part, iterate_records
from tagwerk.summaries.bounded_sample import BoundedSample
from tagwerk.summaries.sufficiency import SPLIT_NAMES, WeightSums

_MAX_SAMPLE = 100_000  # training jets, of all classes


class Survey:
    """What a pass over the jet variables tells of a dataset.

    Attributes:
        counts: of jets of each class by split.
        weights: the sums of their weights.
        duplicates: number of repeated jets, known after `check`.
        leaks: number of events with jets in two pieces of an official split, known after `check`.
    """

    def __init__(self, dataset: Dataset, compared: Duplicates, leaks: Leaks) -> None:
        self._dataset = dataset
        self._classes = [jet_class.name for jet_class in dataset.classes]
        self.counts = {split: np.zeros(len(self._classes), int) for split in SPLITS}
        self.weights = WeightSums(len(self._classes))
        self.duplicates = self.leaks = 0
        self._compared, self._leaks = compared, leaks
        # One sample per class, so that rare classes are sampled as well as the others.
        self._samples = [BoundedSample(_MAX_SAMPLE // len(self._classes)) for _ in self._classes]

    def add(self, part: str, split: str, records: ak.Array) -> None:
        """Add jets of a part."""
        label = ak.to_numpy(records.label)
        self.counts[split] += np.bincount(label, minlength=len(self._classes))
        jet = {name: ak.to_numpy(records.jet[name]) for name in self._dataset.scalars}
        event = ak.to_numpy(records.event)
        self.weights.add(split, label, ak.to_numpy(records.weight), event)
        identity = jet_identity(event, jet)
        self._compared.add(part, identity)
        if self._dataset.split.official:  # otherwise the piece follows from the event
            self._leaks.add(part, split, event)
        if split == "train":
            for index, sample in enumerate(self._samples):
                mask = label == index
                sample.add(identity[mask], {name: values[mask] for name, values in jet.items()})

    def check(self) -> None:
        """Raise UserError for a class without jets or weight in a split, or for duplicates or leaks that are errors."""
        for split, counts in self.counts.items():
            for name, count in zip(self._classes, counts, strict=True):
                if not count:
                    advice = "correct 'split', or add files" if self._dataset.split.official else "use more jets"
                    raise UserError(f"key 'classes': no jet of class '{name}' in the {split} split; {advice}")
        self._check_weights()
        checks = self._dataset.checks
        self.leaks = _count(self._leaks.fault(checks.leaks))
        self.duplicates = _count(self._compared.fault(checks.duplicates))

    def _check_weights(self) -> None:
        """Raise UserError for weights that training or comparison would refuse."""
        for split, sums in self.weights.sums.items():
            for name, weight in zip(self._classes, sums, strict=True):
                if not weight > 0:
                    total = f"the weights of the {SPLIT_NAMES[split]} jets of class '{name}' sum to {weight:g}"
                    raise UserError(f"key 'weight': {total}; correct the weight")
        reweighting, negative = self._dataset.reweighting, self.weights.negative
        if reweighting is not None and reweighting.method == "resampling":
            for split in ("train", "validation"):
                if negative[split]:
                    fault = f"{negative[split]:,} {SPLIT_NAMES[split]} jets have negative weights"
                    raise UserError(f"key 'reweighting.method': {fault}, which cannot be resampled; set it to weights")

    def sample(self) -> dict[str, pd.DataFrame]:
        """Return the sampled training jets by class, with one column per variable."""
        return {name: sample.rows() for name, sample in zip(self._classes, self._samples, strict=True)}


def _count(fault: Fault | None) -> int:
    """Return the count of a fault; raise UserError if it is an error."""
    if fault is not None and fault.severity == "error":
        raise UserError(format_fault(fault))
    return fault.count if fault is not None else 0


def survey(parts: Sequence[Part], dataset: Dataset, pieces: dict[str, list[str]]) -> Survey:
    """Return the survey of all jets; the constituents are not read.

    Raises:
        UserError: see `Survey.check`.
    """
    with temporary_identities() as jets, temporary_identities() as events:
        result = Survey(dataset, Duplicates(jets), Leaks(events))
        for part in track(parts, "survey", "parts"):
            for split in SPLITS:
                for piece in pieces[split]:
                    for records in iterate_records(part, piece, ["event", "label", "weight", "jet"]):
                        result.add(part.name, split, records)
        result.check()
    return result
