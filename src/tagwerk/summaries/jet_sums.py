"""Sums over training jets, from which the summary of a dataset is made; those of chunks can be added."""

from collections import defaultdict
from pathlib import Path
from typing import Self

import awkward as ak
import numpy as np
from pydantic import BaseModel

from tagwerk.arrays import Values
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.split import SPLITS
from tagwerk.checksums import read_json, write_json
from tagwerk.errors import UserError
from tagwerk.jets.features import PT_ETA_PHI_ENERGY, features, flat_view
from tagwerk.jets.node_features import node_feature
from tagwerk.jets.nodes import flat_nodes
from tagwerk.jets.ragged import Ragged
from tagwerk.records.tree_momenta import tree_with_momenta
from tagwerk.summaries.feature_lists import FeatureLists
from tagwerk.summaries.histograms import Histograms
from tagwerk.summaries.moments import BinnedValues
from tagwerk.summaries.spectra import Spectra
from tagwerk.summaries.summary import Summary
from tagwerk.summaries.survey import Survey

_MADE_BY = "tagwerk summarise"


class JetSums:
    """Sums over the training jets.

    Histograms are weighted, to show the distributions of the classes. Moments and lengths are unweighted: they only
    serve to normalise a network's inputs and to choose the padding.
    """

    def __init__(self, dataset: Dataset, surveyed: Survey, features: FeatureLists) -> None:
        self.dataset, self.features = dataset, features
        self.trees = {name: whose for name, (whose, _) in dataset.trees().items() if features.get(name)}
        self.classes = [jet_class.name for jet_class in dataset.classes]
        self.surveyed = surveyed
        self.binned: dict[str, dict[str, BinnedValues]] = defaultdict(dict)
        self.lengths = {name: np.zeros(sequence.max_length + 1, int) for name, sequence in dataset.sequences.items()}
        self.histograms = Histograms(surveyed.sample)
        self.spectra = Spectra(dataset.reweighting, surveyed.sample) if dataset.reweighting is not None else None

    def fields(self) -> list[str]:
        """Return the fields of jet records that `add` needs: of sequences without features only the lengths."""
        used = {*self.trees.values(), *(name for name, features in self.features.items() if features)}
        sequences = [name if name in used else f"{name}.pt" for name in self.dataset.sequences]
        return ["label", "weight", "jet", *sequences, *self.trees]

    def add(self, records: ak.Array) -> None:
        """Add training jets."""
        jet = {name: ak.to_numpy(records.jet[name]) for name in self.dataset.scalars}
        label, weight = ak.to_numpy(records.label), ak.to_numpy(records.weight)
        self.histograms.add(label, weight, jet)
        if self.spectra is not None:
            self.spectra.add(label, weight, jet)
        for name, values in jet.items():
            self._add_values("jet", name, BinnedValues.of(values))
        for name, sequence in self.dataset.sequences.items():
            self.lengths[name] += np.bincount(ak.to_numpy(ak.num(records[name])), minlength=len(self.lengths[name]))
            if self.features.get(name):
                view = flat_view(Ragged.of_lists(records[name], [*PT_ETA_PHI_ENERGY, *sequence.extra]), jet)
                for feature in self.features[name]:
                    self._add_values(name, feature, BinnedValues.of(features(view, [feature])[:, 0]))
        for name, whose in self.trees.items():
            nodes = flat_nodes(*tree_with_momenta(records, whose, name, [*self.dataset.sequences[whose].extra]), jet)
            for feature in self.features[name]:
                values, mask = node_feature(nodes, feature)
                self._add_values(name, feature, BinnedValues.of(values[mask]))

    def merge(self, other: "JetSums") -> None:
        """Add the jets in other sums of the same dataset."""
        for sums, others in zip(self._arrays(), other._arrays(), strict=True):
            sums += others
        for group, variables in other.binned.items():
            for name, binned in variables.items():
                self._add_values(group, name, binned)

    def save(self, path: Path) -> None:
        """Write the sums as JSON."""
        binned = {
            group: {name: _Bins.of(values) for name, values in variables.items()}
            for group, variables in self.binned.items()
        }
        write_json(path, _Saved(arrays=[array.ravel().tolist() for array in self._arrays()], binned=binned))

    def load(self, path: Path) -> "JetSums":
        """Read the sums in a file into these, which are new, and return them.

        Raises:
            UserError: the file is missing or damaged, or of other variables.
        """
        try:
            saved = _Saved.model_validate_json(read_json(path, _MADE_BY))
            for sums, values in zip(self._arrays(), saved.arrays, strict=True):
                sums[...] = np.reshape(values, sums.shape)
        except ValueError:
            raise UserError(f"{path}: not the sums of a chunk of this dataset; run `{_MADE_BY}` again") from None
        for group, variables in saved.binned.items():
            for name, bins in variables.items():
                self._add_values(group, name, bins.values())
        return self

    def _arrays(self) -> list[Values]:
        """Return all sums but those of binned values."""
        tables = [] if self.spectra is None else self.spectra.tables
        of_tables = [array for table in tables for array in (table.sums, table.squares)]
        return [*self.lengths.values(), *self.histograms.sums.values(), *of_tables]

    def _add_values(self, group: str, name: str, binned: BinnedValues) -> None:
        previous = self.binned[group].get(name)
        self.binned[group][name] = binned if previous is None else previous + binned

    def summary(self) -> Summary:
        """Return the summary of the dataset, once all its training jets are added.

        Raises:
            UserError: the weights do not allow reweighting.
        """
        surveyed = self.surveyed
        counts, weights, effective = (
            {split: dict(zip(self.classes, values.tolist(), strict=True)) for split, values in table.items()}
            for table in (
                surveyed.counts,
                surveyed.weights.sums,
                {split: surveyed.weights.effective(split) for split in SPLITS},
            )
        )
        jets = int(surveyed.counts["train"].sum())
        ranges = {
            group: {name: binned.range(jets) for name, binned in variables.items()}
            for group, variables in self.binned.items()
        }
        return Summary(
            classes=self.classes,
            counts=counts,
            weights=weights,
            effective=effective,
            moments={
                group: {
                    name: self.binned[group][name].clipped_moments(*ends).mean_and_std()
                    for name, ends in variables.items()
                }
                for group, variables in ranges.items()
            },
            ranges=ranges,
            not_finite={
                group: {name: binned.not_finite for name, binned in variables.items() if binned.not_finite}
                for group, variables in self.binned.items()
            },
            lengths={name: counts.tolist() for name, counts in self.lengths.items()},
            histograms=self.histograms.result(),
            duplicates=surveyed.duplicates,
            leaks=surveyed.leaks,
            reweighting=self.spectra.result(counts["train"]) if self.spectra is not None else None,
        )


class _Bins(BaseModel):
    """Binned values as JSON."""

    keys: list[int]
    counts: list[int]
    sums: list[float]
    squares: list[float]
    not_finite: int

    @classmethod
    def of(cls, binned: BinnedValues) -> Self:
        arrays = {name: getattr(binned, name).tolist() for name in ("keys", "counts", "sums", "squares")}
        return cls(**arrays, not_finite=binned.not_finite)

    def values(self) -> BinnedValues:
        return BinnedValues(
            np.array(self.keys, np.int64),
            np.array(self.counts, np.int64),
            np.array(self.sums, np.float64),
            np.array(self.squares, np.float64),
            self.not_finite,
        )


class _Saved(BaseModel):
    """Sums as JSON."""

    arrays: list[list[float]]
    binned: dict[str, dict[str, _Bins]]
