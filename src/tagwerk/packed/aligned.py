"""Arrays that pass from NumPy to TensorFlow without a copy."""

import numpy as np

from tagwerk.arrays import Floats32

_ALIGNMENT = 64  # bytes; TensorFlow takes over arrays with this alignment and copies others


def aligned_empty(shape: tuple[int, ...]) -> Floats32:
    """Return an uninitialised array that TensorFlow takes over without a copy."""
    size = int(np.prod(shape)) * 4
    memory = np.empty(size + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    return memory[start : start + size].view(np.float32).reshape(shape)


def aligned_zeros(shape: tuple[int, ...]) -> Floats32:
    """Return the same, filled with zeros."""
    array = aligned_empty(shape)
    array[...] = 0
    return array


def as_rows(steps: Floats32) -> Floats32:
    """Return the time steps of all jets, (B, T, F), as rows (B T, F) of the same memory."""
    return steps.reshape(-1, steps.shape[-1])
