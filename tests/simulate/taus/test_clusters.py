import numpy as np
import pytest

from tagwerk.simulate.taus.cells import Cells
from tagwerk.simulate.taus.clusters import build_clusters


def cells(*rows):
    """Cells of event 0: eta, phi, energy and whether electromagnetic."""
    eta, phi, energy, electromagnetic = (np.array(column) for column in zip(*rows, strict=True))
    return Cells(np.zeros(len(eta), np.int64), eta * 1.0, phi * 1.0, energy * 1.0, electromagnetic.astype(bool))


def built(table, candidate=None):
    rows = np.arange(len(table.eta))
    return build_clusters(table, np.zeros(len(rows), np.int64) if candidate is None else candidate, rows)


def test_two_cells_make_a_cluster_with_their_mean_position_share_and_spread():
    cluster = built(cells((0.0, 0.0, 3, True), (0.04, 0.0, 1, False)))
    assert cluster.energy.tolist() == [4]
    assert cluster.eta == pytest.approx([0.01])
    assert cluster.em_fraction.tolist() == [0.75]
    assert cluster.spread == pytest.approx([np.sqrt((3 * 0.01**2 + 0.03**2) / 4)])
    assert cluster.pt == pytest.approx([4 / np.cosh(0.01)])


def test_a_cell_joins_the_nearer_of_two_clusters():
    clusters = built(cells((0.0, 0.0, 9, True), (0.15, 0.0, 8, True), (0.09, 0.0, 1, False)))
    assert clusters.energy.tolist() == [9, 9]


@pytest.mark.parametrize(("electromagnetic", "energies"), [(True, [9, 1]), (False, [10])])
def test_the_electromagnetic_calorimeter_resolves_finer_clusters(electromagnetic, energies):
    assert built(cells((0.0, 0.0, 9, True), (0.07, 0.0, 1, electromagnetic))).energy.tolist() == energies


def test_a_distant_cell_starts_its_own_cluster():
    assert built(cells((0.0, 0.0, 9, True), (0.2, 0.0, 1, True))).energy.tolist() == [9, 1]


def test_a_cluster_extends_across_the_edge_of_phi():
    cluster = built(cells((0.0, 3.13, 1, True), (0.0, -3.13, 1, True)))
    assert len(cluster.energy) == 1
    assert np.abs(cluster.phi) == pytest.approx([np.pi])
    assert cluster.spread == pytest.approx([np.pi - 3.13])


def test_candidates_do_not_share_clusters():
    table = cells((0.0, 0.0, 2, True), (0.01, 0.0, 1, True))
    assert built(table, np.array([0, 1])).candidate.tolist() == [0, 1]


def test_no_cell_makes_no_cluster():
    table = cells((0.0, 0.0, 1, True))
    none = np.zeros(0, np.int64)
    assert len(build_clusters(table, none, none).energy) == 0
