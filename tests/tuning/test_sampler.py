"""What is tried follows from the seed and the number of the trial."""

from tests.tuning.conftest import RATE, bowl, searched


def tried(study):
    return [each.params for each in study.trials]


def test_one_seed_repeats_the_same_trials_and_another_does_not(tmp_path):
    one, same, other = (
        tried(searched(tmp_path / f"{name}.log", 9, seed=seed)) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert one == same
    assert one[0] == other[0]  # the card's own
    assert all(some != others for some, others in zip(one[1:], other[1:], strict=True))


def test_a_search_in_two_pieces_tries_what_one_in_a_piece_does(tmp_path):
    for trials in (3, 7, 9):
        pieces = searched(tmp_path / "pieces.log", trials)
    assert tried(pieces) == tried(searched(tmp_path / "whole.log", 9))


def test_no_trial_repeats_another(journal):
    rates = [each.params[RATE] for each in searched(journal, 12).trials]
    assert len(set(rates)) == 12


def test_after_the_random_trials_losses_decide(tmp_path):
    """Four are drawn at random, the card's own among them; after those the loss says what is drawn."""
    low = tried(searched(tmp_path / "low.log", 8))
    high = tried(searched(tmp_path / "high.log", 8, lambda trial: -bowl(trial)))
    assert low[:4] == high[:4]
    assert low[4:] != high[4:]
