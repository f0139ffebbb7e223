"""What the recurrent cells have in common."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Cell:
    """A recurrent cell of U units, of which n jets take a step at once.

    Attributes:
        gates: G, how many there are; the weights W (F, G U) and R (U, G U) hold them side by side.
        memory: whether there is a memory (n, U) beside the state.
        step: (gates (n, G U), fed (n, G U), bias (1 or 2, G U), state before, state, memory before, memory), where
            gates come as W x and fed as R h; writes the gates' values, the state and the memory.
        back: (gates, state before, memory before, memory, slope, through, along, by_gates, by_fed), where the gradient
            by the state is `slope` and what comes from the next step, `through` R and `along` other ways; writes the
            gradients by W x and by R h, and `along` for the step before.
        shares: whether these gradients are the same, and one array.
    """

    gates: int
    memory: bool
    step: Callable[..., None]
    back: Callable[..., None]
    shares: bool = True
