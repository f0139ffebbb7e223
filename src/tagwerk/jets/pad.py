"""Variable-length lists padded to one shape, with the mask of real elements."""

from typing import Any

import numpy as np
import numpy.typing as npt

from tagwerk.arrays import Bools, Floats32, Ints


def pad(content: npt.NDArray[Any], first: Ints, counts: Ints, length: int) -> tuple[Floats32, Bools]:
    """Return lists as one array, zero-padded at the end, and the mask of real elements.

    Args:
        content: the elements, (M, F).
        first: where each of the B lists starts in it, (B,).
        counts: length of each list, (B,); elements beyond `length` are dropped.
        length: T.

    Returns:
        values (B, T, F) and mask (B, T), true where an element is real.
    """
    steps = np.arange(length)
    mask = steps < counts[:, None]
    values = np.zeros((len(counts), length, content.shape[1]), np.float32)
    values[mask] = content[(first[:, None] + steps)[mask]]
    return values, mask
