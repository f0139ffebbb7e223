"""The summary of a dataset, in two passes over its jets, with one row group in memory at a time."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import awkward as ak
import numpy as np

from tagwerk.arrays import Floats32
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.split import SPLITS
from tagwerk.errors import error_context
from tagwerk.jets.features import PT_ETA_PHI_ENERGY, features, flat_view
from tagwerk.jets.node_features import node_feature
from tagwerk.jets.nodes import flat_nodes
from tagwerk.jets.ragged import Ragged
from tagwerk.progress import track
from tagwerk.records.parts import Part, Records, iterate_records, parts_of, path_of_piece
from tagwerk.records.tree_momenta import tree_with_momenta
from tagwerk.summaries.feature_lists import ALL, FeatureLists, all_features, parse_features
from tagwerk.summaries.histograms import Histograms
from tagwerk.summaries.moments import BinnedValues
from tagwerk.summaries.spectra import Spectra
from tagwerk.summaries.summary import Summary
from tagwerk.summaries.survey import Survey, survey


def summarise(
    card: Dataset | Path | str, records: Records, fold: int = 0, features: FeatureLists | str = ALL
) -> Summary:
    """Return the summary of jet records: counts, moments, sequence lengths and histograms.

    Args:
        card: of the dataset, or its path or name.
        records: arrays that `tagwerk.read` returned, or directories that `tagwerk.ingest` wrote.
        fold: index of the test fold, for a dataset split into folds.
        features: whose moments to compute: by sequence and tree, or as text such as `constituents.log_pt`, or `none`.

    Raises:
        UserError: as `summary_of`, or there is no such feature.
    """
    path, dataset = Dataset.located(card)
    with error_context(path):
        lists = parse_features(features, dataset) if isinstance(features, str) else features
        return summary_of(parts_of(records), dataset, fold, lists)


def summary_of(parts: Sequence[Part], dataset: Dataset, fold: int = 0, features: FeatureLists | None = None) -> Summary:
    """Return the summary of the jet records of a dataset's parts, with this fold as test split.

    It has the moments of all jet variables, and of these features, or of all.

    The first pass reads the jet variables, the second the training jets with their constituents.

    Raises:
        UserError: a class has no jet or no weight in a split, the card makes duplicate jets or events in two splits an
            error and there are some, or the weights do not allow reweighting.
    """
    pieces = dataset.split.pieces(fold)
    surveyed = survey(parts, dataset, pieces)
    totals = _Totals(dataset, surveyed, all_features(dataset) if features is None else features)
    for part in track(parts, "summarise", "parts"):
        for piece in pieces["train"]:
            for records in iterate_records(part, piece, totals.fields()):
                with error_context(path_of_piece(part, piece)):
                    totals.add(records)
    return totals.summary(surveyed)


class _Totals:
    """Sums over the training jets.

    Histograms are weighted, to show the distributions of the classes. Moments and lengths are unweighted: they only
    serve to normalise a network's inputs and to choose the padding.
    """

    def __init__(self, dataset: Dataset, surveyed: Survey, features: FeatureLists) -> None:
        self.dataset, self.features = dataset, features
        self.trees = {name: whose for name, (whose, _) in dataset.trees().items() if features.get(name)}
        self.classes = [jet_class.name for jet_class in dataset.classes]
        self.counts, self.weights = surveyed.counts, surveyed.weights
        self.binned: dict[str, dict[str, BinnedValues]] = defaultdict(dict)
        self.lengths = {name: np.zeros(sequence.max_length + 1, int) for name, sequence in dataset.sequences.items()}
        sample = surveyed.sample()
        self.histograms = Histograms(sample)
        self.spectra = Spectra(dataset.reweighting, sample) if dataset.reweighting is not None else None

    def fields(self) -> list[str]:
        """Return the fields of jet records that `add` needs: of sequences without features only the lengths."""
        used = {*self.trees.values(), *(name for name, features in self.features.items() if features)}
        sequences = [name if name in used else f"{name}.pt" for name in self.dataset.sequences]
        return ["label", "weight", "jet", *sequences, *self.trees]

    def add(self, records: ak.Array) -> None:
        jet = {name: ak.to_numpy(records.jet[name]) for name in self.dataset.scalars}
        label, weight = ak.to_numpy(records.label), ak.to_numpy(records.weight)
        self.histograms.add(label, weight, jet)
        if self.spectra is not None:
            self.spectra.add(label, weight, jet)
        for name, values in jet.items():
            self._add_moments("jet", name, values)
        for name, sequence in self.dataset.sequences.items():
            self.lengths[name] += np.bincount(ak.to_numpy(ak.num(records[name])), minlength=len(self.lengths[name]))
            if self.features.get(name):
                view = flat_view(Ragged.of_lists(records[name], [*PT_ETA_PHI_ENERGY, *sequence.extra]), jet)
                for feature in self.features[name]:
                    self._add_moments(name, feature, features(view, [feature])[:, 0])
        for name, whose in self.trees.items():
            nodes = flat_nodes(*tree_with_momenta(records, whose, name, [*self.dataset.sequences[whose].extra]), jet)
            for feature in self.features[name]:
                values, mask = node_feature(nodes, feature)
                self._add_moments(name, feature, values[mask])

    def _add_moments(self, group: str, name: str, values: Floats32) -> None:
        binned = BinnedValues.of(values)
        previous = self.binned[group].get(name)
        self.binned[group][name] = binned if previous is None else previous + binned

    def summary(self, surveyed: Survey) -> Summary:
        counts, weights, effective = (
            {split: dict(zip(self.classes, values.tolist(), strict=True)) for split, values in table.items()}
            for table in (self.counts, self.weights.sums, {split: self.weights.effective(split) for split in SPLITS})
        )
        jets = int(self.counts["train"].sum())
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
