"""One vector per jet from the packed steps of its constituents, and the gradients."""

from typing import Any

import numpy as np

from tagwerk.arrays import Floats32, Ints
from tagwerk.compilation import cached_njit
from tagwerk.packed.packed_steps import Packing


def last(states: Floats32, packing: Packing) -> list[Floats32]:
    """Return the last states, (J, U)."""
    return [states[packing.last]]


def mean(states: Floats32, packing: Packing) -> list[Floats32]:
    """Return the means over the steps, (J, U)."""
    return mean_max(states, packing)[:1]


def mean_max(states: Floats32, packing: Packing) -> list[Floats32]:
    """Return the means and maxima over the steps, (J, U) each."""
    sums, maxima, _ = _sums_and_maxima(states, packing)
    return [_divide_by_length(sums, packing), maxima]


def last_gradient(grad_outputs: list[Floats32], states: Floats32, packing: Packing) -> Floats32:
    """Return the gradients of the states (N, U) from those of the output of `last`."""
    grad_states = np.zeros_like(states)
    grad_states[packing.last] = grad_outputs[0]
    return grad_states


def mean_gradient(grad_outputs: list[Floats32], states: Floats32, packing: Packing) -> Floats32:
    """Return the same for `mean`."""
    grad_steps = _divide_by_length(grad_outputs[0], packing)
    jet = np.arange(len(packing)) - np.repeat(packing.starts, packing.batch_sizes)
    return grad_steps[jet]


def mean_max_gradient(grad_outputs: list[Floats32], states: Floats32, packing: Packing) -> Floats32:
    """Return the same for `mean_max`; where several steps share the maximum, the first gets its gradient."""
    grad_states = mean_gradient(grad_outputs, states, packing)
    _, _, argmax = _sums_and_maxima(states, packing)
    np.add.at(grad_states, (argmax, np.arange(states.shape[1])), grad_outputs[1])
    return grad_states


POOLING: dict[str, tuple[Any, Any]] = {
    "last": (last, last_gradient),
    "mean": (mean, mean_gradient),
    "mean_max": (mean_max, mean_max_gradient),
}


def _divide_by_length(values: Floats32, packing: Packing) -> Floats32:
    """Return values (J, U) divided by each jet's number of steps."""
    return np.asarray(values / packing.lengths[:, None], np.float32)


def _sums_and_maxima(states: Floats32, packing: Packing) -> tuple[Floats32, Floats32, Ints]:
    """Return sums and maxima over the steps, and the rows of the maxima, (J, U) each."""
    shape = (len(packing.jets), states.shape[1])
    sums, maxima = np.zeros(shape, np.float32), np.full(shape, -np.inf, np.float32)
    argmax = np.zeros(shape, np.int64)
    _add_steps(states, packing.starts, packing.batch_sizes, sums, maxima, argmax)
    return sums, maxima, argmax


@cached_njit()
def _add_steps(
    states: Floats32, starts: Ints, batch_sizes: Ints, sums: Floats32, maxima: Floats32, argmax: Ints
) -> None:
    for start, count in zip(starts, batch_sizes):  # noqa: B905  # Numba does not know `strict`
        for jet in range(count):
            state, total, maximum, row = states[start + jet], sums[jet], maxima[jet], argmax[jet]
            for u in range(len(state)):
                total[u] += state[u]
            for u in range(len(state)):
                if state[u] > maximum[u]:
                    maximum[u] = state[u]
                    row[u] = start + jet
