"""What lies in a cone around an axis, for many axes and events at once."""

import numpy as np

from tagwerk.arrays import Floats64, Ints
from tagwerk.jets.kinematics import wrap_phi

_BEYOND_ETA = 100.0  # keeps the events apart in one list ordered by event and η


def in_cones(
    axes: tuple[Ints, Floats64, Floats64], objects: tuple[Ints, Floats64, Floats64], radius: float
) -> tuple[Ints, Ints, Floats64]:
    """Return axis, object and distance of all pairs of the same event that are closer than `radius`, axis by axis.

    Args:
        axes: event, η and φ of each axis.
        objects: event, η and φ of each object.
        radius: in the η-φ plane.
    """
    event, eta, phi = axes
    key = objects[0] * _BEYOND_ETA + objects[1]
    order = np.argsort(key)
    ordered = key[order]
    first, last = (np.searchsorted(ordered, event * _BEYOND_ETA + eta + side * radius) for side in (-1, 1))
    counts = last - first
    axis = np.repeat(np.arange(len(event)), counts)
    row = order[np.arange(counts.sum()) + np.repeat(first - (np.cumsum(counts) - counts), counts)]
    distance = np.hypot(objects[1][row] - eta[axis], wrap_phi(objects[2][row] - phi[axis]))
    inside = distance < radius
    return axis[inside], row[inside], distance[inside]
