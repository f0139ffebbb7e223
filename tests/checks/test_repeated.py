import numpy as np
import pytest

from tagwerk.cards.expressions import evaluate
from tagwerk.cards.momenta import Sequence
from tagwerk.checks.repeated import Repeated
from tagwerk.jets.ragged import Ragged

ONE, OTHER = (30, 0.1, 0.2, 31), (20, 0.3, 0.1, 22)
CARD = {"pt": "c_pt", "eta": "c_eta", "phi": "c_phi", "energy": "c_energy"}


def columns(*jets):
    """Jets of (pt, eta, phi, energy)."""
    rows = np.array([each for jet in jets for each in jet], np.float32).reshape(-1, 4)
    return Ragged(dict(zip(CARD, rows.T, strict=True)), np.array([len(jet) for jet in jets], np.int64))


def counted(*chunks):
    found = Repeated()
    for chunk in chunks:
        found.add(columns(*chunk))
    return found


def test_they_are_counted_at_the_end_of_a_list_only():
    found = counted([[ONE, ONE, OTHER], [OTHER, ONE, ONE, ONE], [ONE], [], [ONE, ONE]], [], [[OTHER, OTHER]])
    assert (found.constituents, found.jets) == (7, 3)


def test_a_list_that_ends_in_several_of_one_pt_and_other_angles_is_none():
    assert counted([[ONE, (30, 0.1, 0.3, 31)], [ONE, (30, 0.1, 0.2, 32)]]).jets == 0


@pytest.mark.parametrize("pad", [(0, 0, 0, 0), (-999, -999, -999, -999), (np.nan,) * 4])
def test_what_has_no_momentum_is_counted_elsewhere(pad):
    assert counted([[ONE, pad, pad]]).jets == 0


@pytest.mark.parametrize("pt", [1, 0.1, 999])
@pytest.mark.parametrize("own", [None, "abs(eta) < 2 or pt > 99"])
def test_the_selection_leaves_out_what_pads_by_a_constant(pt, own):
    pad = (pt, 0, 0, pt)
    jets = [[ONE, pad, pad], [OTHER, ONE, pad, pad], [ONE, OTHER]]
    text = counted(jets).text(Sequence(**CARD, selection=own))
    selection = text.partition("`selection: ")[2].partition("`")[0]
    values = columns(*jets)
    assert values.keep(evaluate(selection, values.values)).counts.tolist() == [1, 2, 2]


def test_lists_that_end_in_their_own_last_constituent_have_no_selection():
    assert "no selection tells it" in counted([[OTHER, ONE, ONE], [OTHER, OTHER], [(9, 0, 0, 9)] * 3]).text(
        Sequence(**CARD)
    )
