import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from tagwerk.cards.split import SPLITS, Split
from tagwerk.errors import UserError
from tagwerk.jets.identity import event_identity, split_by_event

SHARES = list(Split().shares().values())
EVENTS = st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=50).map(lambda values: np.array(values, np.uint64))


def test_one_column_is_the_identity_itself():
    assert event_identity([ak.Array([7, 0, 2**40])]).tolist() == [7, 0, 2**40]


def test_the_identity_of_two_columns_depends_on_both_and_on_their_order():
    run, number = np.divmod(np.arange(10_000), 100)
    identity = event_identity([ak.Array(run), ak.Array(number)])
    assert identity.dtype == np.uint64
    assert len(np.unique(identity)) == 10_000
    swapped = event_identity([ak.Array(number), ak.Array(run)])
    assert (identity[run == number] == swapped[run == number]).all()
    assert (identity[run != number] != swapped[run != number]).all()


@given(st.lists(st.tuples(st.integers(0, 2**31), st.integers(0, 2**31)), min_size=1, max_size=20), st.data())
def test_identity_depends_on_the_event_alone(pairs, data):
    order = data.draw(st.permutations(range(len(pairs))))
    run, number = np.array(pairs).T
    identity = event_identity([ak.Array(run), ak.Array(number)])
    shuffled = event_identity([ak.Array(run[order].astype(np.int32)), ak.Array(number[order].astype(np.uint64))])
    np.testing.assert_array_equal(shuffled[np.argsort(order)], identity)


INTEGERS = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", ">i4", ">u8"]


@pytest.mark.parametrize("kind", [*INTEGERS, "f2", "f4", "f8", ">f4", ">f8"])
def test_identity_does_not_depend_on_the_integer_type(kind):
    number, run = np.array([0, 1, 7, 100, 127]), np.array([3, 3, 2, 1, 0])
    alone, both = event_identity([number]), event_identity([run, number])
    typed = number.astype(kind)
    assert event_identity([typed]).tolist() == alone.tolist() == number.tolist()
    assert event_identity([run, typed]).tolist() == both.tolist()
    assert event_identity([run.astype(kind), number]).tolist() == both.tolist()
    assert split_by_event(event_identity([typed]), SHARES).tolist() == split_by_event(alone, SHARES).tolist()


@pytest.mark.parametrize("kind", ["i1", "i2", "i4", "f2", "f4", "f8"])
def test_negative_numbers_have_one_identity_in_every_type(kind):
    run, number = np.array([1, 1, 1]), np.array([-1, -128, -0.0])
    assert event_identity([number.astype(kind)]).tolist() == event_identity([number.astype("i8")]).tolist()
    assert event_identity([run, number.astype(kind)]).tolist() == event_identity([run, number.astype("i8")]).tolist()


def test_flags_are_zero_and_one():
    assert event_identity([np.array([True, False])]).tolist() == [1, 0]


@pytest.mark.parametrize(("kind", "bits"), [("f2", 11), ("f4", 24), ("f8", 53)])
def test_floats_are_accepted_while_they_distinguish_neighbours(kind, bits):
    assert event_identity([np.array([2.0**bits - 1], kind)]).tolist() == [2**bits - 1]
    for large in (2.0**bits, -(2.0**bits)):
        with pytest.raises(UserError, match=rf"'number' holds -?{2**bits} as float.*merges events from 2\^{bits} on"):
            event_identity([np.array([1, large], kind)], ["number"])


@pytest.mark.parametrize("value", [0.1, 1e6 + 0.5, -2.5, np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("columns", [1, 2])
def test_fractions_are_refused_by_name(value, columns):
    names = ["run", "number"][-columns:]
    with pytest.raises(UserError, match=r"key 'event': 'number' holds .*not a whole number; name branches"):
        event_identity([np.array([1, 2])] * (columns - 1) + [np.array([1, value])], names)


@pytest.mark.parametrize("values", [np.array(["1", "2"]), np.array([b"1"]), np.array([1j])])
def test_text_and_complex_numbers_are_refused_by_name(values):
    with pytest.raises(UserError, match=r"'number' holds .*, not whole numbers"):
        event_identity([values], ["number"])


def test_known_pairs_keep_their_identity():
    # From an earlier version, for int64: their split must not change.
    expected = [912933651372556365, 18431491936713656077]
    assert event_identity([np.array([1, 2]), np.array([10, 2**40])]).tolist() == expected


@given(EVENTS, st.data())
def test_the_split_is_stable_under_permutation_and_more_files(event, data):
    order = data.draw(st.permutations(range(len(event))))
    split = split_by_event(event, SHARES)
    np.testing.assert_array_equal(split_by_event(event[order], SHARES), split[order])
    np.testing.assert_array_equal(split_by_event(np.concatenate([event, event[:3]]), SHARES)[: len(event)], split)


@given(EVENTS)
def test_jets_of_one_event_stay_together(event):
    unique, inverse = np.unique(event, return_inverse=True)
    np.testing.assert_array_equal(split_by_event(unique, SHARES)[inverse], split_by_event(event, SHARES))


@pytest.mark.parametrize("events", [np.arange(20_000), 10**9 + 2 * np.arange(20_000), np.arange(20_000) << 32])
@pytest.mark.parametrize("split", [Split(), Split(train=0.9, validation=0.05, test=0.05)])
def test_shares_are_those_of_the_card_for_any_event_numbering(events, split):
    index = split_by_event(events.astype(np.uint64), list(split.shares().values()))
    for piece, name in enumerate(SPLITS):
        assert binomtest(int((index == piece).sum()), len(events), getattr(split, name)).pvalue > 1e-4


def test_known_events_keep_their_split():
    # Otherwise training jets of older models would be among the test jets of newer ones.
    expected = [0, 0, 2, 0, 1, 1, 2, 0, 2, 0, 0, 0]
    assert split_by_event(np.arange(12, dtype=np.uint64), SHARES).tolist() == expected
