from dataclasses import dataclass
from itertools import pairwise

import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.jets.pad import starts
from tagwerk.shards.schema import Schema
from tagwerk.training.batches import Batch, epoch, ordered, shuffled
from tagwerk.training.buckets import bucket_edges
from tagwerk.training.jets import Jets, Lists
from tagwerk.training.split import Split
from tagwerk.training.weights import Weighing
from tests.training.conftest import load

LENGTHS = st.lists(st.integers(0, 30), min_size=1, max_size=80).map(np.array)
SIZE, BUCKETS, SEED = st.integers(1, 20), st.integers(1, 5), st.integers(0, 2**32 - 1)


def batches_of(lengths, size, buckets, seed):
    edges = bucket_edges(np.bincount(lengths), buckets)
    batches, rest = shuffled(lengths, edges, size, np.random.default_rng(seed))
    return [*batches, (rest, edges[-1])] if len(rest) else batches


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
    first, second = (shuffled(lengths, edges, 32, random)[0] for _ in range(2))
    assert not same(first, second)
    assert {frozenset(rows.tolist()) for rows, _ in first} != {frozenset(rows.tolist()) for rows, _ in second}
    assert [length for _, length in first] != sorted(length for _, length in first)
    assert not same(first, batches_of(lengths, 32, 4, 2))


def test_jets_of_like_length_share_a_batch():
    lengths = np.array([3, 20] * 64)
    for rows, length in batches_of(lengths, 16, 2, 1):
        assert set(lengths[rows]) == {length}


@pytest.fixture(scope="module")
def jets(toy):
    return load(toy, "train")


@pytest.mark.parametrize(("buckets", "size"), [(1, 1), (3, 7), (5, 50), (2, 1000)])
def test_scoring_goes_over_each_jet_once_from_the_shortest_to_the_longest(jets, buckets, size):
    batches, lengths = list(ordered(jets, buckets, size)), jets.lengths()
    rows = np.concatenate([batch.rows for batch in batches])
    assert sorted(rows) == list(range(len(jets)))
    assert (np.diff(lengths[rows]) >= 0).all()
    assert all(len(batch) <= size and batch.length >= lengths[batch.rows].max() for batch in batches)
    assert len({batch.length for batch in batches}) <= buckets


def test_a_batch_brings_each_jets_own_inputs_label_and_weight(jets):
    rows = np.array([5, 0, 7])
    batch = Batch(jets, rows, 20)
    inputs, targets = batch.inputs(), batch.targets()
    assert targets["label"].tolist() == jets.records.label[rows].tolist()
    assert targets["weight"].tolist() == [1, 1, 1]
    np.testing.assert_array_equal(inputs["jet"], jets.scalars[rows])
    assert inputs["constituents"].shape == (3, 20, 5)
    assert inputs["constituents_mask"].sum(axis=1).tolist() == jets.lengths()[rows].tolist()


def in_pieces(jets, number, most):
    """The jets as if in so many row groups on disk, of which so many fit into memory."""
    pieces = [Piece(jets.take(rows)) for rows in np.array_split(np.arange(len(jets)), number)]
    return Split(pieces, jets.schema, Weighing(np.ones(2)), 4 * most)


@pytest.mark.parametrize("most", [1, 3, 5])
def test_an_epoch_of_more_than_fits_into_memory_has_each_jet_once_in_full_batches(jets, monkeypatch, most):
    streamed(monkeypatch)
    batches = list(epoch(in_pieces(jets, 10, most), 3, 16, np.random.default_rng(1)))
    found = np.concatenate([batch.inputs()["jet"][:, 0] for batch in batches])
    assert sorted(found) == sorted(jets.scalars[:, 0])
    assert sum(len(batch) != 16 for batch in batches) <= 1
    assert len({batch.length for batch in batches}) <= 3
    for batch in batches:
        assert batch.inputs()["constituents_mask"].sum(axis=1).tolist() == batch.jets.lengths()[batch.rows].tolist()


@dataclass(frozen=True)
class Piece:
    """What stands for a chunk on disk: one number of it fills a piece of memory."""

    jets: Jets
    numbers: int = 1


def streamed(monkeypatch):
    monkeypatch.setattr("tagwerk.training.split.Chunk", Piece)
    monkeypatch.setattr("tagwerk.training.split.read_jets", lambda piece, schema: piece.jets)


@pytest.mark.parametrize("most", [20, 4])
def test_batches_are_mixed_as_well_as_by_chance_though_files_hold_one_class_each(most, monkeypatch):
    streamed(monkeypatch)
    number, size, random = 20_000, 100, np.random.default_rng(3)
    label = np.repeat([0, 1], number // 2)
    jets = bare_jets(label, random.poisson(30 + 10 * label))
    first, again = (list(epoch(in_pieces(jets, 20, most), 6, size, np.random.default_rng(seed))) for seed in (1, 2))
    rows = {number: numbers_of(batch) for number, batch in enumerate(first)}
    # Lengths tell the classes apart, so those of one bucket are compared: counts by chance have pulls of variance one.
    pulls = []
    for length in {batch.length for batch in first}:
        ones = np.array([label[rows[number]].sum() for number, batch in enumerate(first) if batch.length == length])
        share = ones.mean() / size
        pulls += ((ones - size * share) / np.sqrt(size * share * (1 - share) + 1e-9)).tolist()
    assert len(pulls) == number // size
    assert np.std(pulls) < 1.25
    # Of each class, jets of all files in memory share a batch.
    for each in rows.values():
        files = np.bincount(20 * each // number, minlength=20)
        assert all(np.count_nonzero(some) >= 0.3 * most for some in (files[:10], files[10:]) if some.sum() > 20)
    assert len(neighbours(first) & neighbours(again)) < 0.005 * number


def test_the_order_of_the_batches_says_nothing_of_the_lengths():
    jets = bare_jets(np.arange(5000) % 2, np.random.default_rng(3).poisson(30, 5000))
    split = Split([jets], jets.schema, Weighing(np.ones(2)))
    length = np.array([batch.length for batch in epoch(split, 6, 50, np.random.default_rng(1))])
    assert abs(np.corrcoef(length[1:], length[:-1])[0, 1]) < 0.3


def neighbours(batches):
    """Pairs of jets that follow one another in a batch."""
    rows = [numbers_of(batch).tolist() for batch in batches]
    return {frozenset(pair) for each in rows for pair in pairwise(each)}


def numbers_of(batch):
    """The numbers of a batch's jets made by `bare_jets`."""
    return batch.inputs()["jet"][:, 0].astype(int)


def bare_jets(label, lengths):
    """Jets of which pT is the number of the jet, with constituents that are all zero."""
    number = len(label)
    records = ak.Array({"event": np.arange(number), "label": label, "weight": np.ones(number, "float32")})
    lists = Lists(np.zeros((lengths.sum(), 4), "float32"), starts(lengths), lengths)
    schema = Schema(["narrow", "wide"], ["pt"], {"constituents": ["pt", "eta", "phi", "energy"]})
    return Jets(schema, records, np.arange(number, dtype="float32")[:, None], {"constituents": lists}, {})
