import numpy as np
import pytest

from tagwerk.cards.expressions import evaluate
from tagwerk.cards.momenta import Sequence
from tagwerk.checks.repeated import Repeated
from tagwerk.jets.ragged import Ragged

A, B = (30, 0.1, 0.2, 31), (20, 0.3, 0.1, 22)
CARD = {"pt": "c_pt", "eta": "c_eta", "phi": "c_phi", "energy": "c_energy"}


def columns(*jets):
    """Jets of (pt, eta, phi, energy)."""
    rows = np.array([constituent for jet in jets for constituent in jet], np.float32).reshape(-1, 4)
    return Ragged(dict(zip(CARD, rows.T, strict=True)), np.array([len(jet) for jet in jets], np.int64))


def repeated(*chunks):
    result = Repeated()
    for chunk in chunks:
        result.add(columns(*chunk))
    return result


def test_repetitions_are_counted_only_at_the_end_of_a_list():
    counts = repeated([[A, A, B], [B, A, A, A], [A], [], [A, A]], [], [[B, B]])
    assert (counts.constituents, counts.jets) == (7, 3)


def test_constituents_of_equal_pt_and_different_angles_are_no_repetition():
    assert repeated([[A, (30, 0.1, 0.3, 31)], [A, (30, 0.1, 0.2, 32)]]).jets == 0


@pytest.mark.parametrize("pad", [(0, 0, 0, 0), (-999, -999, -999, -999), (np.nan,) * 4])
def test_slots_without_momentum_are_not_repeated(pad):
    assert repeated([[A, pad, pad]]).jets == 0


@pytest.mark.parametrize("pt", [1, 0.1, 999])
@pytest.mark.parametrize("selection", [None, "abs(eta) < 2 or pt > 99"])
def test_the_suggested_selection_excludes_padding_with_a_constant(pt, selection):
    pad = (pt, 0, 0, pt)
    jets = [[A, pad, pad], [B, A, pad, pad], [A, B]]
    text = repeated(jets).text(Sequence(**CARD, selection=selection))
    suggested = text.partition("`selection: ")[2].partition("`")[0]
    constituents = columns(*jets)
    assert constituents.keep(evaluate(suggested, constituents.values)).counts.tolist() == [1, 2, 2]


def test_no_selection_is_suggested_for_padding_with_the_last_constituent():
    assert "no selection removes it" in repeated([[B, A, A], [B, B], [(9, 0, 0, 9)] * 3]).text(Sequence(**CARD))
