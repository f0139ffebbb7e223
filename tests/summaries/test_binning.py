import numpy as np
import pytest

from tagwerk.summaries.binning import finer_edges, quantile_edges, regular_edges


def test_each_bin_has_its_share_of_the_values():
    values = np.random.default_rng(1).exponential(50, 10_000).astype(np.float32)
    edges = quantile_edges(values, 8)
    assert len(edges) == 7
    assert np.histogram(values, [0, *edges, np.inf])[0] == pytest.approx(np.full(8, 1250), abs=1)


def test_edges_lie_between_integers_and_no_bin_is_empty():
    assert quantile_edges(np.array([1, 1, 1, 1, 2, 3, 3, 4]), 4).tolist() == [1.5, 3.5]


@pytest.mark.parametrize("value", [0.1, 3.0])
def test_a_constant_has_bins_too(value):
    edges = quantile_edges(np.full(10, value), 4)
    assert len(edges) == 1
    assert np.isin(edges, finer_edges(edges, np.full(10, value))).all()


def test_one_bin_has_no_edge():
    assert len(quantile_edges(np.arange(10) / 3, 1)) == 0
    assert len(finer_edges(np.array([]), np.arange(10) / 3)) == 51


@pytest.mark.parametrize("integers", [False, True])
def test_finer_bins_split_each_bin_into_at_least_two(integers):
    values = np.random.default_rng(1).exponential(50, 10_000) + 3
    values = np.round(values) if integers else values
    edges = quantile_edges(values, 10)
    fine = finer_edges(edges, values)
    assert np.isin(edges, fine).all()
    assert (np.diff(fine) > 0).all()
    assert np.diff(fine).max() <= np.ptp(fine) / 49
    inside = fine[(fine >= edges[0]) & (fine <= edges[-1])]
    if not integers:
        assert (np.histogram(inside[:-1], edges)[0] >= 2).all()


def test_regular_bins_exclude_the_outermost_values():
    values = np.append(np.linspace(0, 1, 10_000), 1000)
    assert regular_edges(values)[-1] < 1.01
    assert regular_edges(np.array([1, 2, 4])).tolist() == pytest.approx([0.502, 1.502, 2.502, 3.502, 4.502])


@pytest.mark.parametrize("outlier", [-1e9, 1e30, 3e38, np.nan, np.inf])
def test_outliers_do_not_change_the_bins(outlier):
    valid = np.random.default_rng(4).normal(80, 10, 200).astype(np.float32)
    edges = regular_edges(np.append(valid, np.float32(outlier)))
    assert len(edges) == len(regular_edges(valid))
    assert edges[[0, -1]] == pytest.approx(regular_edges(valid)[[0, -1]], abs=160)
    assert np.isfinite(quantile_edges(np.append(valid, np.float32(outlier)), 4)).all()


def test_a_variable_without_any_finite_value_has_a_bin():
    assert np.isfinite(regular_edges(np.full(3, np.nan))).all()
