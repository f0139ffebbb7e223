"""One vector a jet from the packed steps of its constituents, and back."""

from typing import Any

import numpy as np

from tagwerk.arrays import Floats32, Ints
from tagwerk.compilation import compiler
from tagwerk.packed.packed_steps import Packing


def last(states: Floats32, packing: Packing) -> list[Floats32]:
    """Return the last states, (J, U)."""
    return [states[packing.last]]


def mean(states: Floats32, packing: Packing) -> list[Floats32]:
    """Return the means over the steps, (J, U)."""
    return mean_max(states, packing)[:1]


def mean_max(states: Floats32, packing: Packing) -> list[Floats32]:
    """Return the means and the largest values over the steps, (J, U) each."""
    total, highest, _ = _extremes(states, packing)
    return [_over_lengths(total, packing), highest]


def from_last(slopes: list[Floats32], states: Floats32, packing: Packing) -> Floats32:
    """Return the gradients by the states (N, U) from those by what `last` returns."""
    by_states = np.zeros_like(states)
    by_states[packing.last] = slopes[0]
    return by_states


def from_mean(slopes: list[Floats32], states: Floats32, packing: Packing) -> Floats32:
    """Return the same for `mean`."""
    each = _over_lengths(slopes[0], packing)
    jet = np.arange(len(packing)) - np.repeat(packing.starts, packing.counts)
    return each[jet]


def from_mean_max(slopes: list[Floats32], states: Floats32, packing: Packing) -> Floats32:
    """Return the same for `mean_max`; of steps with the same largest value, the first takes it all."""
    by_states = from_mean(slopes, states, packing)
    _, _, where = _extremes(states, packing)
    np.add.at(by_states, (where, np.arange(states.shape[1])), slopes[1])
    return by_states


POOLING: dict[str, tuple[Any, Any]] = {
    "last": (last, from_last),
    "mean": (mean, from_mean),
    "mean_max": (mean_max, from_mean_max),
}


def _over_lengths(values: Floats32, packing: Packing) -> Floats32:
    """Return values (J, U) over how many steps each jet has."""
    return np.asarray(values / packing.lengths[:, None], np.float32)


def _extremes(states: Floats32, packing: Packing) -> tuple[Floats32, Floats32, Ints]:
    """Return sums and largest values over the steps, and in which rows these are, (J, U) each."""
    shape = (len(packing.jets), states.shape[1])
    total, highest = np.zeros(shape, np.float32), np.full(shape, -np.inf, np.float32)
    where = np.zeros(shape, np.int64)
    _add_extremes(states, packing.starts, packing.counts, total, highest, where)
    return total, highest, where


@compiler()
def _add_extremes(
    states: Floats32, starts: Ints, counts: Ints, total: Floats32, highest: Floats32, where: Ints
) -> None:
    for start, count in zip(starts, counts):  # noqa: B905  # of which Numba knows no `strict`
        for jet in range(count):
            state, summed, above, found = states[start + jet], total[jet], highest[jet], where[jet]
            for u in range(len(state)):
                summed[u] += state[u]
            for u in range(len(state)):
                if state[u] > above[u]:
                    above[u] = state[u]
                    found[u] = start + jet
