import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.jets.chains import ascending_pt_order, chain_merges, descending_pt_order, random_order
from tagwerk.jets.ragged import Ragged
from tests.jets.tree_jets import check_trees, columns, pairs, random_jets

SEEDS = st.integers(0, 2**32 - 1)
TWO_JETS = columns([(5, 0, 0), (1, 0, 0), (3, 0, 0)], [], [(1, 0, 0), (2, 0, 0)])


def chained(constituents, order):
    harder, softer = chain_merges(constituents, order)
    return Ragged({"harder": harder, "softer": softer}, np.maximum(constituents.counts - 1, 0))


def identities(count, seed=0):
    return np.random.default_rng(seed).integers(0, 2**63, count).astype(np.uint64)


def test_each_jet_is_ordered_separately():
    assert ascending_pt_order(TWO_JETS).tolist() == [1, 2, 0, 3, 4]
    assert descending_pt_order(TWO_JETS).tolist() == [0, 2, 1, 4, 3]


def test_chains_by_hand():
    """In the first jet 1 + 3 = 4 < 5, and 5 + 3 = 8 > 1."""
    assert pairs(chained(TWO_JETS, ascending_pt_order(TWO_JETS))) == [[[2, 1], [0, 3]], [], [[1, 0]]]
    assert pairs(chained(TWO_JETS, descending_pt_order(TWO_JETS))) == [[[0, 2], [3, 1]], [], [[1, 0]]]


def test_the_harder_branch_is_that_of_larger_summed_pt():
    """Back to back, pT cancel: 4 - 3 = 1 < 2, though 4 + 3 > 2."""
    jet = columns([(4, 0, 0), (3, 0, np.pi), (2, 0, 0)])
    assert pairs(chained(jet, descending_pt_order(jet))) == [[[0, 1], [2, 3]]]


def test_of_equal_pt_the_earlier_node_is_the_harder():
    jet = columns([(1, 0, 0), (1, 0, 0), (2, 0, 0)])
    assert pairs(chained(jet, descending_pt_order(jet))) == [[[2, 0], [3, 1]]]
    assert pairs(chained(jet, ascending_pt_order(jet))) == [[[0, 1], [2, 3]]]


@given(SEEDS)
def test_ascending_pt_is_descending_pt_reversed_also_for_ties(seed):
    pt = np.random.default_rng(seed).integers(1, 4, 12)
    jet = columns([(value, 0, 0) for value in pt])
    assert ascending_pt_order(jet).tolist() == descending_pt_order(jet).tolist()[::-1]
    assert sorted(ascending_pt_order(jet)) == list(range(12))


@given(SEEDS)
def test_every_chain_is_a_tree_as_deep_as_its_number_of_merges(seed):
    jets = random_jets(seed, 5)
    for order in (ascending_pt_order(jets), descending_pt_order(jets), random_order(jets, identities(5))):
        chains = chained(jets, order)
        check_trees(jets, chains)
        for n, tree in zip(jets.counts, pairs(chains), strict=True):
            assert all(n + merge in children for merge, children in enumerate(tree[1:]))


@pytest.mark.parametrize("order", [ascending_pt_order, descending_pt_order])
@given(SEEDS)
def test_the_order_of_the_constituents_does_not_matter_to_chains_by_pt(order, seed):
    jet = random_jets(seed, 1)
    shuffled = np.random.default_rng(seed).permutation(len(jet.jet_index))
    other = Ragged({name: values[shuffled] for name, values in jet.values.items()}, jet.counts)
    node = np.concatenate([shuffled, np.arange(len(shuffled), 2 * len(shuffled))])
    for children, shuffled_children in zip(
        chain_merges(jet, order(jet)), chain_merges(other, order(other)), strict=True
    ):
        np.testing.assert_array_equal(node[shuffled_children], children)


def test_a_random_order_follows_from_the_jet_alone():
    jets, identity = random_jets(2, 40), identities(40)
    order = random_order(jets, identity)
    for jet in np.random.default_rng(1).permutation(40)[:10]:
        expected = order[jets.starts[jet] : jets.starts[jet] + jets.counts[jet]] - jets.starts[jet]
        np.testing.assert_array_equal(random_order(jets.take(np.array([jet])), identity[[jet]]), expected)


def test_random_orders_are_the_same_on_every_machine():
    jet = columns([(1, 0, 0)] * 6)
    assert random_order(jet, np.array([1], np.uint64)).tolist() == [4, 3, 0, 1, 5, 2]


def test_random_orders_favour_no_constituent():
    """Of 6,000 jets a sixth start with each constituent, within five standard deviations of 29."""
    jets = columns(*[[(1, 0, 0)] * 6] * 6000)
    first = random_order(jets, np.arange(6000, dtype=np.uint64)).reshape(-1, 6) % 6
    counts = np.array([np.bincount(position, minlength=6) for position in first.T])
    assert np.abs(counts - 1000).max() < 5 * np.sqrt(6000 * 5 / 36)
