import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.summaries.moments import BinnedValues, RunningMoments


@given(st.lists(st.lists(st.floats(-1e3, 1e3, width=32), max_size=6), max_size=6))
def test_the_moments_of_chunks_add_up_to_those_of_all_values(chunks):
    values = np.array([value for chunk in chunks for value in chunk])
    moments = sum((RunningMoments.of(np.array(chunk, np.float32)) for chunk in chunks), RunningMoments())
    assert moments.count == len(values)
    if len(values):
        assert moments.mean == pytest.approx(values.mean(), abs=1e-9)
        assert moments.squares == pytest.approx(((values - values.mean()) ** 2).sum(), abs=1e-6)


def test_a_small_spread_about_a_large_mean_keeps_its_precision():
    halves = [RunningMoments.of(1e8 + np.array(values)) for values in ([0.0, 2.0], [1.0, 1.0])]
    assert halves[0] + halves[1] == RunningMoments(4, 1e8 + 1, 2.0)


def test_a_constant_and_no_values_have_standard_deviation_one():
    assert RunningMoments.of(np.full(5, 0.1, np.float32)).mean_and_std()[1] == 1
    assert RunningMoments().mean_and_std() == (0, 1)


def moments_of(*chunks):
    """Mean, standard deviation and range of the values of all chunks."""
    binned = BinnedValues.of(np.asarray(chunks[0]))
    for chunk in chunks[1:]:
        binned = binned + BinnedValues.of(np.asarray(chunk))
    low, high = binned.range()
    return *binned.clipped_moments(low, high).mean_and_std(), low, high


NORMAL = np.random.default_rng(1).normal(0, 1, 8368).astype(np.float32)
VALID = {
    "a width about zero": NORMAL,
    "a small width about a large mean": 5000 + 10 * NORMAL,
    "a tiny width about a large mean": 3e5 + NORMAL,
    "a falling spectrum": np.random.default_rng(2).exponential(20, 8368),
    "two values": np.arange(8368) % 2,
    "integers": np.arange(8368) % 7 - 3,
    "mostly zero": np.where(np.arange(8368) % 50, 0, NORMAL),
    "a rare flag": (np.arange(8368) % 2000 == 1).astype(float),
    "a hundred values": NORMAL[:100],
    "twenty values": NORMAL[:20],
}
OUTLIERS = [[-1e9], [1e9], [1e30], [-3e38], [1e30, -1e30], [-999.0], [1e6]]


@pytest.mark.parametrize("values", VALID.values(), ids=VALID)
def test_valid_values_keep_their_moments(values):
    mean, deviation, low, high = moments_of(values)
    assert (mean, deviation) == pytest.approx((values.mean(dtype=float), values.std(dtype=float)), rel=1e-5, abs=1e-5)
    assert low <= values.min()
    assert values.max() <= high


@pytest.mark.parametrize("outliers", OUTLIERS, ids=str)
@pytest.mark.parametrize("values", VALID.values(), ids=VALID)
def test_outliers_barely_change_the_moments(values, outliers):
    near = len(values) == 8368 and abs(outliers[0] - values.mean()) < 30 * values.std()
    if len(outliers) > len(values) / 20 or near:
        pytest.skip("not far outside, or too many")
    expected, moments = moments_of(values), moments_of(np.concatenate([values, outliers]))
    assert abs(moments[0] - expected[0]) < 0.7 * expected[1]
    assert 0.9 * expected[1] < moments[1] < (3 if len(values) > 100 else 3.5) * expected[1]
    assert moments[3] - moments[2] == pytest.approx(expected[3] - expected[2], rel=1)


@pytest.mark.parametrize(("count", "outliers"), [(10_000, 10), (100, 5), (1000, 5), (100_000, 100)])
def test_one_in_a_thousand_or_five_may_be_outliers(count, outliers):
    values = np.random.default_rng(3).normal(7, 2, count)
    values[:outliers] = -1e9
    assert moments_of(values)[:2] == pytest.approx((7, 2), rel=0.3 if count > 100 else 2)


def test_a_constant_with_one_other_value_stays_a_constant():
    assert moments_of([0.0] * 99 + [-1e9])[:2] == pytest.approx((0, 1), abs=1e-30)
    assert moments_of([2.5] * 99 + [7])[:2] == pytest.approx((2.5, 1), abs=1e-3)


def test_outliers_are_clipped_to_the_nearest_end_of_the_range():
    values = [0.0, 1.0, 2.0, 3.0, 4.0] * 20 + [1e9]
    mean, deviation, low, high = moments_of(values)
    clipped = np.clip(values, low, high)
    assert (mean, deviation) == pytest.approx((clipped.mean(), clipped.std()))
    assert 2 + 3 * 2 <= high < 8.2  # the median, and three times the distance of the outermost valid values


@given(st.lists(st.lists(st.floats(width=32), max_size=30), min_size=1, max_size=6))
def test_the_binned_moments_are_finite_and_independent_of_chunks_and_order(chunks):
    arrays = [np.array(chunk, np.float32) for chunk in chunks]
    expected = moments_of(np.concatenate(arrays))
    assert np.isfinite(expected).all()
    assert expected[2] <= expected[3]
    scale = max(abs(expected[2]), abs(expected[3]))
    for moments in (moments_of(*arrays), moments_of(*arrays[::-1])):
        assert moments[2:] == expected[2:]
        assert moments[0] == pytest.approx(expected[0], rel=1e-9, abs=1e-9 * scale)
        assert moments[1] == pytest.approx(expected[1], rel=1e-6, abs=1e-7 * scale)


def test_the_range_is_in_single_precision_so_that_the_model_clips_to_the_same():
    for ends in (moments_of(values)[2:] for values in VALID.values()):
        assert np.float32(ends).tolist() == list(ends)


def test_values_that_are_not_finite_are_counted_and_otherwise_ignored():
    binned = BinnedValues.of(np.array([1.0, np.nan, np.inf, -np.inf, 3.0, 1e300]))
    assert binned.not_finite == 4
    assert binned.clipped_moments(*binned.range()).mean_and_std() == (2, 1)


def test_moments_of_no_values_leave_values_unchanged():
    assert moments_of([])[:2] == (0, 1)
    assert moments_of([])[2] < -1e38
