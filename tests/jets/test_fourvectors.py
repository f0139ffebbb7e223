import numpy as np
import pytest

from tagwerk.jets.fourvectors import four_vectors
from tagwerk.jets.momentum import total_momentum
from tests.jets.tree_jets import columns, random_jets


def test_a_constituent_by_hand():
    """pT = 5 GeV with tan φ = 4/3, and pz = 5 sinh(ln 2) = 5 (2 - 1/2) / 2."""
    vector = four_vectors(columns([(5, np.log(2), np.arctan2(4, 3), 7)]))
    assert vector.dtype == np.float64
    assert vector.tolist() == [pytest.approx([3, 4, 3.75, 7])]


def test_they_add_up_to_the_jet():
    jets = random_jets(1, 20)
    sums = np.stack([np.bincount(jets.jet_index, component, 20) for component in four_vectors(jets).T], axis=1)
    expected = total_momentum(jets.values, jets.counts, ("pt", "energy"))
    np.testing.assert_allclose(np.hypot(sums[:, 0], sums[:, 1]), expected["pt"])
    np.testing.assert_allclose(sums[:, 3], expected["energy"])


def test_along_the_beam_nothing_is_infinite():
    assert np.isfinite(four_vectors(columns([(0, 1e5, 0, 3), (1, -1e5, 0, 3)]))).all()
    assert four_vectors(columns([], [])).shape == (0, 4)
