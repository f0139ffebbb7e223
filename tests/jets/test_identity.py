import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from tagwerk.cards.split import SPLITS, Split
from tagwerk.jets.identity import event_identity, split_by_event

SHARES = list(Split().shares().values())
EVENTS = st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=50).map(lambda values: np.array(values, np.uint64))


def test_one_column_is_the_identity_itself():
    assert event_identity([ak.Array([7, 0, 2**40])]).tolist() == [7, 0, 2**40]


def test_two_columns_are_told_apart_by_both_and_by_their_order():
    run, number = np.divmod(np.arange(10_000), 100)
    identity = event_identity([ak.Array(run), ak.Array(number)])
    assert identity.dtype == np.uint64
    assert len(np.unique(identity)) == 10_000
    swapped = event_identity([ak.Array(number), ak.Array(run)])
    assert (identity[run == number] == swapped[run == number]).all()
    assert (identity[run != number] != swapped[run != number]).all()


@given(st.lists(st.tuples(st.integers(0, 2**31), st.integers(0, 2**31)), min_size=1, max_size=20), st.data())
def test_identity_depends_on_nothing_but_the_event(pairs, data):
    order = data.draw(st.permutations(range(len(pairs))))
    run, number = np.array(pairs).T
    identity = event_identity([ak.Array(run), ak.Array(number)])
    again = event_identity([ak.Array(run[order].astype(np.int32)), ak.Array(number[order].astype(np.uint64))])
    np.testing.assert_array_equal(again[np.argsort(order)], identity)


def test_event_numbers_with_a_fraction_are_not_rounded_together():
    assert len(np.unique(event_identity([ak.Array([0.1, 0.2, 0.3])]))) == 3


@given(EVENTS, st.data())
def test_the_split_is_stable_under_permutation_and_more_files(event, data):
    order = data.draw(st.permutations(range(len(event))))
    split = split_by_event(event, SHARES)
    np.testing.assert_array_equal(split_by_event(event[order], SHARES), split[order])
    np.testing.assert_array_equal(split_by_event(np.concatenate([event, event[:3]]), SHARES)[: len(event)], split)


@given(EVENTS)
def test_jets_of_one_event_stay_together(event):
    once, back = np.unique(event, return_inverse=True)
    np.testing.assert_array_equal(split_by_event(once, SHARES)[back], split_by_event(event, SHARES))


@pytest.mark.parametrize("events", [np.arange(20_000), 10**9 + 2 * np.arange(20_000), np.arange(20_000) << 32])
@pytest.mark.parametrize("split", [Split(), Split(train=0.9, validation=0.05, test=0.05)])
def test_shares_are_those_of_the_card_whatever_the_numbering(events, split):
    index = split_by_event(events.astype(np.uint64), list(split.shares().values()))
    for number, name in enumerate(SPLITS):
        assert binomtest(int((index == number).sum()), len(events), getattr(split, name)).pvalue > 1e-4


def test_known_events_keep_their_split_for_ever():
    # Otherwise jets that older models were trained on would turn up among the test jets of newer ones.
    expected = [0, 0, 2, 0, 1, 1, 2, 0, 2, 0, 0, 0]
    assert split_by_event(np.arange(12, dtype=np.uint64), SHARES).tolist() == expected
