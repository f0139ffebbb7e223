import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.jets.chains import ascending, chain, descending, random
from tagwerk.jets.ragged import Ragged
from tests.jets.tree_jets import check_trees, columns, pairs, random_jets

SEEDS = st.integers(0, 2**32 - 1)
TWO_JETS = columns([(5, 0, 0), (1, 0, 0), (3, 0, 0)], [], [(1, 0, 0), (2, 0, 0)])


def chained(constituents, order):
    harder, softer = chain(constituents, order)
    return Ragged({"harder": harder, "softer": softer}, np.maximum(constituents.counts - 1, 0))


def identities(number, seed=0):
    return np.random.default_rng(seed).integers(0, 2**63, number).astype(np.uint64)


def test_orders_are_of_each_jet():
    assert ascending(TWO_JETS).tolist() == [1, 2, 0, 3, 4]
    assert descending(TWO_JETS).tolist() == [0, 2, 1, 4, 3]


def test_chains_by_hand():
    """Of the first jet 1 + 3 = 4 < 5, and 5 + 3 = 8 > 1."""
    assert pairs(chained(TWO_JETS, ascending(TWO_JETS))) == [[[2, 1], [0, 3]], [], [[1, 0]]]
    assert pairs(chained(TWO_JETS, descending(TWO_JETS))) == [[[0, 2], [3, 1]], [], [[1, 0]]]


def test_harder_is_by_the_sum_of_the_four_vectors():
    """Two back to back have no pT together: 4 - 3 = 1 < 2, though 4 + 3 > 2."""
    jet = columns([(4, 0, 0), (3, 0, np.pi), (2, 0, 0)])
    assert pairs(chained(jet, descending(jet))) == [[[0, 1], [2, 3]]]


def test_of_equal_pt_the_earlier_node_is_the_harder():
    jet = columns([(1, 0, 0), (1, 0, 0), (2, 0, 0)])
    assert pairs(chained(jet, descending(jet))) == [[[2, 0], [3, 1]]]
    assert pairs(chained(jet, ascending(jet))) == [[[0, 1], [2, 3]]]


@given(SEEDS)
def test_rising_pt_is_falling_pt_backwards_also_for_equal_ones(seed):
    pt = np.random.default_rng(seed).integers(1, 4, 12)
    jet = columns([(each, 0, 0) for each in pt])
    assert ascending(jet).tolist() == descending(jet).tolist()[::-1]
    assert sorted(ascending(jet)) == list(range(12))


@given(SEEDS)
def test_every_chain_is_a_tree_as_deep_as_it_has_merges(seed):
    jets = random_jets(seed, 5)
    for order in (ascending(jets), descending(jets), random(jets, identities(5))):
        chains = chained(jets, order)
        check_trees(jets, chains)
        for n, tree in zip(jets.counts, pairs(chains), strict=True):
            assert all(n + merge in children for merge, children in enumerate(tree[1:]))


@pytest.mark.parametrize("make", [ascending, descending])
@given(SEEDS)
def test_the_order_of_the_constituents_does_not_matter_to_chains_by_pt(make, seed):
    jet = random_jets(seed, 1)
    shuffled = np.random.default_rng(seed).permutation(len(jet.owner))
    other = Ragged({name: values[shuffled] for name, values in jet.values.items()}, jet.counts)
    node = np.concatenate([shuffled, np.arange(len(shuffled), 2 * len(shuffled))])
    for found, again in zip(chain(jet, make(jet)), chain(other, make(other)), strict=True):
        np.testing.assert_array_equal(node[again], found)


def test_a_random_order_follows_from_the_jet_alone():
    jets, identity = random_jets(2, 40), identities(40)
    order = random(jets, identity)
    for jet in np.random.default_rng(1).permutation(40)[:10]:
        own = order[jets.starts[jet] : jets.starts[jet] + jets.counts[jet]] - jets.starts[jet]
        np.testing.assert_array_equal(random(jets.take(np.array([jet])), identity[[jet]]), own)


def test_random_orders_are_the_same_on_every_machine():
    jet = columns([(1, 0, 0)] * 6)
    assert random(jet, np.array([1], np.uint64)).tolist() == [4, 3, 0, 1, 5, 2]


def test_random_orders_favour_no_constituent():
    """Of 6,000 jets a sixth begins with each constituent, give or take five standard deviations of 29."""
    jets = columns(*[[(1, 0, 0)] * 6] * 6000)
    first = random(jets, np.arange(6000, dtype=np.uint64)).reshape(-1, 6) % 6
    counts = np.array([np.bincount(place, minlength=6) for place in first.T])
    assert np.abs(counts - 1000).max() < 5 * np.sqrt(6000 * 5 / 36)
