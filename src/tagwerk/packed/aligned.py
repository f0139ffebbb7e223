"""The memory that goes from NumPy to TensorFlow."""

import numpy as np

from tagwerk.arrays import Floats32

_ALIGNMENT = 64  # bytes; TensorFlow takes over arrays that are aligned so, and copies others


def aligned(shape: tuple[int, ...]) -> Floats32:
    """Return an array of any values that TensorFlow takes over without a copy."""
    size = int(np.prod(shape)) * 4
    memory = np.empty(size + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    return memory[start : start + size].view(np.float32).reshape(shape)


def zeros(shape: tuple[int, ...]) -> Floats32:
    """Return such an array of zeros."""
    found = aligned(shape)
    found[...] = 0
    return found


def rows(steps: Floats32) -> Floats32:
    """Return the steps of all jets (B, T, F) one below the other, (B T, F), in the same memory."""
    return steps.reshape(-1, steps.shape[-1])
