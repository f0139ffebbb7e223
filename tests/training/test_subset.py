"""Fewer jets to train on: the same whatever the chunks, files and seed, and the smaller number within the larger."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.errors import UserError
from tagwerk.records.store import RowGroup, chunks_of
from tagwerk.training import subset as module
from tagwerk.training.split_jets import read_split
from tagwerk.training.subset import ranks, subset
from tagwerk.training.weights import Weighing
from tests.training.conftest import load, task


def identities(jets):
    return list(zip(jets.records.event.tolist(), jets.scalars[:, 0].tolist(), strict=True))


def read(toy, count, memory=1e9, parts=None, factors=(1.0, 1.0)):
    return read_split(parts or toy.parts, ["train"], task(toy).schema, Weighing(np.array(factors)), memory, count)


def chosen(split, seed=1):
    return {each for pool in split.pools(np.random.default_rng(seed)) for each in identities(pool)}


@pytest.mark.parametrize("count", [10, 30, 77])
def test_there_are_exactly_so_many_jets(toy, count):
    split = read(toy, count)
    assert len(split) == count == len(chosen(split)) == split.lengths.sum()


def test_a_smaller_number_is_part_of_a_larger_one(toy):
    numbers = [chosen(read(toy, count)) for count in (10, 40, 80)]
    assert numbers[0] < numbers[1] < numbers[2] < set(identities(load(toy, "train")))


def test_all_jets_are_the_split_itself(toy):
    jets = load(toy, "train")
    assert chosen(read(toy, len(jets))) == set(identities(jets))


def test_memory_order_of_the_files_and_seed_change_nothing(toy):
    first = chosen(read(toy, 40))
    assert chosen(read(toy, 40, memory=0)) == first
    assert chosen(read(toy, 40, parts=toy.parts[::-1])) == first
    assert chosen(read(toy, 40), seed=2) == first


def test_each_jet_keeps_its_own_constituents_and_nothing_else_stays_in_memory(toy):
    jets = load(toy, "train")
    row = {each: row for row, each in enumerate(identities(jets))}
    (pool,) = read(toy, 30).pools(np.random.default_rng(1))
    which = np.array([row[each] for each in identities(pool)])
    for name, values in jets.inputs(which, 15).items():
        np.testing.assert_array_equal(pool.inputs(np.arange(30), 15)[name], values)
    lists = pool.sequences["constituents"]
    assert len(lists.content) == lists.counts.sum()


def test_what_does_not_fit_into_memory_is_read_chunk_by_chunk(toy):
    assert len(list(read(toy, 60, memory=0).pools(np.random.default_rng(1)))) == 2
    assert len(list(read(toy, 60).pools(np.random.default_rng(1)))) == 1


def test_a_class_that_is_not_trained_on_is_left_out_after_the_choice(toy):
    both, one = read(toy, 60), read(toy, 60, factors=(1.0, 0.0))
    assert one.counts.tolist() == [both.counts[0], 0]
    assert chosen(one) < chosen(both)


def test_more_than_there_are_is_refused(toy):
    total = len(load(toy, "train"))
    with pytest.raises(
        UserError, match=f"key 'training_jets': {total + 1} is more than the {total} jets in train; ask"
    ):
        read(toy, total + 1)


def test_a_class_without_a_jet_among_the_chosen_is_named_with_their_number(toy):
    with pytest.raises(UserError, match=r"no jet of class '(wide|narrow)' in 1 jets of train"):
        read(toy, 1)


def test_the_hash_is_uniform_and_not_that_of_the_split(toy):
    share = (
        np.concatenate([ranks(chunk) for chunk in chunks_of(toy.parts, ["train"], task(toy).schema.fields())]) / 2.0**64
    )
    assert abs(share.mean() - 0.5) < 4 / np.sqrt(12 * len(share))
    assert share.max() > 0.9


@given(
    st.lists(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=8), min_size=1, max_size=6),
    st.data(),
)
def test_the_jets_of_smallest_hash_are_chosen_whatever_the_chunks(hashes, data):
    flat = np.concatenate([np.array(each, np.uint64) for each in hashes])
    count = data.draw(st.integers(1, len(flat)))
    chunks = [RowGroup(None, index, len(each), 10 * len(each)) for index, each in enumerate(hashes)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "ranks", lambda chunk: np.array(hashes[chunk.group], np.uint64))
        found = subset(chunks, count, "train")
    kept = np.concatenate([np.array(hashes[some.group], np.uint64)[some.rows] for some in found])
    assert sorted(kept.tolist()) == sorted(flat.tolist())[:count]
    assert sum(some.jets for some in found) == count
    assert all(some.numbers == 10 * some.jets for some in found)
    assert all((np.diff(some.rows) > 0).all() for some in found)
