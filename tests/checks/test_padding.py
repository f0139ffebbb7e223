import numpy as np
import pytest

from tagwerk.checks.padding import Slots, padding, real


def slots(pt, eta=None, energy=None):
    pt = np.array(pt, "float32")
    eta = np.zeros_like(pt) if eta is None else np.array(eta, "float32")
    return {"pt": pt, "eta": eta, "energy": pt.copy() if energy is None else np.array(energy, "float32")}


def test_constituents_leave_nothing_to_say():
    assert padding(slots([3, 2, 1])) is None
    assert padding(slots([])) is None


@pytest.mark.parametrize(
    ("momentum", "empty", "selection", "said"),
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
def test_empty_slots_are_counted_with_what_tells_them_and_the_selection_of_the_others(momentum, empty, selection, said):
    found = padding(momentum)
    assert (found.slots, found.of, found.selection) == (empty, len(momentum["pt"]), selection)
    assert found.said == said


def test_a_selection_fits_all_chunks():
    both = Slots()
    both.add(slots([3, 0]))
    assert both.padding.selection == "pt > 0"
    both.add(slots([3, 4], energy=[3, 0]))
    assert (both.padding.selection, both.padding.slots, both.padding.of) == ("energy > 0", 2, 4)
    assert both.padding.said == "pt = 0 (1) and energy = 0 (1)"


def test_a_direction_alone_that_is_nan_is_no_padding():
    assert real(slots([3.0], [np.nan])).all()
