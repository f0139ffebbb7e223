"""A subset of the jets to train on: independent of row groups, files and seed, and part of any larger subset."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.errors import UserError
from tagwerk.records.parts import FileRowGroup, list_row_groups
from tagwerk.training import subset as module
from tagwerk.training.split_jets import WINDOW, read_split
from tagwerk.training.subset import jet_hashes, subset
from tagwerk.training.weights import JetWeights
from tests.training.conftest import load, task


def identities(jets):
    return list(zip(jets.records.event.tolist(), jets.scalars[:, 0].tolist(), strict=True))


def read(toy, count, window=WINDOW, parts=None, factors=(1.0, 1.0)):
    return read_split(parts or toy.parts, ["train"], task(toy).schema, JetWeights(np.array(factors)), window, count)


def chosen(split, seed=1):
    return {jet for pool in split.pools(np.random.default_rng(seed)) for jet in identities(pool)}


@pytest.mark.parametrize("count", [10, 30, 77])
def test_a_subset_has_exactly_count_jets(toy, count):
    split = read(toy, count)
    assert len(split) == count == len(chosen(split)) == split.lengths.sum()


def test_a_smaller_subset_is_part_of_a_larger_one(toy):
    subsets = [chosen(read(toy, count)) for count in (10, 40, 80)]
    assert subsets[0] < subsets[1] < subsets[2] < set(identities(load(toy, "train")))


def test_a_subset_of_all_jets_is_the_split_itself(toy):
    jets = load(toy, "train")
    assert chosen(read(toy, len(jets))) == set(identities(jets))


def test_windows_file_order_and_seed_change_nothing(toy):
    first = chosen(read(toy, 40))
    assert chosen(read(toy, 40, window=0)) == first
    assert chosen(read(toy, 40, parts=toy.parts[::-1])) == first
    assert chosen(read(toy, 40), seed=2) == first


def test_each_jet_keeps_its_own_constituents_and_nothing_else_stays_in_memory(toy):
    jets = load(toy, "train")
    row_of = {identity: row for row, identity in enumerate(identities(jets))}
    (pool,) = read(toy, 30).pools(np.random.default_rng(1))
    rows = np.array([row_of[identity] for identity in identities(pool)])
    for name, values in jets.inputs(rows, 15).items():
        np.testing.assert_array_equal(pool.inputs(np.arange(30), 15)[name], values)
    lists = pool.sequences["constituents"]
    assert len(lists.content) == lists.counts.sum()


def test_jets_that_are_more_than_a_window_are_read_by_row_group(toy):
    assert len(list(read(toy, 60, window=0).pools(np.random.default_rng(1)))) == 2
    assert len(list(read(toy, 60).pools(np.random.default_rng(1)))) == 1


def test_a_class_that_is_not_trained_on_is_left_out_after_the_choice(toy):
    both, one = read(toy, 60), read(toy, 60, factors=(1.0, 0.0))
    assert one.counts.tolist() == [both.counts[0], 0]
    assert chosen(one) < chosen(both)


def test_more_jets_than_there_are_are_refused(toy):
    total = len(load(toy, "train"))
    with pytest.raises(
        UserError, match=f"key 'training_jets': {total + 1} is more than the {total} jets in train; ask"
    ):
        read(toy, total + 1)


def test_a_class_without_a_jet_among_the_chosen_is_named_with_their_number(toy):
    with pytest.raises(UserError, match=r"no jet of class '(wide|narrow)' in 1 jets of train"):
        read(toy, 1)


def test_the_hash_is_uniform_and_not_that_of_the_split(toy):
    row_groups = list_row_groups(toy.parts, ["train"], task(toy).schema.fields())
    hashes = np.concatenate([jet_hashes(row_group) for row_group in row_groups]) / 2.0**64
    assert abs(hashes.mean() - 0.5) < 4 / np.sqrt(12 * len(hashes))
    assert hashes.max() > 0.9


@given(
    st.lists(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=8), min_size=1, max_size=6),
    st.data(),
)
def test_the_jets_of_smallest_hash_are_chosen_whatever_the_row_groups(hashes, data):
    flat = np.concatenate([np.array(of_group, np.uint64) for of_group in hashes])
    count = data.draw(st.integers(1, len(flat)))
    row_groups = [FileRowGroup(None, index, len(each), 10 * len(each)) for index, each in enumerate(hashes)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "jet_hashes", lambda row_group: np.array(hashes[row_group.group], np.uint64))
        selected = subset(row_groups, count, "train")
    kept = np.concatenate([np.array(hashes[rows.row_group.group], np.uint64)[rows.rows] for rows in selected])
    assert sorted(kept.tolist()) == sorted(flat.tolist())[:count]
    assert sum(rows.jets for rows in selected) == count
    assert all(rows.num_values == 10 * rows.jets for rows in selected)
    assert all((np.diff(rows.rows) > 0).all() for rows in selected)
