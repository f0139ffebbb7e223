import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.training.batches import epoch, ordered, shuffled
from tagwerk.training.buckets import bucket_edges
from tests.training.conftest import load

LENGTHS = st.lists(st.integers(0, 30), min_size=1, max_size=80).map(np.array)
SIZE, BUCKETS, SEED = st.integers(1, 20), st.integers(1, 5), st.integers(0, 2**32 - 1)


def batches_of(lengths, size, buckets, seed):
    edges = bucket_edges(np.bincount(lengths), buckets)
    return shuffled(lengths, edges, size, np.random.default_rng(seed))


def same(some, others):
    return len(some) == len(others) and all(
        np.array_equal(a, b) and length == other for (a, length), (b, other) in zip(some, others, strict=True)
    )


@given(LENGTHS, SIZE, BUCKETS, SEED)
def test_each_jet_is_in_one_batch_and_all_but_one_are_full(lengths, size, buckets, seed):
    batches = batches_of(lengths, size, buckets, seed)
    assert sorted(np.concatenate([rows for rows, _ in batches])) == list(range(len(lengths)))
    assert sum(len(rows) != size for rows, _ in batches) <= 1


@given(LENGTHS, SIZE, BUCKETS, SEED)
def test_no_jet_is_cut_and_the_lengths_to_pad_to_are_few(lengths, size, buckets, seed):
    batches = batches_of(lengths, size, buckets, seed)
    assert all(length >= lengths[rows].max() for rows, length in batches)
    assert len({length for _, length in batches}) <= buckets


@given(LENGTHS, SIZE, BUCKETS, SEED)
def test_a_seed_repeats_its_epoch(lengths, size, buckets, seed):
    assert same(batches_of(lengths, size, buckets, seed), batches_of(lengths, size, buckets, seed))


def test_every_epoch_has_its_own_batches_in_its_own_order():
    lengths, random = np.random.default_rng(2).integers(0, 40, 500), np.random.default_rng(1)
    edges = bucket_edges(np.bincount(lengths), 4)
    first, second = (shuffled(lengths, edges, 32, random) for _ in range(2))
    assert not same(first, second)
    assert {frozenset(rows.tolist()) for rows, _ in first} != {frozenset(rows.tolist()) for rows, _ in second}
    assert [length for _, length in first] != sorted(length for _, length in first)
    assert not same(first, batches_of(lengths, 32, 4, 2))


def test_jets_of_like_length_share_a_batch():
    lengths = np.array([3, 20] * 64)
    for rows, length in batches_of(lengths, 16, 2, 1):
        assert set(lengths[rows]) == {length}


@given(LENGTHS, SIZE, BUCKETS)
def test_scoring_goes_over_each_jet_once_from_the_shortest_to_the_longest(lengths, size, buckets):
    batches = ordered(lengths, bucket_edges(np.bincount(lengths), buckets), size)
    rows = np.concatenate([rows for rows, _ in batches])
    assert sorted(rows) == list(range(len(lengths)))
    assert (np.diff(lengths[rows]) >= 0).all()
    assert all(len(rows) <= size and length >= lengths[rows].max() for rows, length in batches)


def test_a_batch_brings_each_jets_own_inputs_label_and_weight(toy):
    jets = load(toy, "train")
    rows = np.array([5, 0, 7])
    ((inputs, label, weight),) = epoch(jets, [(rows, 20)])
    assert label.tolist() == jets.records.label[rows].tolist()
    assert weight.tolist() == [1, 1, 1]
    np.testing.assert_array_equal(inputs["jet"], jets.scalars[rows])
    assert inputs["constituents"].shape == (3, 20, 5)
    assert inputs["constituents_mask"].sum(axis=1).tolist() == jets.lengths()[rows].tolist()
