"""Jets to build trees of, and the properties of every tree."""

from collections import Counter
from pathlib import Path

import numpy as np

from tagwerk.jets.fourvectors import four_vectors
from tagwerk.jets.kinematics import wrap_phi
from tagwerk.jets.ragged import Ragged

EVENTS = Path(__file__).parents[3] / "shared/data/clustering/events_pp_13TeV.txt"


def columns(*jets):
    """Constituents of jets that are lists of (pt, eta, phi) or (pt, eta, phi, energy); massless without energy."""
    rows = [leaf if len(leaf) == 4 else [*leaf, leaf[0] * np.cosh(leaf[1])] for jet in jets for leaf in jet]
    values = np.array(rows, np.float32).reshape(-1, 4).T
    counts = np.array([len(jet) for jet in jets])
    return Ragged(dict(zip(("pt", "eta", "phi", "energy"), values, strict=True)), counts)


def random_jets(seed, jets, max_length=40):
    """Jets of 0 to `max_length` constituents in descending pT around eta = 0 and phi = pi, where azimuths wrap."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(jets):
        n = rng.integers(0, max_length + 1)
        pt = np.sort(rng.exponential(8, n) + 0.3)[::-1]
        phi = wrap_phi(rng.normal(np.pi, 0.3, n))
        rows.append(np.stack([pt, rng.normal(0, 0.3, n), phi], axis=1).tolist())
    return columns(*rows)


def pairs(merges):
    """The children of every merge, harder first, one list per jet."""
    children = np.stack([merges.values["harder"], merges.values["softer"]], axis=1)
    return [part.tolist() for part in np.split(children, np.cumsum(merges.counts)[:-1])]


def check_trees(constituents, merges):
    """Check that every node but the root has one parent, which is a later node, and that the harder child is first."""
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
    """Four-vectors of the particles of real events, by event."""
    particles = {}
    for line in EVENTS.read_text().splitlines():
        event, *vector = line.split()
        particles.setdefault(event, []).append(list(map(float, vector)))
    return [np.array(vectors) for vectors in particles.values()]
