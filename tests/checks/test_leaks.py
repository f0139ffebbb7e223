import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tagwerk.checks.identities import temporary_identities
from tagwerk.checks.leaks import Leaks


def fault_of(*additions):
    with temporary_identities() as identities:
        leaks = Leaks(identities)
        for part, piece, events in additions:
            leaks.add(part, piece, np.array(events, np.uint64))
        return leaks.fault("error")


def test_an_event_may_have_many_jets_in_one_piece():
    assert fault_of(("a", "train", [1, 1, 2]), ("b", "train", [2]), ("b", "test", [3])) is None
    assert fault_of() is None


def test_events_in_two_pieces_are_counted_once_and_one_is_shown():
    fault = fault_of(("a", "train", [1, 2, 5]), ("b", "test", [2, 2, 3]), ("c", "validation", [2, 5]))
    assert (fault.check, fault.severity, fault.count, fault.of) == ("leaks", "error", 2, 4)
    assert "such as one in train ('a') and test ('b')" in fault.text


@settings(max_examples=10)  # each example opens 128 files
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["train", "test"]), st.lists(st.integers(0, 9)))))
def test_leaks_are_the_events_in_both_pieces(additions):
    pieces = {piece: {event for _, other, events in additions if other == piece for event in events}
              for piece in ("train", "test")}  # fmt: skip
    fault = fault_of(*additions)
    assert (fault.count if fault else 0) == len(pieces["train"] & pieces["test"])
