import numpy as np
import pytest

from tagwerk.drafts.slots import choose_link, occupied

NAN = float("nan")


# Three jets of 2, 0 and 3 constituents in 3 slots.
COUNTS = np.array([2, 0, 3])
FILLED = np.arange(3) < COUNTS[:, None]


@pytest.mark.parametrize("pad", [0.0, -999.0, NAN])
def test_the_values_determine_the_filled_slots(pad):
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
            "agrees with the values in only 88.89% of the slots",
        ),
        ({"good": FILLED & (np.arange(3) < 2)}, {}, {"mask": "good"}, "it leaves out 1 slot with values"),
    ],
)
def test_masks_and_counts_must_agree_with_the_values_in_every_row(masks, counts, link, doubt):
    chosen, text = choose_link(masks, counts, FILLED, "energy")
    assert chosen == link
    assert text is None if doubt is None else doubt in text
