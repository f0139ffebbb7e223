"""Effective size of a sample of weighted jets."""

from typing import Any

import numpy as np
import numpy.typing as npt

# ASSUME: below these numbers of test jets per class, or of effective events, a comparison is meaningless.
MIN_TEST_JETS, MIN_EFFECTIVE_EVENTS = 25, 10


def effective_sample_size(weight: npt.NDArray[np.floating[Any]]) -> float:
    """Return the number of unweighted jets with the same relative fluctuation, (Σw)²/Σw² (Kish 1965); 0 if Σw ≤ 0."""
    weight = weight.astype(np.float64)
    total = float(weight.sum())
    return total**2 / float((weight**2).sum()) if total > 0 else 0.0
