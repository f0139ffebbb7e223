"""Jets that do not fit into memory are those that do, in another order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.training.split_jets import in_order, interleaved, read_split
from tagwerk.training.weights import Weighing
from tests.training.conftest import load, task


@pytest.fixture(scope="module", params=[0, 20_000, 1e9], ids=["chunk by chunk", "some chunks", "all"])
def memory(request):
    return request.param


def read(toy, memory, split="train"):
    return read_split(toy.parts, [split], task(toy).schema, Weighing(np.ones(2)), memory)


def test_counts_and_lengths_are_those_of_all_jets(toy, memory):
    split, jets = read(toy, memory), load(toy, "train")
    assert len(split) == len(jets)
    assert split.counts.tolist() == np.bincount(jets.label).tolist()
    assert split.lengths.tolist() == np.bincount(jets.lengths()).tolist()


def test_pools_hold_each_jet_once_with_its_own_constituents(toy, memory):
    jets, seen = load(toy, "train"), []
    rows = {event_and_pt: row for row, event_and_pt in enumerate(identities(jets))}
    for pool in read(toy, memory).pools(np.random.default_rng(1)):
        which = np.array([rows[each] for each in identities(pool)])
        expected, found = jets.inputs(which, 15), pool.inputs(np.arange(len(pool)), 15)
        for name, values in expected.items():
            np.testing.assert_array_equal(found[name], values)
        seen += which.tolist()
    assert sorted(seen) == list(range(len(jets)))


def identities(jets):
    return list(zip(jets.records.event.tolist(), jets.scalars[:, 0].tolist(), strict=True))


def test_in_order_the_jets_are_as_on_disk(toy, memory):
    pools = list(in_order(toy.parts, ["test"], task(toy).schema, memory))
    assert [each for pool in pools for each in identities(pool)] == identities(load(toy, "test"))
    assert len(pools) == (2 if memory == 0 else 1)


def test_a_pool_is_as_large_as_fits_into_memory(toy):
    sizes = [len(pool) for pool in read(toy, 0).pools(np.random.default_rng(1))]
    assert len(sizes) == 2
    assert len(list(read(toy, 1e6).pools(np.random.default_rng(1)))) == 1


def test_the_same_seed_repeats_pools_and_another_orders_them_anew(toy):
    def order(seed):
        return [each for pool in read(toy, 0).pools(np.random.default_rng(seed)) for each in identities(pool)]

    assert order(1) == order(1)
    assert len({tuple(order(seed)) for seed in range(10)}) == 2


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.integers(0, 2**32 - 1))
def test_interleaving_permutes_and_gives_every_stretch_its_share_of_each_kind(kinds, seed):
    order = interleaved(kinds, np.random.default_rng(seed))
    assert sorted(order) == list(range(len(kinds)))
    found = np.array(kinds)[order]
    for kind in set(kinds):
        so_far = np.cumsum(found == kind)
        expected = np.arange(1, len(kinds) + 1) * (found == kind).sum() / len(kinds)
        assert np.abs(so_far - expected).max() <= len(set(kinds))
