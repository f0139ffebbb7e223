import awkward as ak
import numpy as np
import pytest
from hypothesis import given

from tagwerk.jets.ragged import Ragged
from tagwerk.jets.topologies import MAX_CONSTITUENTS, TOPOLOGIES
from tagwerk.jets.trees import build_trees, merge_momenta
from tests.conftest import jets
from tests.jets.tree_jets import check_trees, columns, pairs, random_jets

EVERY_TOPOLOGY = pytest.mark.parametrize("topology", TOPOLOGIES)


def trees_of(constituents, topology):
    return build_trees(constituents, topology, np.arange(len(constituents.counts)).astype(np.uint64))


def ragged(lists):
    return Ragged({name: ak.to_numpy(ak.flatten(lists[name])) for name in lists.fields}, ak.to_numpy(ak.num(lists)))


@EVERY_TOPOLOGY
@given(jets())
def test_any_detector_output_gives_trees_with_finite_momenta(topology, jets):
    constituents = ragged(jets.constituents)
    trees = trees_of(constituents, topology)
    check_trees(constituents, trees)
    for values in merge_momenta(constituents, trees).values.values():
        assert values.dtype == np.float32
        assert np.isfinite(values).all()


@EVERY_TOPOLOGY
def test_children_are_stored_in_sixteen_bits(topology):
    trees = trees_of(columns([(3, 0, 0), (2, 0, 0.1)], []), topology)
    assert pairs(trees) == [[[0, 1]], []]
    assert [values.dtype for values in trees.values.values()] == [np.uint16, np.uint16]


@pytest.mark.parametrize(
    ("topology", "tree"),
    [
        ("kt", [[2, 3], [0, 1], [5, 4]]),
        ("cambridge_aachen", [[0, 1], [2, 3], [4, 5]]),
        ("anti_kt", [[0, 1], [4, 2], [5, 3]]),
        ("descending_pt", [[0, 1], [4, 2], [5, 3]]),
        ("ascending_pt", [[2, 3], [1, 4], [0, 5]]),
    ],
)
def test_trees_of_four_constituents_by_hand(topology, tree):
    """For kt the smallest distance is 1² 0.3², then 10² 0.2² before 3² 0.9²; for anti-kt always one to the hardest."""
    assert pairs(trees_of(columns([(100, 0, 0), (10, 0.2, 0), (2, 1.0, 0), (1, 1.3, 0)]), topology)) == [tree]


def test_momenta_by_hand():
    """3 GeV along x and 4 GeV along y sum to 5 GeV; the third, mostly along z, adds 0.1 GeV of pT."""
    jet = columns([(3, 0, 0), (4, 0, np.pi / 2), (0.1, 5.5, 0)])
    pt, eta, phi, energy = merge_momenta(jet, trees_of(jet, "descending_pt")).values.values()
    assert pt[0] == pytest.approx(5)
    assert eta[0] == pytest.approx(0)
    assert phi[0] == pytest.approx(np.arctan2(4, 3))
    assert energy.tolist() == pytest.approx([7, 7 + 0.1 * np.cosh(5.5)])
    assert pt[1] == pytest.approx(np.hypot(3.1, 4))
    assert eta[1] == pytest.approx(np.arcsinh(0.1 * np.sinh(5.5) / np.hypot(3.1, 4)))


def test_eta_is_finite_without_pt():
    jets = columns([(0, 1, 0, 2), (0, -1, 2, 3)], [(1, 0, 0), (0, 0, 0, 0)])
    momenta = merge_momenta(jets, trees_of(jets, "kt")).values
    assert momenta["eta"].tolist() == [0, 0]
    assert momenta["pt"].tolist() == [0, 1]
    assert momenta["energy"].tolist() == [5, 1]


@EVERY_TOPOLOGY
def test_the_root_is_the_sum_of_all_constituents(topology):
    constituents = random_jets(4, 50)
    momenta = merge_momenta(constituents, trees_of(constituents, topology))
    roots = (momenta.starts + momenta.counts - 1)[momenta.counts > 0]
    energy = np.bincount(constituents.jet_index, constituents.values["energy"], len(constituents.counts))
    np.testing.assert_allclose(momenta.values["energy"][roots], energy[constituents.counts > 1], rtol=1e-6)
    px = np.bincount(constituents.jet_index, constituents.values["pt"] * np.cos(constituents.values["phi"]), 50)
    np.testing.assert_allclose(
        (momenta.values["pt"] * np.cos(momenta.values["phi"]))[roots], px[constituents.counts > 1], rtol=1e-5
    )


@EVERY_TOPOLOGY
def test_trees_do_not_depend_on_other_jets(topology):
    constituents, identity = random_jets(6, 30), np.arange(30).astype(np.uint64)
    chosen = np.random.default_rng(1).permutation(30)[:12]
    trees = build_trees(constituents, topology, identity)
    selected = build_trees(constituents.take(chosen), topology, identity[chosen])
    assert pairs(selected) == pairs(trees.take(chosen))
    sums = merge_momenta(constituents, trees).take(chosen)
    for name, values in merge_momenta(constituents.take(chosen), selected).values.items():
        np.testing.assert_array_equal(values, sums.values[name])


def test_the_largest_tree_fits_sixteen_bits():
    jet = columns([(1, 0, 0)] * MAX_CONSTITUENTS)
    trees = trees_of(jet, "descending_pt")
    assert trees.values["harder"][-1] == 2 * MAX_CONSTITUENTS - 3
    assert merge_momenta(jet, trees).values["pt"][-1] == pytest.approx(MAX_CONSTITUENTS)
    with pytest.raises(ValueError, match="at most 32768 constituents, a jet has 32769"):
        trees_of(columns([(1, 0, 0)] * (MAX_CONSTITUENTS + 1)), "descending_pt")


def test_an_unknown_topology_is_refused():
    with pytest.raises(ValueError, match="no topology 'k_t', only cambridge_aachen, kt"):
        trees_of(columns([(1, 0, 0)]), "k_t")


def test_merges_of_other_jets_are_refused():
    jets = columns([(3, 0, 0), (2, 0, 0)])
    with pytest.raises(ValueError, match="has n - 1 merges"):
        merge_momenta(jets, trees_of(columns([(1, 0, 0)] * 3), "kt"))
    with pytest.raises(ValueError, match="does not come before it"):
        merge_momenta(jets, Ragged({"harder": np.array([2]), "softer": np.array([0])}, np.array([1])))
