import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.cards.split import Split
from tagwerk.errors import UserError
from tagwerk.jets.identity import split_by_event


def test_shares_are_pieces_of_their_own():
    assert Split().shares() == {"train": 0.6, "validation": 0.2, "test": 0.2}
    assert Split().pieces() == {"train": ["train"], "validation": ["validation"], "test": ["test"]}


def test_folds_take_turns():
    split = Split(folds=4)
    assert split.shares() == dict.fromkeys(["fold_0", "fold_1", "fold_2", "fold_3"], 0.25)
    assert split.pieces(0) == {"train": ["fold_2", "fold_3"], "validation": ["fold_1"], "test": ["fold_0"]}
    assert split.pieces(3) == {"train": ["fold_1", "fold_2"], "validation": ["fold_0"], "test": ["fold_3"]}


@given(st.integers(3, 20), st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=50))
def test_every_event_is_tested_once_and_never_trained_on_then(folds, events):
    split, event = Split(folds=folds), np.array(events, np.uint64)
    shares = split.shares()
    piece = np.array(list(shares))[split_by_event(event, list(shares.values()))]
    tested = np.zeros(len(event), int)
    for fold in range(folds):
        pieces = split.pieces(fold)
        parts = [np.isin(piece, pieces[name]) for name in ("train", "validation", "test")]
        np.testing.assert_array_equal(np.sum(parts, axis=0), 1)
        tested += parts[2]
    np.testing.assert_array_equal(tested, 1)


@pytest.mark.parametrize(("split", "fold", "known"), [(Split(folds=3), 3, "0 to 2"), (Split(), 1, "no 'folds'")])
def test_an_unknown_fold_is_refused(split, fold, known):
    with pytest.raises(UserError, match=known):
        split.pieces(fold)
