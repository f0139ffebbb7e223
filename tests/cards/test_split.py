import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.cards.split import Split
from tagwerk.errors import UserError
from tagwerk.jets.identity import split_by_event


def test_each_share_is_one_piece():
    assert Split().shares() == {"train": 0.6, "validation": 0.2, "test": 0.2}
    assert Split().pieces() == {"train": ["train"], "validation": ["validation"], "test": ["test"]}


def test_folds_rotate():
    split = Split(folds=4)
    assert split.shares() == dict.fromkeys(["fold_0", "fold_1", "fold_2", "fold_3"], 0.25)
    assert split.pieces(0) == {"train": ["fold_2", "fold_3"], "validation": ["fold_1"], "test": ["fold_0"]}
    assert split.pieces(3) == {"train": ["fold_1", "fold_2"], "validation": ["fold_0"], "test": ["fold_3"]}


@given(st.integers(3, 20), st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=50))
def test_every_event_is_tested_once_and_not_trained_on_in_that_fold(folds, events):
    split, event = Split(folds=folds), np.array(events, np.uint64)
    shares = split.shares()
    piece = np.array(list(shares))[split_by_event(event, list(shares.values()))]
    tested = np.zeros(len(event), int)
    for fold in range(folds):
        pieces = split.pieces(fold)
        masks = [np.isin(piece, pieces[name]) for name in ("train", "validation", "test")]
        np.testing.assert_array_equal(np.sum(masks, axis=0), 1)
        tested += masks[2]
    np.testing.assert_array_equal(tested, 1)


@pytest.mark.parametrize(("split", "fold", "known"), [(Split(folds=3), 3, "0 to 2"), (Split(), 1, "no 'folds'")])
def test_an_unknown_fold_is_refused(split, fold, known):
    with pytest.raises(UserError, match=known):
        split.pieces(fold)


MARKED = {"train": "ttv == 0", "test": "ttv == 1"}


def test_an_official_split_has_three_pieces_however_it_is_marked():
    for card in ({"selections": MARKED}, {"files": {"train": ["a"], "test": ["b"]}}):
        split = Split.model_validate(card | {"validation_from_train": 0.1})
        assert split.piece_names() == ["train", "validation", "test"]
        assert split.pieces() == {name: [name] for name in split.piece_names()}
        assert Split.model_validate(split.model_dump(exclude_none=True)) == split
        with pytest.raises(UserError, match="no 'folds'"):
            split.pieces(1)


def test_missing_shares_have_their_defaults():
    assert Split(train=0.7, validation=0.1) == Split(train=0.7, validation=0.1, test=0.2)
    assert Split().model_dump(exclude_none=True) == Split().shares()


@pytest.mark.parametrize(
    ("split", "message"),
    [
        ({"selections": MARKED, "validation_from_train": 0.1, "train": 0.6}, "has 'selections' and 'train'"),
        ({"selections": MARKED, "folds": 5, "validation_from_train": 0.1}, "has 'folds' and 'selections'"),
        ({"files": {"train": ["a"], "test": ["b"]}, "folds": 5}, "has 'folds' and 'files'"),
        ({"files": {"train": ["a"], "test": ["b"]}, "selections": MARKED}, "has 'selections' and 'files'"),
        ({"selections": MARKED}, "neither 'validation' in 'selections' nor 'validation_from_train' is given"),
        ({"files": {"train": ["a"], "test": ["b"]}}, "neither 'validation' in 'files' nor .* is given"),
        (
            {"selections": MARKED | {"validation": "ttv == 2"}, "validation_from_train": 0.1},
            "'validation' in 'selections' and 'validation_from_train' are both given",
        ),
        ({"validation_from_train": 0.1}, "is for an official split"),
        ({"selections": {"train": "ttv == 0", "validation": "ttv == 2"}}, "selections.test"),
        ({"selections": MARKED | {"validation": "ttv = 2"}}, "selections.validation"),
        ({"files": {"train": [], "validation": ["b"], "test": ["c"]}}, "files.train"),
    ],
)
def test_an_official_split_is_complete_and_the_only_split(split, message):
    with pytest.raises(ValueError, match=message):
        Split.model_validate(split)
