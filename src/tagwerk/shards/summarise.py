"""The summary of a dataset, from sums over its parts."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.split import SPLITS
from tagwerk.errors import UserError
from tagwerk.jets.features import FEATURES, View, features
from tagwerk.jets.pad import flatten, pad, starts
from tagwerk.shards.records import read_records
from tagwerk.shards.summary import Summary

Floats = npt.NDArray[np.floating[Any]]
Counts = npt.NDArray[np.int64]

Spread = tuple[int, float, float]

_BINS = 50
_NONE: Spread = (0, 0.0, 0.0)


def summary_of(parts: Iterable[Path], dataset: Dataset, fold: int = 0) -> Summary:
    """Return the summary of the jet records in the given parts' directories, where this fold is tested.

    Raises:
        UserError: a class has no jet in one of the splits.
    """
    totals = _Totals(dataset)
    for part in parts:
        for split, pieces in dataset.split.pieces(fold).items():
            for piece in pieces:
                records = read_records(part, piece)
                totals.count(split, ak.to_numpy(records.label))
                if split == "train" and len(records):
                    totals.add(records)
    return totals.summary()


class _Totals:
    """Sums over parts, from which the summary is made."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.classes = [each.name for each in dataset.classes]
        self.counts = {split: np.zeros(len(self.classes), int) for split in SPLITS}
        self.spreads: dict[str, dict[str, Spread]] = {}
        self.lengths = {name: np.zeros(sequence.max_length + 1, int) for name, sequence in dataset.sequences.items()}
        self.jets: list[Floats] = []
        self.labels: list[Floats] = []

    def count(self, split: str, label: Floats) -> None:
        self.counts[split] += np.bincount(label, minlength=len(self.classes))

    def add(self, records: ak.Array) -> None:
        scalars = np.stack([ak.to_numpy(records.jet[name]) for name in self.dataset.scalars], axis=1)
        self.jets.append(scalars)
        self.labels.append(ak.to_numpy(records.label))
        self._add_moments("jet", self.dataset.scalars, scalars)
        jet = {name: scalars[:, [column]] for column, name in enumerate(self.dataset.scalars)}
        for name, sequence in self.dataset.sequences.items():
            fields = ["pt", "eta", "phi", "energy", *sequence.extra]
            content, counts = flatten(records[name], fields)
            values, mask = pad(content, starts(counts), counts, max(1, int(counts.max())))
            self.lengths[name] += np.bincount(counts, minlength=len(self.lengths[name]))
            view = View(np, {field: values[..., column] for column, field in enumerate(fields)}, jet, mask)
            wanted = [*FEATURES, *sequence.extra]
            self._add_moments(name, wanted, features(view, wanted)[mask])

    def _add_moments(self, group: str, names: list[str], values: Floats) -> None:
        for name, column in zip(names, values.T.astype(np.float64), strict=True):
            known = self.spreads.setdefault(group, {})
            known[name] = _together(known.get(name, _NONE), _spread(column))

    def summary(self) -> Summary:
        for split, counts in self.counts.items():
            for name, count in zip(self.classes, counts, strict=True):
                if not count:
                    raise UserError(f"key 'classes': no jet of class '{name}' in the {split} split; use more jets")
        scalars, labels = np.concatenate(self.jets), np.concatenate(self.labels)
        return Summary(
            dataset=self.dataset.title,
            classes=self.classes,
            counts={
                split: dict(zip(self.classes, counts.tolist(), strict=True)) for split, counts in self.counts.items()
            },
            moments={
                group: {name: _moments(spread) for name, spread in each.items()} for group, each in self.spreads.items()
            },
            lengths={name: counts.tolist() for name, counts in self.lengths.items()},
            histograms=self._histograms(scalars, labels),
        )

    def _histograms(self, scalars: Floats, labels: Floats) -> dict[str, dict[str, Any]]:
        columns = dict(zip(self.dataset.scalars, scalars.T, strict=True))
        histograms: dict[str, dict[str, Any]] = {}
        for name, values in columns.items():
            edges = _edges(values)
            counts = {
                each: np.histogram(values[labels == index], edges)[0].tolist()
                for index, each in enumerate(self.classes)
            }
            histograms[name] = {"edges": edges.tolist(), "counts": counts}
        pt, eta = (np.array(histograms[name]["edges"])[::5] for name in ("pt", "eta"))
        joint = {
            each: np.histogram2d(columns["pt"][labels == index], columns["eta"][labels == index], [pt, eta])[0].tolist()
            for index, each in enumerate(self.classes)
        }
        return histograms | {"pt_eta": {"pt": pt.tolist(), "eta": eta.tolist(), "counts": joint}}


def _edges(values: Floats) -> Floats:
    """Return the edges of at most `_BINS` bins for all but the outermost values; whole numbers get whole widths."""
    low, high = np.quantile(values, 0.001), np.quantile(values, 0.999)
    if (values == np.round(values)).all():
        return np.arange(low - 0.5, high + 1, np.ceil((high - low + 1) / _BINS))
    return np.linspace(low, high, _BINS + 1)


def _spread(values: Floats) -> Spread:
    """Return number, mean and sum of squared deviations from it."""
    if not len(values):
        return _NONE
    return len(values), float(values.mean()), float(((values - values.mean()) ** 2).sum())


def _together(one: Spread, other: Spread) -> Spread:
    """Return the same of both samples in one (Chan, Golub and LeVeque 1979), which keeps its digits."""
    number = one[0] + other[0]
    if not number:
        return _NONE
    difference = other[1] - one[1]
    mean = one[1] + difference * other[0] / number
    return number, mean, one[2] + other[2] + difference**2 * one[0] * other[0] / number


def _moments(spread: Spread) -> tuple[float, float]:
    """Return mean and standard deviation; a constant has deviation 1."""
    number, mean, squares = spread
    deviation = float(np.sqrt(squares / max(number, 1)))
    return mean, deviation if deviation > 1e-6 * abs(mean) else 1.0
