import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tagwerk.checks.identities import temporary
from tagwerk.checks.leaks import Leaks


def fault_of(*added):
    with temporary() as identities:
        leaks = Leaks(identities)
        for part, piece, events in added:
            leaks.add(part, piece, np.array(events, np.uint64))
        return leaks.fault("error")


def test_an_event_may_have_many_jets_in_one_piece():
    assert fault_of(("a", "train", [1, 1, 2]), ("b", "train", [2]), ("b", "test", [3])) is None
    assert fault_of() is None


def test_events_in_two_pieces_are_counted_once_and_one_is_shown():
    fault = fault_of(("a", "train", [1, 2, 5]), ("b", "test", [2, 2, 3]), ("c", "validation", [2, 5]))
    assert (fault.check, fault.severity, fault.count, fault.of) == ("leaks", "error", 2, 4)
    assert "such as one in train ('a') and test ('b')" in fault.text


@settings(max_examples=10)  # each opens 128 files
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["train", "test"]), st.lists(st.integers(0, 9)))))
def test_found_are_those_in_both(added):
    pieces = {piece: {event for _, each, events in added if each == piece for event in events}
              for piece in ("train", "test")}  # fmt: skip
    fault = fault_of(*added)
    assert (fault.count if fault else 0) == len(pieces["train"] & pieces["test"])
