"""Variable-length lists as arrays of one shape, with the mask that says what is real."""

from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt

from tagwerk.arrays import Bools, Floats32, Ints


def flatten(lists: ak.Array, fields: list[str]) -> tuple[Floats32, Ints]:
    """Return the elements of N lists one after the other, (M, F), and how many are of each list, (N,)."""
    columns = [ak.to_numpy(ak.flatten(lists[field]), allow_missing=False).astype(np.float32) for field in fields]
    return np.stack(columns, axis=1), ak.to_numpy(ak.num(lists)).astype(np.int64)


def starts(counts: Ints) -> Ints:
    """Return where each list begins among the flattened elements, (N,)."""
    return np.cumsum(counts) - counts


def pad(content: npt.NDArray[Any], first: Ints, counts: Ints, length: int) -> tuple[Floats32, Bools]:
    """Return lists as one array, zero behind each one's end, and the mask of what is real.

    Args:
        content: the elements, (M, F).
        first: where each of the B lists begins in it, (B,).
        counts: how many elements each has, (B,); those beyond `length` are left out.
        length: T.

    Returns:
        values (B, T, F) and mask (B, T), true where an element is real.
    """
    steps = np.arange(length)
    mask = steps < counts[:, None]
    values = np.zeros((len(counts), length, content.shape[1]), np.float32)
    values[mask] = content[(first[:, None] + steps)[mask]]
    return values, mask
