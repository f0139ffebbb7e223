"""The spread of a quantity over a tagger's seeds."""

import numpy as np

from tagwerk.arrays import Floats64


def spread(seeds: Floats64) -> float | None:
    """Return the standard deviation over seeds (S,), None for a single seed or where a value is infinite."""
    return float(seeds.std(ddof=1)) if len(seeds) > 1 and np.isfinite(seeds).all() else None
