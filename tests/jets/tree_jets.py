"""Jets to make trees of, and what every tree must be."""

from collections import Counter
from pathlib import Path

import numpy as np

from tagwerk.jets.fourvectors import four_vectors
from tagwerk.jets.ragged import Ragged

EVENTS = Path(__file__).parents[3] / "shared/data/clustering/events_pp_13TeV.txt"


def columns(*jets):
    """Constituents of jets that are lists of (pt, eta, phi) or (pt, eta, phi, energy); massless without energy."""
    rows = [one if len(one) == 4 else [*one, one[0] * np.cosh(one[1])] for jet in jets for one in jet]
    values = np.array(rows, np.float32).reshape(-1, 4).T
    counts = np.array([len(jet) for jet in jets])
    return Ragged(dict(zip(("pt", "eta", "phi", "energy"), values, strict=True)), counts)


def random_jets(seed, number, most=40):
    """Jets of 0 to `most` constituents of falling pT about eta = 0 and phi = pi, where azimuths jump."""
    rng = np.random.default_rng(seed)
    jets = []
    for _ in range(number):
        n = rng.integers(0, most + 1)
        pt = np.sort(rng.exponential(8, n) + 0.3)[::-1]
        phi = np.mod(rng.normal(np.pi, 0.3, n) + np.pi, 2 * np.pi) - np.pi
        jets.append(np.stack([pt, rng.normal(0, 0.3, n), phi], axis=1).tolist())
    return columns(*jets)


def pairs(merges):
    """The children of every merge, harder first, a list a jet."""
    children = np.stack([merges.values["harder"], merges.values["softer"]], axis=1)
    return [part.tolist() for part in np.split(children, np.cumsum(merges.counts)[:-1])]


def check_trees(constituents, merges):
    """Every node but the root has one parent, which comes after it, and the harder child stands first."""
    vectors = four_vectors(constituents)
    assert merges.counts.tolist() == [max(n - 1, 0) for n in constituents.counts]
    for start, n, tree in zip(constituents.starts, constituents.counts, pairs(merges), strict=True):
        nodes = list(vectors[start : start + n, :2])
        for harder, softer in tree:
            assert max(harder, softer) < len(nodes)
            # Sums in another order differ by rounding.
            assert np.hypot(*nodes[harder]) >= np.hypot(*nodes[softer]) * (1 - 1e-9) - 1e-9
            nodes.append(nodes[harder] + nodes[softer])
        assert Counter(node for children in tree for node in children) == Counter(range(max(2 * n - 2, 0)))


def events():
    """Four-vectors of real events' particles, by event."""
    found = {}
    for line in EVENTS.read_text().splitlines():
        number, *vector = line.split()
        found.setdefault(number, []).append(list(map(float, vector)))
    return [np.array(particles) for particles in found.values()]
