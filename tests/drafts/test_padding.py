import numpy as np
import pytest

from tagwerk.checks.padding import padding
from tagwerk.checks.sentinels import sentinel
from tagwerk.drafts.slots import link_of, occupied

NAN = float("nan")


def momentum(pt, energy=None, eta=None):
    values = {"pt": pt, "energy": pt if energy is None else energy, "eta": [0.0] * len(pt) if eta is None else eta}
    return {name: np.array(each, float) for name, each in values.items()}


@pytest.mark.parametrize(
    ("given", "selection", "said"),
    [
        (momentum([3, 0, 0]), "pt > 0", "pt = 0 (2)"),
        (momentum([3, -999, -999]), "pt > 0", "pt = -999 (2)"),
        (momentum([3, NAN, 0]), "pt > 0", "pt = 0 (1), NaN (1)"),
        (momentum([3, 1412, 1412], [3, -999, -999]), "energy > 0", "energy = -999 (2)"),
        (momentum([3, 0, 1], [3, 1, 0]), "pt > 0 and energy > 0", "pt = 0 (1)"),
        (momentum([3, 999], [3, 999], [0, -999]), "pt > 0 and abs(eta) < 15", "eta = -999 (1)"),
    ],
)
def test_slots_without_a_constituent_are_left_out_by_the_shortest_selection(given, selection, said):
    found = padding(given)
    assert (found.selection, found.said) == (selection, said)
    assert found.slots < found.of == len(given["pt"])


def test_where_all_slots_are_real_nothing_is_said():
    assert padding(momentum([3, 2])) is None
    assert padding(momentum([])) is None


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([0.3, 0.5, -999, -999], (-999, 0.5)),
        ([0.3, 0.5, 0.7, -1], (-1, 0.25)),
        ([1, -1, -1, 0], None),
        ([0.3, -0.5, -0.7, 1], None),
        ([], None),
    ],
)
def test_a_value_that_stands_where_nothing_was_measured(values, found):
    assert sentinel(np.array(values, float)) == found


# Three jets of 2, 0 and 3 constituents in 3 slots.
COUNTS = np.array([2, 0, 3])
FILLED = np.arange(3) < COUNTS[:, None]


@pytest.mark.parametrize("pad", [0.0, -999.0, NAN])
def test_the_values_tell_which_slots_are_filled(pad):
    pt = np.where(FILLED, 5.0, pad)
    form = {"pt": pt, "eta": np.zeros((3, 3)), "phi": np.zeros((3, 3)), "energy": pt}
    assert (occupied(form) == FILLED).all()


@pytest.mark.parametrize(
    ("masks", "counts", "link", "doubt"),
    [
        ({"valid": FILLED}, {}, {"mask": "valid"}, None),
        ({"valid": FILLED.astype("f4")}, {"n": COUNTS}, {"mask": "valid"}, None),
        ({}, {"nbhadrons": np.array([2, 0, 1]), "n": COUNTS}, {"counts": "n"}, None),
        ({}, {"nbhadrons": np.array([2, 0, 1])}, {"mask": "energy"}, "no mask or counts found"),
        ({}, {"nbhadrons": np.array([0, 0, 1])}, {"mask": "energy"}, "no mask or counts found"),
        ({"mask": ~FILLED}, {}, {"mask": "energy"}, "'mask' is inverted, true where there is padding"),
        ({"mask": ~FILLED}, {"n": COUNTS}, {"counts": "n"}, None),
        (
            {},
            {"n": COUNTS + np.array([0, 1, 0])},
            {"counts": "n"},
            "agrees with the values in 88.89% of the slots only",
        ),
        ({"good": FILLED & (np.arange(3) < 2)}, {}, {"mask": "good"}, "it leaves out 1 slots with values"),
    ],
)
def test_masks_and_counts_must_agree_with_the_values_in_every_row(masks, counts, link, doubt):
    found, said = link_of(masks, counts, FILLED, "energy")
    assert found == link
    assert said is None if doubt is None else doubt in said
