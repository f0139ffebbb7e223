"""Tau candidates for tests: lists of tracks and clusters, and their views."""

import numpy as np
from hypothesis import strategies as st

from tagwerk.jets.ragged import Ragged
from tagwerk.jets.tau_view import TauView

TRACK = ("pt", "eta", "phi", "d0", "d0_error")
CLUSTER = ("energy", "eta", "phi", "em_fraction")


def ragged(lists, names):
    """The variables of lists of tuples, one per candidate, in double precision."""
    flat = np.array([each for one in lists for each in one], np.float64).reshape(-1, len(names))
    return Ragged(dict(zip(names, flat.T, strict=True)), np.array([len(one) for one in lists], np.int64))


def view(tracks, clusters, axis=(0.0, 0.0)):
    """Candidates of lists of (pt, eta, phi, d0, d0_error) and (energy, eta, phi, em_fraction), all along one axis."""
    sequences = {"tracks": ragged(tracks, TRACK), "clusters": ragged(clusters, CLUSTER)}
    return TauView(sequences, tuple(np.full(len(tracks), coordinate) for coordinate in axis))


def random_candidates(seed, count, phi=0.0):
    """Tracks and clusters around (0, phi), up to eight each, φ not wrapped."""
    random = np.random.default_rng(seed)

    def objects(draw_first, draw_last):
        sizes = random.integers(0, 9, count)
        return [
            np.stack([draw_first(n), random.normal(0, 0.15, n), phi + random.normal(0, 0.15, n), *draw_last(n)], axis=1)
            for n in sizes
        ]

    tracks = objects(lambda n: random.exponential(10, n), lambda n: (random.normal(0, 0.1, n), 0.01 + random.random(n)))
    return tracks, objects(lambda n: random.normal(10, 10, n), lambda n: (random.random(n),))


# Any number that fits in single precision, NaN and infinity included.
_NUMBER = st.one_of(st.floats(width=32), st.sampled_from([0.0, -1.0, 0.1, 1e-45, 3e38]))


@st.composite
def any_candidates(draw, near):
    """One to four candidates of any numbers, or, if `near`, with η and φ such that none is outside of the cones."""
    angle = st.floats(-0.25, 0.25) if near else _NUMBER
    track = st.tuples(_NUMBER, angle, angle, _NUMBER, _NUMBER)
    cluster = st.tuples(_NUMBER, angle, angle, _NUMBER)
    count = draw(st.integers(1, 4))
    tracks, clusters = (
        draw(st.lists(st.lists(row, max_size=4), min_size=count, max_size=count)) for row in (track, cluster)
    )
    return view(tracks, clusters, (0.0, 0.0) if near else draw(st.tuples(_NUMBER, _NUMBER)))
