"""ROC curves with their bands, on one grid of signal efficiencies for all taggers."""

import numpy as np

from tagwerk.arrays import Floats64
from tagwerk.evaluation.measured import Performance
from tagwerk.evaluation.paired import finite_or_none, rejection_ratios
from tagwerk.evaluation.tagger_results import Curve

# ASSUME: with fewer background jets a curve shows single jets, not the tagger.
MIN_BACKGROUND_JETS = 5
GRID: Floats64 = np.arange(1, 201) / 200


def curve(tagger: Performance, best: Performance, points: slice) -> Curve:
    """Return the tagger's curve at the `points` that lie on the grid, and its ratio to the best's."""
    low, high = tagger.interval()
    unity = np.ones((3, len(low)))
    ratio, ratio_low, ratio_high = unity if tagger is best else rejection_ratios(tagger, best)
    return Curve(
        signal_efficiency=GRID.tolist(),
        background_efficiency=tagger.background_efficiency.mean(axis=0)[points].tolist(),
        low=low[points].tolist(),
        high=high[points].tolist(),
        background_jets=tagger.background_jets.mean(axis=0)[points].tolist(),
        ratio=[finite_or_none(value) for value in ratio[points]],
        ratio_low=ratio_low[points].tolist(),
        ratio_high=[finite_or_none(value) for value in ratio_high[points]],
    )
