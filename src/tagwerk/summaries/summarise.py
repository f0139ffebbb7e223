"""The summary of a dataset, in two passes over its jets, of which a row group at a time is in memory."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import awkward as ak
import numpy as np

from tagwerk.arrays import Floats32
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.split import SPLITS
from tagwerk.errors import naming
from tagwerk.jets.features import FEATURES, PT_ETA_PHI_ENERGY, features, flat_view
from tagwerk.jets.node_features import NODE_FEATURES, node_feature
from tagwerk.jets.nodes import flat_nodes
from tagwerk.jets.pad import flatten
from tagwerk.jets.ragged import Ragged
from tagwerk.progress import track
from tagwerk.records.store import iterate_records
from tagwerk.records.tree_momenta import tree_of
from tagwerk.summaries.histograms import Histograms
from tagwerk.summaries.moments import Binned
from tagwerk.summaries.spectra import Spectra
from tagwerk.summaries.summary import Summary
from tagwerk.summaries.survey import Survey, survey


def summary_of(parts: Sequence[Path], dataset: Dataset, fold: int = 0) -> Summary:
    """Return the summary of the jet records in the given parts' directories, where this fold is tested.

    The first pass looks at the jets' own variables, the second at the training jets with their constituents.

    Raises:
        UserError: a class has no jet or no weight in one of the splits, jets stand twice or an event is in two of
            the splits and the card calls that an error, or weights do not allow to reweight the classes.
    """
    pieces = dataset.split.pieces(fold)
    surveyed = survey(parts, dataset, pieces)
    totals = _Totals(dataset, surveyed)
    fields = ["label", "weight", "jet", *dataset.sequences, *dataset.trees()]
    for part in track(parts, "summarise", "parts"):
        for piece in pieces["train"]:
            for records in iterate_records(part, piece, fields):
                with naming(part / f"{piece}.parquet"):
                    totals.add(records)
    return totals.summary(surveyed)


class _Totals:
    """Sums over the training jets.

    Weights count in histograms, which show what the classes are made of. Moments and lengths are those of the jets as
    they stand in memory: all that they do is to bring a network's inputs to the size of one, and to choose how much to
    pad.
    """

    def __init__(self, dataset: Dataset, surveyed: Survey) -> None:
        self.dataset = dataset
        self.classes = [each.name for each in dataset.classes]
        self.counts, self.weights = surveyed.counts, surveyed.weights
        self.binned: dict[str, dict[str, Binned]] = defaultdict(dict)
        self.lengths = {name: np.zeros(sequence.max_length + 1, int) for name, sequence in dataset.sequences.items()}
        sample = surveyed.sample()
        self.histograms = Histograms(sample)
        self.spectra = Spectra(dataset.reweighting, sample) if dataset.reweighting is not None else None

    def add(self, records: ak.Array) -> None:
        jet = {name: ak.to_numpy(records.jet[name]) for name in self.dataset.scalars}
        label, weight = ak.to_numpy(records.label), ak.to_numpy(records.weight)
        self.histograms.add(label, weight, jet)
        if self.spectra is not None:
            self.spectra.add(label, weight, jet)
        for name, values in jet.items():
            self._add_moments("jet", name, values)
        for name, sequence in self.dataset.sequences.items():
            fields = [*PT_ETA_PHI_ENERGY, *sequence.extra]
            content, counts = flatten(records[name], fields)
            self.lengths[name] += np.bincount(counts, minlength=len(self.lengths[name]))
            view = flat_view(Ragged(dict(zip(fields, content.T, strict=True)), counts), jet)
            for feature in [*PT_ETA_PHI_ENERGY, *FEATURES, *sequence.extra]:
                self._add_moments(name, feature, features(view, [feature])[:, 0])
        for name, (whose, _) in self.dataset.trees().items():
            view = flat_nodes(*tree_of(records, whose, name), jet)
            for feature in NODE_FEATURES:
                values, having = node_feature(view, feature)
                self._add_moments(name, feature, values[having])

    def _add_moments(self, group: str, name: str, values: Floats32) -> None:
        binned = Binned.of(values)
        before = self.binned[group].get(name)
        self.binned[group][name] = binned if before is None else before + binned

    def summary(self, surveyed: Survey) -> Summary:
        counts, weights, effective = (
            {split: dict(zip(self.classes, each.tolist(), strict=True)) for split, each in table.items()}
            for table in (self.counts, self.weights.sums, {split: self.weights.effective(split) for split in SPLITS})
        )
        jets = int(self.counts["train"].sum())
        ranges = {group: {name: each.range(jets) for name, each in some.items()} for group, some in self.binned.items()}
        return Summary(
            dataset=self.dataset.title,
            classes=self.classes,
            counts=counts,
            weights=weights,
            effective=effective,
            moments={
                group: {name: self.binned[group][name].spread(*ends).moments() for name, ends in some.items()}
                for group, some in ranges.items()
            },
            ranges=ranges,
            not_finite={
                group: {name: each.not_finite for name, each in some.items() if each.not_finite}
                for group, some in self.binned.items()
            },
            lengths={name: counts.tolist() for name, counts in self.lengths.items()},
            histograms=self.histograms.result(),
            duplicates=surveyed.duplicates,
            leaks=surveyed.leaks,
            reweighting=self.spectra.result(counts["train"]) if self.spectra is not None else None,
        )
