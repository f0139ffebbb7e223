import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.summaries.moments import Binned, Spread


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


def moments_of(*pieces):
    """Mean, deviation and range of the values of all pieces."""
    binned = Binned.of(np.asarray(pieces[0]))
    for piece in pieces[1:]:
        binned = binned + Binned.of(np.asarray(piece))
    low, high = binned.range()
    return *binned.spread(low, high).moments(), low, high


NORMAL = np.random.default_rng(1).normal(0, 1, 8368).astype(np.float32)
SOUND = {
    "a width about zero": NORMAL,
    "a small width about a large mean": 5000 + 10 * NORMAL,
    "a tiny width about a large mean": 3e5 + NORMAL,
    "a falling spectrum": np.random.default_rng(2).exponential(20, 8368),
    "two values": np.arange(8368) % 2,
    "whole numbers": np.arange(8368) % 7 - 3,
    "mostly zero": np.where(np.arange(8368) % 50, 0, NORMAL),
    "a rare flag": (np.arange(8368) % 2000 == 1).astype(float),
    "a hundred values": NORMAL[:100],
    "twenty values": NORMAL[:20],
}
WRONG = [[-1e9], [1e9], [1e30], [-3e38], [1e30, -1e30], [-999.0], [1e6]]


@pytest.mark.parametrize("values", SOUND.values(), ids=SOUND)
def test_sound_values_keep_their_moments(values):
    mean, deviation, low, high = moments_of(values)
    assert (mean, deviation) == pytest.approx((values.mean(dtype=float), values.std(dtype=float)), rel=1e-5, abs=1e-5)
    assert low <= values.min()
    assert values.max() <= high


@pytest.mark.parametrize("wrong", WRONG, ids=str)
@pytest.mark.parametrize("values", SOUND.values(), ids=SOUND)
def test_a_value_far_outside_moves_no_moment(values, wrong):
    if len(wrong) > len(values) / 20 or (len(values) == 8368 and abs(wrong[0] - values.mean()) < 30 * values.std()):
        pytest.skip("not far outside, or too many")
    sound, found = moments_of(values), moments_of(np.concatenate([values, wrong]))
    assert abs(found[0] - sound[0]) < 0.7 * sound[1]
    assert 0.9 * sound[1] < found[1] < (3 if len(values) > 100 else 3.5) * sound[1]
    assert found[3] - found[2] == pytest.approx(sound[3] - sound[2], rel=1)


@pytest.mark.parametrize(("number", "wrong"), [(10_000, 10), (100, 5), (1000, 5), (100_000, 100)])
def test_one_in_a_thousand_or_five_may_be_wrong(number, wrong):
    values = np.random.default_rng(3).normal(7, 2, number)
    values[:wrong] = -1e9
    assert moments_of(values)[:2] == pytest.approx((7, 2), rel=0.3 if number > 100 else 2)


def test_a_constant_with_one_other_value_stays_a_constant():
    assert moments_of([0.0] * 99 + [-1e9])[:2] == pytest.approx((0, 1), abs=1e-30)
    assert moments_of([2.5] * 99 + [7])[:2] == pytest.approx((2.5, 1), abs=1e-3)


def test_values_outside_count_as_the_nearest_end_of_the_range():
    values = [0.0, 1.0, 2.0, 3.0, 4.0] * 20 + [1e9]
    mean, deviation, low, high = moments_of(values)
    clipped = np.clip(values, low, high)
    assert (mean, deviation) == pytest.approx((clipped.mean(), clipped.std()))
    assert 2 + 3 * 2 <= high < 8.2  # the median, and three times the distance of the outermost ones


@given(st.lists(st.lists(st.floats(width=32), max_size=30), min_size=1, max_size=6))
def test_the_binned_moments_of_pieces_are_finite_and_those_of_the_whole_in_any_order(pieces):
    arrays = [np.array(piece, np.float32) for piece in pieces]
    whole, found, turned = moments_of(np.concatenate(arrays)), moments_of(*arrays), moments_of(*arrays[::-1])
    assert np.isfinite(whole).all()
    assert whole[2] <= whole[3]
    scale = max(abs(whole[2]), abs(whole[3]))
    for other in (found, turned):
        assert other[2:] == whole[2:]
        assert other[0] == pytest.approx(whole[0], rel=1e-9, abs=1e-9 * scale)
        assert other[1] == pytest.approx(whole[1], rel=1e-6, abs=1e-7 * scale)


def test_the_range_is_in_single_precision_so_that_the_model_clips_alike():
    for ends in (moments_of(values)[2:] for values in SOUND.values()):
        assert np.float32(ends).tolist() == list(ends)


def test_what_is_not_finite_is_counted_and_counts_for_nothing_else():
    binned = Binned.of(np.array([1.0, np.nan, np.inf, -np.inf, 3.0, 1e300]))
    assert binned.not_finite == 4
    assert binned.spread(*binned.range()).moments() == (2, 1)


def test_moments_of_nothing_leave_values_as_they_are():
    assert moments_of([])[:2] == (0, 1)
    assert moments_of([])[2] < -1e38
