"""How much a sample of weighted jets is worth."""

from typing import Any

import numpy as np
import numpy.typing as npt

# ASSUME: with fewer test jets of a class a comparison says nothing, nor where they fluctuate like fewer events.
FEWEST, FEWEST_EVENTS = 25, 10


def effective(weight: npt.NDArray[np.floating[Any]]) -> float:
    """Return how many jets of weight one fluctuate like these, (Σw)²/Σw² (Kish 1965); zero where Σw is not positive."""
    weight = weight.astype(np.float64)
    total = float(weight.sum())
    return total**2 / float((weight**2).sum()) if total > 0 else 0.0
