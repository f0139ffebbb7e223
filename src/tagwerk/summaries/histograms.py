"""Histograms of the jet variables by class, with edges from a sample."""

import numpy as np
import pandas as pd

from tagwerk.arrays import Floats, Ints
from tagwerk.summaries.binning import regular_edges
from tagwerk.summaries.summary import Histogram


class Histograms:
    """Sums of weights in the bins of each variable, by class.

    Attributes:
        sums: (classes, bins) of each variable.
    """

    def __init__(self, sample: dict[str, pd.DataFrame]) -> None:
        self._classes = list(sample)
        self._edges = {name: regular_edges(values.to_numpy()) for name, values in pd.concat(sample.values()).items()}
        self.sums = {name: np.zeros((len(sample), len(edges) - 1)) for name, edges in self._edges.items()}

    def add(self, label: Ints, weight: Floats, jet: dict[str, Floats]) -> None:
        """Fill the histograms with N jets."""
        for index in range(len(self._classes)):
            mask = label == index
            weights = weight[mask].astype(np.float64)
            for name, edges in self._edges.items():
                self.sums[name][index] += np.histogram(jet[name][mask], edges, weights=weights)[0]

    def result(self) -> dict[str, Histogram]:
        """Return the histogram of each variable."""
        return {
            name: Histogram(
                edges=edges.tolist(), counts=dict(zip(self._classes, self.sums[name].tolist(), strict=True))
            )
            for name, edges in self._edges.items()
        }
