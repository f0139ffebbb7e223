import awkward as ak
import numpy as np
import pytest
from hypothesis import given

from tagwerk.jets.ragged import Ragged
from tagwerk.jets.topologies import LARGEST, TOPOLOGIES
from tagwerk.jets.trees import merges, momenta
from tests.conftest import jets
from tests.jets.tree_jets import check_trees, columns, pairs, random_jets

EVERY = pytest.mark.parametrize("topology", TOPOLOGIES)


def made(constituents, topology):
    return merges(constituents, topology, np.arange(len(constituents.counts)).astype(np.uint64))


def of_records(lists):
    return Ragged({name: ak.to_numpy(ak.flatten(lists[name])) for name in lists.fields}, ak.to_numpy(ak.num(lists)))


@EVERY
@given(jets())
def test_whatever_a_detector_writes_gives_trees_with_finite_momenta(topology, jets):
    constituents = of_records(jets.constituents)
    trees = made(constituents, topology)
    check_trees(constituents, trees)
    for values in momenta(constituents, trees).values.values():
        assert values.dtype == np.float32
        assert np.isfinite(values).all()


@EVERY
def test_children_are_kept_in_sixteen_bits(topology):
    trees = made(columns([(3, 0, 0), (2, 0, 0.1)], []), topology)
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
    """Smallest for kt is 1² 0.3², then 10² 0.2² before 3² 0.9²; for anti-kt always a distance from the hardest."""
    assert pairs(made(columns([(100, 0, 0), (10, 0.2, 0), (2, 1.0, 0), (1, 1.3, 0)]), topology)) == [tree]


def test_momenta_by_hand():
    """3 GeV along x and 4 GeV along y are 5 GeV together, and with 12 GeV along z they stay 5 GeV of pT."""
    jet = columns([(3, 0, 0), (4, 0, np.pi / 2), (0.1, 5.5, 0)])
    pt, eta, phi, energy = momenta(jet, made(jet, "descending_pt")).values.values()
    assert pt[0] == pytest.approx(5)
    assert eta[0] == pytest.approx(0)
    assert phi[0] == pytest.approx(np.arctan2(4, 3))
    assert energy.tolist() == pytest.approx([7, 7 + 0.1 * np.cosh(5.5)])
    assert pt[1] == pytest.approx(np.hypot(3.1, 4))
    assert eta[1] == pytest.approx(np.arcsinh(0.1 * np.sinh(5.5) / np.hypot(3.1, 4)))


def test_eta_is_finite_without_pt():
    jets = columns([(0, 1, 0, 2), (0, -1, 2, 3)], [(1, 0, 0), (0, 0, 0, 0)])
    found = momenta(jets, made(jets, "kt")).values
    assert found["eta"].tolist() == [0, 0]
    assert found["pt"].tolist() == [0, 1]
    assert found["energy"].tolist() == [5, 1]


@EVERY
def test_the_root_is_the_sum_of_all_constituents_in_every_tree(topology):
    constituents = random_jets(4, 50)
    found = momenta(constituents, made(constituents, topology))
    roots = (found.starts + found.counts - 1)[found.counts > 0]
    energy = np.bincount(constituents.owner, constituents.values["energy"], len(constituents.counts))
    np.testing.assert_allclose(found.values["energy"][roots], energy[constituents.counts > 1], rtol=1e-6)
    px = np.bincount(constituents.owner, constituents.values["pt"] * np.cos(constituents.values["phi"]), 50)
    np.testing.assert_allclose(
        (found.values["pt"] * np.cos(found.values["phi"]))[roots], px[constituents.counts > 1], rtol=1e-5
    )


@EVERY
def test_trees_of_a_jet_do_not_depend_on_the_others(topology):
    constituents, identity = random_jets(6, 30), np.arange(30).astype(np.uint64)
    chosen = np.random.default_rng(1).permutation(30)[:12]
    whole = merges(constituents, topology, identity)
    some = merges(constituents.take(chosen), topology, identity[chosen])
    assert pairs(some) == pairs(whole.take(chosen))
    sums = momenta(constituents, whole).take(chosen)
    for name, values in momenta(constituents.take(chosen), some).values.items():
        np.testing.assert_array_equal(values, sums.values[name])


def test_the_deepest_tree_has_as_many_nodes_as_sixteen_bits_count():
    jet = columns([(1, 0, 0)] * LARGEST)
    trees = made(jet, "descending_pt")
    assert trees.values["harder"][-1] == 2 * LARGEST - 3
    assert momenta(jet, trees).values["pt"][-1] == pytest.approx(LARGEST)
    with pytest.raises(ValueError, match="at most 32768 constituents, a jet has 32769"):
        made(columns([(1, 0, 0)] * (LARGEST + 1)), "descending_pt")


def test_an_unknown_topology_is_refused():
    with pytest.raises(ValueError, match="no topology 'k_t', only cambridge_aachen, kt"):
        made(columns([(1, 0, 0)]), "k_t")


def test_merges_of_other_jets_are_refused():
    jets = columns([(3, 0, 0), (2, 0, 0)])
    with pytest.raises(ValueError, match="has n - 1 merges"):
        momenta(jets, made(columns([(1, 0, 0)] * 3), "kt"))
    with pytest.raises(ValueError, match="does not come before it"):
        momenta(jets, Ragged({"harder": np.array([2]), "softer": np.array([0])}, np.array([1])))
