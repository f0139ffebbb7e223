"""Variable-length lists padded to one shape, with the mask of real elements."""

from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt

from tagwerk.arrays import Bools, Floats32, Ints


def flatten_records(lists: ak.Array, fields: list[str]) -> tuple[Floats32, Ints]:
    """Return the concatenated elements of N lists of records, (M, F), and the length of each list, (N,)."""
    columns = [ak.to_numpy(ak.flatten(lists[field]), allow_missing=False).astype(np.float32) for field in fields]
    return np.stack(columns, axis=1), ak.to_numpy(ak.num(lists)).astype(np.int64)


def starts(counts: Ints) -> Ints:
    """Return where each list starts among the flattened elements, (N,)."""
    return np.cumsum(counts) - counts


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
