"""Jets that are more than a window are the same jets, in another order; how much memory there is changes nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.records.parts import FileRowGroup
from tagwerk.training.memory import MemoryLimit
from tagwerk.training.split_jets import WINDOW, iterate_jets, read_split, stratified_permutation
from tagwerk.training.weights import JetWeights
from tests.training.conftest import load, task


@pytest.fixture(scope="module", params=[0, 5_000, WINDOW], ids=["one row group", "some row groups", "all"])
def window(request):
    return request.param


def read(toy, window, limit=None):
    return read_split(toy.parts, ["train"], task(toy).schema, JetWeights(np.ones(2)), window, limit=limit)


def test_counts_and_lengths_are_those_of_all_jets(toy, window):
    split, jets = read(toy, window), load(toy, "train")
    assert len(split) == len(jets)
    assert split.counts.tolist() == np.bincount(jets.label).tolist()
    assert split.lengths.tolist() == np.bincount(jets.lengths()).tolist()


def test_pools_hold_each_jet_once_with_its_own_constituents(toy, window):
    jets, seen = load(toy, "train"), []
    row_of = {identity: row for row, identity in enumerate(identities(jets))}
    for pool in read(toy, window).pools(np.random.default_rng(1)):
        rows = np.array([row_of[identity] for identity in identities(pool)])
        expected, inputs = jets.inputs(rows, 15), pool.inputs(np.arange(len(pool)), 15)
        for name, values in expected.items():
            np.testing.assert_array_equal(inputs[name], values)
        seen += rows.tolist()
    assert sorted(seen) == list(range(len(jets)))


def identities(jets):
    return list(zip(jets.records.event.tolist(), jets.scalars[:, 0].tolist(), strict=True))


def test_iterating_keeps_the_order_on_disk(toy, window):
    pools = list(iterate_jets(toy.parts, ["test"], task(toy).schema, window))
    assert [identity for pool in pools for identity in identities(pool)] == identities(load(toy, "test"))
    assert len(pools) == (2 if window == 0 else 1)


def test_a_pool_is_as_large_as_the_window(toy):
    assert len(list(read(toy, 0).pools(np.random.default_rng(1)))) == 2
    assert len(list(read(toy, 250_000).pools(np.random.default_rng(1)))) == 1


class Room(MemoryLimit):
    """A limit that leaves this many bytes, whatever the process takes."""

    def __init__(self, room):
        super().__init__(1)
        self.bytes = room

    def room(self):
        return self.bytes

    def is_exceeded(self):
        return self.bytes == 0


@pytest.fixture
def reads(monkeypatch):
    """The row groups read so far."""
    found, read_row_group = [], FileRowGroup.read

    def counted(self, fields):
        found.append(self)
        return read_row_group(self, fields)

    monkeypatch.setattr(FileRowGroup, "read", counted)
    return found


@pytest.mark.parametrize(("room", "expected"), [(None, [2, 0, 0]), (1e9, [2, 2, 0]), (2e4, [2, 2, 1]), (0, [2, 2, 2])])
def test_memory_decides_which_row_groups_are_read_again_and_changes_nothing(toy, reads, room, expected):
    """Without a limit, the first epoch keeps all; with one, the second, when the first has shown what is left."""

    def order(split):
        return [jet for pool in split.pools(np.random.default_rng(5)) for jet in identities(pool)]

    any_memory, split = order(read(toy, 0)), read(toy, 0, None if room is None else Room(room))
    counts = []
    for _ in expected:
        reads.clear()
        assert order(split) == any_memory
        counts.append(len(reads))
    assert counts == expected


def test_kept_jets_are_given_up_once_the_limit_is_exceeded(toy, reads):
    room = Room(1e9)
    split = read(toy, 0, room)
    for _ in range(2):
        list(split.pools(np.random.default_rng(1)))
    room.bytes = 0
    reads.clear()
    list(split.pools(np.random.default_rng(1)))
    assert len(reads) == 2


@pytest.mark.parametrize("size", [0, WINDOW])
def test_everything_is_all_jets_at_once(toy, size):
    jets = read(toy, size).everything(np.random.default_rng(1))
    pools = read(toy, size).pools(np.random.default_rng(1))
    assert identities(jets) == [identity for pool in pools for identity in identities(pool)]


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
