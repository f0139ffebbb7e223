"""The figure of one jet's tree shows its constituents and merges."""

import numpy as np
import pytest

from tagwerk.jets.ragged import Ragged
from tagwerk.jets.trees import build_trees, merge_momenta
from tagwerk.plots.style import write_figure
from tagwerk.plots.tree import _branches, _positions, plot_tree

# Two pairs of constituents half a unit apart, one pair softer.
PT, ETA, PHI = [40.0, 30.0, 20.0, 10.0], [0.3, 0.28, -0.2, -0.22], [0.0, 0.01, 0.1, 0.12]


@pytest.fixture
def jet():
    values = {"pt": PT, "eta": ETA, "phi": PHI, "energy": np.multiply(PT, np.cosh(ETA))}
    constituents = Ragged({name: np.array(each, "float32") for name, each in values.items()}, np.array([4]))
    merges = build_trees(constituents, "cambridge_aachen", np.zeros(1, np.uint64))
    return constituents, Ragged({**merges.values, **merge_momenta(constituents, merges).values}, merges.counts)


def test_the_plane_shows_each_constituent_at_its_position_with_an_area_linear_in_its_pt(jet):
    plane, _ = plot_tree(*jet, (0.1, 0.05), "A jet").axes
    points = plane.collections[1]
    np.testing.assert_allclose(
        points.get_offsets(), np.transpose([np.array(ETA) - 0.1, np.array(PHI) - 0.05]), atol=1e-6
    )
    areas = points.get_sizes() - points.get_sizes().min()
    np.testing.assert_allclose(areas / areas[0], (np.array(PT) - 10) / 30, rtol=1e-5)


def test_the_tree_has_two_lines_per_merge_that_end_at_the_distance_of_its_branches(jet):
    _, dendrogram = plot_tree(*jet, (0.1, 0.05), "A jet").axes
    lines = dendrogram.collections[0].get_segments()
    assert len(lines) == 6
    heights = sorted({float(round(line[-1, 1], 4)) for line in lines})
    assert heights[0] == pytest.approx(np.hypot(0.02, 0.01), rel=1e-2)
    assert heights[1] == pytest.approx(np.hypot(0.02, 0.02), rel=1e-2)
    assert heights[2] == pytest.approx(np.hypot(0.49, 0.1), rel=5e-2)


def test_constituents_are_in_tree_order_with_the_harder_branch_first():
    children = np.array([[2, 3], [0, 1], [5, 4]])
    assert _positions(children, 4).tolist() == [0, 1, 2, 3, 2.5, 0.5, 1.5]


def test_the_branches_of_largest_kt_have_their_own_colours():
    children = np.array([[0, 1], [2, 3], [4, 5]])
    assert _branches(children, 4, np.array([0.1, 0.5, 3.0])).tolist() == [0, 0, 1, 2, 0, 1, 0]


def test_the_figure_is_written(jet, tmp_path):
    write_figure(lambda: plot_tree(*jet, (0.1, 0.05), "A jet"), tmp_path, "tree")
    assert (tmp_path / "tree.png").stat().st_size > 10_000
