"""Histograms of the jets' variables by class, whose edges a sample sets and all jets fill."""

import numpy as np
import pandas as pd

from tagwerk.arrays import Floats, Ints
from tagwerk.summaries.binning import regular
from tagwerk.summaries.summary import Histogram


class Histograms:
    """Sums of weights in the bins of each variable, by class."""

    def __init__(self, sample: dict[str, pd.DataFrame]) -> None:
        self._classes = list(sample)
        self._edges = {name: regular(values.to_numpy()) for name, values in pd.concat(sample.values()).items()}
        self._sums = {name: np.zeros((len(sample), len(each) - 1)) for name, each in self._edges.items()}

    def add(self, label: Ints, weight: Floats, jet: dict[str, Floats]) -> None:
        """Fill N jets in."""
        for index in range(len(self._classes)):
            mine = label == index
            weights = weight[mine].astype(np.float64)
            for name, each in self._edges.items():
                self._sums[name][index] += np.histogram(jet[name][mine], each, weights=weights)[0]

    def result(self) -> dict[str, Histogram]:
        """Return the histogram of each variable."""
        return {
            name: Histogram(
                edges=each.tolist(), counts=dict(zip(self._classes, self._sums[name].tolist(), strict=True))
            )
            for name, each in self._edges.items()
        }
