import numpy as np
import pytest

from tagwerk.summaries.binning import equal_shares, finer, regular


def test_each_bin_has_its_share_of_the_values():
    values = np.random.default_rng(1).exponential(50, 10_000).astype(np.float32)
    edges = equal_shares(values, 8)
    assert len(edges) == 7
    assert np.histogram(values, [0, *edges, np.inf])[0] == pytest.approx(np.full(8, 1250), abs=1)


def test_whole_numbers_are_parted_between_and_no_bin_is_empty():
    assert equal_shares(np.array([1, 1, 1, 1, 2, 3, 3, 4]), 4).tolist() == [1.5, 3.5]


@pytest.mark.parametrize("value", [0.1, 3.0])
def test_a_constant_has_bins_all_the_same(value):
    edges = equal_shares(np.full(10, value), 4)
    assert len(edges) == 1
    assert np.isin(edges, finer(edges, np.full(10, value))).all()


def test_one_bin_has_no_edge():
    assert len(equal_shares(np.arange(10) / 3, 1)) == 0
    assert len(finer(np.array([]), np.arange(10) / 3)) == 51


@pytest.mark.parametrize("whole", [False, True])
def test_finer_bins_are_parts_of_the_bins_and_at_least_two_of_each(whole):
    values = np.random.default_rng(1).exponential(50, 10_000) + 3
    values = np.round(values) if whole else values
    edges = equal_shares(values, 10)
    fine = finer(edges, values)
    assert np.isin(edges, fine).all()
    assert (np.diff(fine) > 0).all()
    assert np.diff(fine).max() <= np.ptp(fine) / 49
    inside = fine[(fine >= edges[0]) & (fine <= edges[-1])]
    if not whole:
        assert (np.histogram(inside[:-1], edges)[0] >= 2).all()


def test_regular_bins_leave_out_the_outermost_values():
    values = np.append(np.linspace(0, 1, 10_000), 1000)
    assert regular(values)[-1] < 1.01
    assert regular(np.array([1, 2, 4])).tolist() == pytest.approx([0.502, 1.502, 2.502, 3.502, 4.502])


@pytest.mark.parametrize("wrong", [-1e9, 1e30, 3e38, np.nan, np.inf])
def test_bins_are_those_of_the_sound_values(wrong):
    sound = np.random.default_rng(4).normal(80, 10, 200).astype(np.float32)
    found = regular(np.append(sound, np.float32(wrong)))
    assert len(found) == len(regular(sound))
    assert found[[0, -1]] == pytest.approx(regular(sound)[[0, -1]], abs=160)
    assert np.isfinite(equal_shares(np.append(sound, np.float32(wrong)), 4)).all()


def test_a_variable_without_any_finite_value_has_a_bin():
    assert np.isfinite(regular(np.full(3, np.nan))).all()
