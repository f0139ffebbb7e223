"""The nearest neighbours of each constituent in its jet, compiled."""

import numpy as np

from tagwerk.arrays import Floats32, Ints, Ints32
from tagwerk.packed.products import compiled, matmul
from tagwerk.packed.segments import Segments
from tagwerk.packed.threads import parallel_map


def nearest_neighbours(points: Floats32, segments: Segments, count: int, threads: int) -> Ints32:
    """Return the rows of each constituent's nearest neighbours, the nearest first, (M, count); -1 where there are less.

    Args:
        points: (M, D); the distance is Euclidean.
        segments: of the jets.
        count: maximum number of neighbours.
        threads: that share the jets.
    """
    neighbours = np.full((len(segments), count), -1, np.int32)
    parts = segments.parts(threads, segments.counts**2)
    parallel_map(
        lambda part: _of_jets(points, segments.offsets[part.jets.start : part.jets.stop + 1], neighbours),
        threads,
        parts,
    )
    return neighbours


@compiled
def _of_jets(points: Floats32, offsets: Ints, neighbours: Ints32) -> None:
    count, longest = neighbours.shape[1], 0
    for jet in range(len(offsets) - 1):
        longest = max(longest, offsets[jet + 1] - offsets[jet])
    products, squares = np.empty(longest * longest, np.float32), np.empty(longest, np.float32)
    nearest, distances = np.empty(count, np.int32), np.empty(count, np.float32)
    for jet in range(len(offsets) - 1):
        start, size = offsets[jet], offsets[jet + 1] - offsets[jet]
        if size == 0:
            continue
        jet_points = points[start : start + size]
        product = products[: size * size].reshape(size, size)
        matmul(jet_points, np.ascontiguousarray(jet_points.T), product)
        for i in range(size):
            squares[i] = product[i, i]
        for i in range(size):
            row = product[i]
            for j in range(size):
                row[j] = squares[j] - np.float32(2) * row[j]
            found = 0
            for j in range(size):
                if j == i or (found == count and row[j] >= distances[count - 1]):
                    continue
                slot = min(found, count - 1)
                while slot > 0 and distances[slot - 1] > row[j]:
                    distances[slot], nearest[slot] = distances[slot - 1], nearest[slot - 1]
                    slot -= 1
                distances[slot], nearest[slot] = row[j], j
                found = min(found + 1, count)
            for slot in range(found):
                neighbours[start + i, slot] = start + nearest[slot]
