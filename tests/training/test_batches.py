from dataclasses import dataclass
from itertools import pairwise

import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.jets.pad import starts
from tagwerk.layers.schema import Schema
from tagwerk.training.batches import Batch, epoch, ordered
from tagwerk.training.loading import Jets, Lists
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.weights import Weighing
from tests.training.conftest import load

LENGTHS = st.lists(st.integers(0, 30), min_size=1, max_size=80).map(np.array)
SIZE, SEED = st.integers(1, 20), st.integers(0, 2**32 - 1)


def batches_of(lengths, size, seed):
    return list(epoch(whole(np.zeros(len(lengths), int), lengths), size, np.random.default_rng(seed)))


@given(LENGTHS, SIZE, SEED)
def test_each_jet_is_in_one_batch_and_all_but_one_are_full(lengths, size, seed):
    batches = batches_of(lengths, size, seed)
    assert sorted(np.concatenate([batch.rows for batch in batches])) == list(range(len(lengths)))
    assert sum(len(batch) != size for batch in batches) <= 1


@given(LENGTHS, SIZE, SEED)
def test_a_batch_is_padded_to_its_own_longest_jet(lengths, size, seed):
    for batch in batches_of(lengths, size, seed):
        assert batch.length == max(1, lengths[batch.rows].max())


@given(LENGTHS, SIZE, SEED)
def test_a_seed_repeats_its_epoch(lengths, size, seed):
    some, others = (batches_of(lengths, size, seed) for _ in range(2))
    assert all(np.array_equal(one.rows, other.rows) for one, other in zip(some, others, strict=True))


def test_every_epoch_has_its_own_batches():
    split, random = whole(np.arange(500) % 2, np.full(500, 5)), np.random.default_rng(1)
    first, second = ({frozenset(batch.rows.tolist()) for batch in epoch(split, 32, random)} for _ in range(2))
    assert not first & second


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
    return SplitJets(pieces, jets.schema, Weighing(np.ones(2)), 4 * most)


@pytest.mark.parametrize("most", [1, 3, 5])
def test_an_epoch_of_more_than_fits_into_memory_has_each_jet_once_in_full_batches(jets, monkeypatch, most):
    streamed(monkeypatch)
    batches = list(epoch(in_pieces(jets, 10, most), 16, np.random.default_rng(1)))
    found = np.concatenate([batch.inputs()["jet"][:, 0] for batch in batches])
    assert sorted(found) == sorted(jets.scalars[:, 0])
    assert sum(len(batch) != 16 for batch in batches) <= 1
    for batch in batches:
        assert batch.length == batch.jets.lengths()[batch.rows].max()
        assert batch.inputs()["constituents_mask"].sum(axis=1).tolist() == batch.jets.lengths()[batch.rows].tolist()


@dataclass(frozen=True)
class Piece:
    """What stands for a chunk on disk: one number of it fills a piece of memory."""

    jets: Jets
    numbers: int = 1


def streamed(monkeypatch):
    monkeypatch.setattr("tagwerk.training.split_jets.Chunk", Piece)
    monkeypatch.setattr("tagwerk.training.split_jets.read_jets", lambda piece, schema: piece.jets)


@pytest.mark.parametrize("most", [20, 4])
def test_batches_are_as_mixed_as_by_chance_in_class_length_and_variables(most, monkeypatch):
    """Though length and pT tell the classes apart, and each file holds one class."""
    streamed(monkeypatch)
    number, size, random = 20_000, 100, np.random.default_rng(3)
    label = np.repeat([0, 1], number // 2)
    jets = bare_jets(label, random.poisson(30 + 10 * label))
    first, again = (list(epoch(in_pieces(jets, 20, most), size, np.random.default_rng(seed))) for seed in (1, 2))
    rows = [numbers_of(batch) for batch in first]
    for values in (label, jets.lengths(), label * random.exponential(1, number)):
        # Means of batches drawn at random have pulls about the sample's of mean zero and variance one.
        pulls = np.array([(values[each].mean() - values.mean()) / values.std() * np.sqrt(size) for each in rows])
        assert abs(pulls.mean()) < 0.3
        assert np.std(pulls) < 1.2
        # None of the time of the epoch either.
        assert abs(np.corrcoef(pulls[1:], pulls[:-1])[0, 1]) < 0.25
    # Of each class, jets of all files in memory share a batch.
    for each in rows:
        files = np.bincount(20 * each // number, minlength=20)
        assert all(np.count_nonzero(some) >= 0.3 * most for some in (files[:10], files[10:]) if some.sum() > 20)
    assert len(neighbours(first) & neighbours(again)) < 0.005 * number


def neighbours(batches):
    """Pairs of jets that follow one another in a batch."""
    rows = [numbers_of(batch).tolist() for batch in batches]
    return {frozenset(pair) for each in rows for pair in pairwise(each)}


def numbers_of(batch):
    """The numbers of a batch's jets made by `bare_jets`."""
    return batch.inputs()["jet"][:, 0].astype(int)


def whole(label, lengths):
    """All of such jets in memory, as a split."""
    jets = bare_jets(label, lengths)
    return SplitJets([jets], jets.schema, Weighing(np.array([1.0, 1.0 if label.any() else 0.0])))


def bare_jets(label, lengths):
    """Jets of which pT is the number of the jet, with constituents that are all zero."""
    number = len(label)
    records = ak.Array({"event": np.arange(number), "label": label, "weight": np.ones(number, "float32")})
    lists = Lists(np.zeros((lengths.sum(), 4), "float32"), starts(lengths), lengths)
    schema = Schema(["narrow", "wide"], ["pt"], {"constituents": ["pt", "eta", "phi", "energy"]})
    return Jets(schema, records, np.arange(number, dtype="float32")[:, None], {"constituents": lists}, {})
