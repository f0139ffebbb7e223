import numpy as np
import pytest

from tagwerk.checks.padding import SlotCounts, find_padding, is_real


def slots(pt, eta=None, energy=None):
    pt = np.array(pt, "float32")
    eta = np.zeros_like(pt) if eta is None else np.array(eta, "float32")
    return {"pt": pt, "eta": eta, "energy": pt.copy() if energy is None else np.array(energy, "float32")}


def test_constituents_are_not_padding():
    assert find_padding(slots([3, 2, 1])) is None
    assert find_padding(slots([])) is None


@pytest.mark.parametrize(
    ("momentum", "empty", "selection", "contents"),
    [
        (slots([3, 0, 0, 2]), 2, "pt > 0", "pt = 0 (2)"),
        (slots([3, -999, 2], [1, -999, 1]), 1, "pt > 0", "pt = -999 (1)"),
        (slots([3, np.nan], [1, np.nan]), 1, "pt > 0", "pt = NaN (1)"),
        (slots([3, 5, 2], energy=[3, 0, 2]), 1, "energy > 0", "energy = 0 (1)"),
        (slots([3, 0, 2], energy=[3, 1, 0]), 2, "pt > 0 and energy > 0", "pt = 0 (1)"),
        (slots([3, 1, 2], [0, -999, 0]), 1, "pt > 0 and abs(eta) < 15", "eta = -999 (1)"),
        (slots([3, -1, 0, -1, 2]), 3, "pt > 0", "pt = -1 (2), 0 (1)"),
    ],
)
def test_empty_slots_are_counted_with_their_contents_and_a_selection(momentum, empty, selection, contents):
    padding = find_padding(momentum)
    assert (padding.slots, padding.of, padding.selection) == (empty, len(momentum["pt"]), selection)
    assert padding.contents == contents


def test_the_selection_fits_all_chunks():
    counts = SlotCounts()
    counts.add(slots([3, 0]))
    assert counts.padding.selection == "pt > 0"
    counts.add(slots([3, 4], energy=[3, 0]))
    assert (counts.padding.selection, counts.padding.slots, counts.padding.of) == ("energy > 0", 2, 4)
    assert counts.padding.contents == "pt = 0 (1) and energy = 0 (1)"


def test_nan_only_in_the_direction_is_not_padding():
    assert is_real(slots([3.0], [np.nan])).all()
