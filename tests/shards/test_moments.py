import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.shards.moments import Spread


@given(st.lists(st.lists(st.floats(-1e3, 1e3, width=32), max_size=6), max_size=6))
def test_the_moments_of_pieces_are_those_of_the_whole(pieces):
    whole = np.array([value for piece in pieces for value in piece])
    spread = sum((Spread.of(np.array(piece, np.float32)) for piece in pieces), Spread())
    assert spread.number == len(whole)
    if len(whole):
        assert spread.mean == pytest.approx(whole.mean(), abs=1e-9)
        assert spread.squares == pytest.approx(((whole - whole.mean()) ** 2).sum(), abs=1e-6)


def test_a_small_spread_about_a_large_mean_keeps_its_digits():
    halves = [Spread.of(1e8 + np.array(values)) for values in ([0.0, 2.0], [1.0, 1.0])]
    assert halves[0] + halves[1] == Spread(4, 1e8 + 1, 2.0)


def test_a_constant_and_nothing_have_deviation_one():
    assert Spread.of(np.full(5, 0.1, np.float32)).moments()[1] == 1
    assert Spread().moments() == (0, 1)
