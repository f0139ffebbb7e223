"""Jets that do not fit into memory are the same jets, in another order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.training.split_jets import iterate_jets, read_split, stratified_permutation
from tagwerk.training.weights import JetWeights
from tests.training.conftest import load, task


@pytest.fixture(scope="module", params=[0, 20_000, 1e9], ids=["one row group", "some row groups", "all"])
def memory(request):
    return request.param


def read(toy, memory, split="train"):
    return read_split(toy.parts, [split], task(toy).schema, JetWeights(np.ones(2)), memory)


def test_counts_and_lengths_are_those_of_all_jets(toy, memory):
    split, jets = read(toy, memory), load(toy, "train")
    assert len(split) == len(jets)
    assert split.counts.tolist() == np.bincount(jets.label).tolist()
    assert split.lengths.tolist() == np.bincount(jets.lengths()).tolist()


def test_pools_hold_each_jet_once_with_its_own_constituents(toy, memory):
    jets, seen = load(toy, "train"), []
    row_of = {identity: row for row, identity in enumerate(identities(jets))}
    for pool in read(toy, memory).pools(np.random.default_rng(1)):
        rows = np.array([row_of[identity] for identity in identities(pool)])
        expected, inputs = jets.inputs(rows, 15), pool.inputs(np.arange(len(pool)), 15)
        for name, values in expected.items():
            np.testing.assert_array_equal(inputs[name], values)
        seen += rows.tolist()
    assert sorted(seen) == list(range(len(jets)))


def identities(jets):
    return list(zip(jets.records.event.tolist(), jets.scalars[:, 0].tolist(), strict=True))


def test_iterating_keeps_the_order_on_disk(toy, memory):
    pools = list(iterate_jets(toy.parts, ["test"], task(toy).schema, memory))
    assert [identity for pool in pools for identity in identities(pool)] == identities(load(toy, "test"))
    assert len(pools) == (2 if memory == 0 else 1)


def test_a_pool_is_as_large_as_fits_into_memory(toy):
    sizes = [len(pool) for pool in read(toy, 0).pools(np.random.default_rng(1))]
    assert len(sizes) == 2
    assert len(list(read(toy, 1e6).pools(np.random.default_rng(1)))) == 1


def test_the_same_seed_repeats_the_pools_and_another_reorders_them(toy):
    def order(seed):
        return [jet for pool in read(toy, 0).pools(np.random.default_rng(seed)) for jet in identities(pool)]

    assert order(1) == order(1)
    assert len({tuple(order(seed)) for seed in range(10)}) == 2


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.integers(0, 2**32 - 1))
def test_a_stratified_permutation_gives_every_stretch_its_share_of_each_class(labels, seed):
    order = stratified_permutation(labels, np.random.default_rng(seed))
    assert sorted(order) == list(range(len(labels)))
    shuffled = np.array(labels)[order]
    for label in set(labels):
        so_far = np.cumsum(shuffled == label)
        expected = np.arange(1, len(labels) + 1) * (shuffled == label).sum() / len(labels)
        assert np.abs(so_far - expected).max() <= len(set(labels))
