"""The first pass over a dataset: counts of jets, duplicates and leaks, and a sample of the training jets."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import awkward as ak
import numpy as np
import pandas as pd
from pydantic import BaseModel, ValidationError

from tagwerk.arrays import Ints
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.split import SPLITS
from tagwerk.checks.check_result import Fault
from tagwerk.checks.check_text import format_fault
from tagwerk.checks.duplicates import Duplicates
from tagwerk.checks.identities import temporary_identities
from tagwerk.checks.leaks import Leaks
from tagwerk.checksums import add_checksum, check_listed_file, read_json, write_json
from tagwerk.errors import UserError
from tagwerk.jets.identity import jet_identity
from tagwerk.progress import track
from tagwerk.records.parts import Part, iterate_records
from tagwerk.records.row_groups import read_table
from tagwerk.summaries.bounded_sample import BoundedSample
from tagwerk.summaries.sufficiency import SPLIT_NAMES, WeightSums

_MAX_SAMPLE = 100_000  # training jets, of all classes

_NUMBERS, _SAMPLE, _CLASS = "survey.json", "sample.parquet", "class of jets"  # a name that no variable has
_MADE_BY = "tagwerk survey"


@dataclass(frozen=True)
class Survey:
    """What a pass over the jet variables tells of a dataset.

    Attributes:
        counts: of jets of each class by split.
        weights: the sums of their weights.
        sample: of the training jets, by class, with one column per variable.
        duplicates: number of repeated jets.
        leaks: number of events with jets in two pieces of an official split.
    """

    counts: dict[str, Ints]
    weights: WeightSums
    sample: dict[str, pd.DataFrame]
    duplicates: int
    leaks: int

    def save(self, directory: Path) -> None:
        """Write the survey to files in a new directory."""
        directory.mkdir()
        path = directory / _SAMPLE
        pd.concat(self.sample, names=[_CLASS]).droplevel(1).reset_index().to_parquet(path, index=False)
        add_checksum(path)
        sums, squares = (
            {split: values.tolist() for split, values in table.items()}
            for table in (self.weights.sums, self.weights.squares)
        )
        counts = {split: values.tolist() for split, values in self.counts.items()}
        numbers = _Numbers(counts=counts, sums=sums, squares=squares, duplicates=self.duplicates, leaks=self.leaks)
        write_json(directory / _NUMBERS, numbers, [path])

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Return the survey in a directory.

        Raises:
            UserError: a file is missing or damaged.
        """
        path = directory / _NUMBERS
        try:
            numbers = _Numbers.model_validate_json(read_json(path, _MADE_BY))
        except ValidationError:
            raise UserError(f"{path}: not a survey; run `{_MADE_BY}` again") from None
        check_listed_file(directory / _SAMPLE, path, _MADE_BY)
        table = read_table(directory / _SAMPLE, _MADE_BY).to_pandas(use_threads=False)
        weights = WeightSums(len(numbers.sums["train"]))
        weights.sums = {split: np.array(sums) for split, sums in numbers.sums.items()}
        weights.squares = {split: np.array(squares) for split, squares in numbers.squares.items()}
        return cls(
            counts={split: np.array(counts) for split, counts in numbers.counts.items()},
            weights=weights,
            sample={str(name): rows.drop(columns=_CLASS) for name, rows in table.groupby(_CLASS, sort=False)},
            duplicates=numbers.duplicates,
            leaks=numbers.leaks,
        )


class _Numbers(BaseModel):
    """The numbers of a survey, by split and class."""

    counts: dict[str, list[int]]
    sums: dict[str, list[float]]
    squares: dict[str, list[float]]
    duplicates: int
    leaks: int


class _Pass:
    """What the jets added so far tell."""

    def __init__(self, dataset: Dataset, compared: Duplicates, leaks: Leaks) -> None:
        self._dataset = dataset
        self._classes = [jet_class.name for jet_class in dataset.classes]
        self.counts = {split: np.zeros(len(self._classes), int) for split in SPLITS}
        self.weights = WeightSums(len(self._classes))
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

    def result(self) -> Survey:
        """Return what the jets tell.

        Raises:
            UserError: a class has no jets or no weight in a split, or there are duplicates or leaks that are errors.
        """
        for split, counts in self.counts.items():
            for name, count in zip(self._classes, counts, strict=True):
                if not count:
                    advice = "correct 'split', or add files" if self._dataset.split.official else "use more jets"
                    raise UserError(f"key 'classes': no jet of class '{name}' in the {split} split; {advice}")
        self._check_weights()
        checks = self._dataset.checks
        leaks = _count(self._leaks.fault(checks.leaks))
        duplicates = _count(self._compared.fault(checks.duplicates))
        sample = {name: sample.rows() for name, sample in zip(self._classes, self._samples, strict=True)}
        return Survey(self.counts, self.weights, sample, duplicates, leaks)

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


def _count(fault: Fault | None) -> int:
    """Return the count of a fault; raise UserError if it is an error."""
    if fault is not None and fault.severity == "error":
        raise UserError(format_fault(fault))
    return fault.count if fault is not None else 0


def survey(parts: Sequence[Part], dataset: Dataset, pieces: dict[str, list[str]]) -> Survey:
    """Return the survey of all jets; the constituents are not read.

    Raises:
        UserError: a class has no jets or no weight in a split, or there are duplicates or leaks that are errors.
    """
    with temporary_identities() as jets, temporary_identities() as events:
        done = _Pass(dataset, Duplicates(jets), Leaks(events))
        for part in track(parts, "survey", "parts"):
            for split in SPLITS:
                for piece in pieces[split]:
                    for records in iterate_records(part, piece, ["event", "label", "weight", "jet"]):
                        done.add(part.name, split, records)
        return done.result()
