from dataclasses import dataclass
from itertools import pairwise

import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.jets.ordering import starts
from tagwerk.layers.schema import Schema
from tagwerk.training.batches import Batch, scoring_batches, training_batches
from tagwerk.training.loading import Jets, ListArray
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.weights import JetWeights
from tests.training.conftest import load

LENGTHS = st.lists(st.integers(0, 30), min_size=1, max_size=80).map(np.array)
SIZE, SEED = st.integers(1, 20), st.integers(0, 2**32 - 1)


def batches_of(lengths, size, seed):
    return list(training_batches(split_of(np.zeros(len(lengths), int), lengths), size, np.random.default_rng(seed)))


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
    first, again = (batches_of(lengths, size, seed) for _ in range(2))
    assert all(np.array_equal(batch.rows, other.rows) for batch, other in zip(first, again, strict=True))


def test_every_epoch_has_its_own_batches():
    split, random = split_of(np.arange(500) % 2, np.full(500, 5)), np.random.default_rng(1)
    epochs = [list(training_batches(split, 32, random)) for _ in range(2)]
    first, second = ({frozenset(batch.rows.tolist()) for batch in epoch} for epoch in epochs)
    assert not first & second


@pytest.fixture(scope="module")
def jets(toy):
    return load(toy, "train")


@pytest.mark.parametrize("size", [1, 7, 50, 1000])
def test_scoring_covers_each_jet_once_from_the_shortest_to_the_longest(jets, size):
    batches, lengths = list(scoring_batches(jets, size)), jets.lengths()
    rows = np.concatenate([batch.rows for batch in batches])
    assert sorted(rows) == list(range(len(jets)))
    assert (np.diff(lengths[rows]) >= 0).all()
    assert all(len(batch) == size for batch in batches[:-1])
    assert all(batch.length == max(lengths[batch.rows].max(), 1) for batch in batches)


def test_a_batch_has_inputs_label_and_weight_of_its_jets(jets):
    rows = np.array([5, 0, 7])
    batch = Batch(jets, rows, 20)
    inputs, targets = batch.inputs(), batch.targets()
    assert targets["label"].tolist() == jets.records.label[rows].tolist()
    assert targets["weight"].tolist() == [1, 1, 1]
    np.testing.assert_array_equal(inputs["jet"], jets.scalars[rows])
    assert inputs["constituents"].shape == (3, 20, 5)
    assert inputs["constituents_mask"].sum(axis=1).tolist() == jets.lengths()[rows].tolist()


def streamed(jets, row_groups, in_memory):
    """The jets as if in this many row groups on disk, of which `in_memory` are a window."""
    sources = [FakeRowGroup(jets.take(rows)) for rows in np.array_split(np.arange(len(jets)), row_groups)]
    return SplitJets(sources, jets.schema, JetWeights(np.ones(2)), in_memory)


@pytest.mark.parametrize("in_memory", [1, 3, 5])
def test_an_epoch_of_several_windows_has_each_jet_once_in_full_batches(jets, monkeypatch, in_memory):
    fake_row_groups(monkeypatch)
    batches = list(training_batches(streamed(jets, 10, in_memory), 16, np.random.default_rng(1)))
    pt = np.concatenate([batch.inputs()["jet"][:, 0] for batch in batches])
    assert sorted(pt) == sorted(jets.scalars[:, 0])
    assert sum(len(batch) != 16 for batch in batches) <= 1
    for batch in batches:
        assert batch.length == batch.examples.lengths()[batch.rows].max()
        assert batch.inputs()["constituents_mask"].sum(axis=1).tolist() == batch.examples.lengths()[batch.rows].tolist()


@dataclass(frozen=True)
class FakeRowGroup:
    """In place of a row group on disk, with a single value."""

    jets: Jets
    num_values: int = 1


def fake_row_groups(monkeypatch):
    monkeypatch.setattr("tagwerk.training.split_jets.RowGroup", FakeRowGroup)
    monkeypatch.setattr("tagwerk.training.split_jets.read_jets", lambda row_group, schema: row_group.jets)


@pytest.mark.parametrize("in_memory", [20, 4])
def test_batches_are_as_mixed_as_random_ones_in_class_length_and_variables(in_memory, monkeypatch):
    """Although length and pT distinguish the classes, and each file holds one class."""
    fake_row_groups(monkeypatch)
    count, size, random = 20_000, 100, np.random.default_rng(3)
    label = np.repeat([0, 1], count // 2)
    jets = bare_jets(label, random.poisson(30 + 10 * label))
    first, again = (
        list(training_batches(streamed(jets, 20, in_memory), size, np.random.default_rng(seed))) for seed in (1, 2)
    )
    indices = [indices_of(batch) for batch in first]
    for values in (label, jets.lengths(), label * random.exponential(1, count)):
        # The means of random batches have pulls of mean zero and variance one.
        pulls = np.array([(values[batch].mean() - values.mean()) / values.std() * np.sqrt(size) for batch in indices])
        assert abs(pulls.mean()) < 0.3
        assert np.std(pulls) < 1.2
        # Nor do successive batches correlate.
        assert abs(np.corrcoef(pulls[1:], pulls[:-1])[0, 1]) < 0.25
    # A batch has jets of each class from all files in memory.
    for batch in indices:
        files = np.bincount(20 * batch // count, minlength=20)
        by_class = (files[:10], files[10:])
        assert all(np.count_nonzero(counts) >= 0.3 * in_memory for counts in by_class if counts.sum() > 20)
    assert len(neighbours(first) & neighbours(again)) < 0.005 * count


def neighbours(batches):
    """Pairs of successive jets in a batch."""
    return {frozenset(pair) for batch in batches for pair in pairwise(indices_of(batch).tolist())}


def indices_of(batch):
    """The indices of a batch's jets made by `bare_jets`."""
    return batch.inputs()["jet"][:, 0].astype(int)


def split_of(label, lengths):
    """Such jets in memory, as a split."""
    jets = bare_jets(label, lengths)
    return SplitJets([jets], jets.schema, JetWeights(np.array([1.0, 1.0 if label.any() else 0.0])))


def bare_jets(label, lengths):
    """Jets whose pT is the index of the jet, with constituents that are all zero."""
    count = len(label)
    records = ak.Array({"event": np.arange(count), "label": label, "weight": np.ones(count, "float32")})
    lists = ListArray(np.zeros((lengths.sum(), 4), "float32"), starts(lengths), lengths)
    schema = Schema(["narrow", "wide"], ["pt"], {"constituents": ["pt", "eta", "phi", "energy"]})
    return Jets(schema, records, np.arange(count, dtype="float32")[:, None], {"constituents": lists}, {})
