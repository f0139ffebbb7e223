"""The settings of a trial follow from the seed and its number."""

import pytest

from tagwerk.stopping import Stopped
from tests.tuning.conftest import RATE, bowl, searched


def params_of(study):
    return [trial.params for trial in study.trials]


def test_a_seed_repeats_its_trials_and_another_does_not(tmp_path):
    one, same, other = (
        params_of(searched(tmp_path / f"{name}.log", 9, seed=seed)) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert one == same
    assert one[0] == other[0]  # the initial card
    assert all(params != others for params, others in zip(one[1:], other[1:], strict=True))


def test_a_resumed_search_tries_the_same_as_an_uninterrupted_one(tmp_path):
    for trials in (3, 7, 9):
        resumed = searched(tmp_path / "resumed.log", trials)
    assert params_of(resumed) == params_of(searched(tmp_path / "uninterrupted.log", 9))


@pytest.mark.parametrize("end", [KeyboardInterrupt, Stopped])
def test_a_search_tries_the_same_however_often_its_process_ends(tmp_path, end):
    started = []

    def interrupted(trial):
        started.append(trial.number)
        if len(started) in (1, 4, 5):
            raise end
        return bowl(trial)

    for _ in range(3):
        with pytest.raises(end):
            searched(tmp_path / "ended.log", 9, interrupted)
    ended = [
        trial for trial in searched(tmp_path / "ended.log", 9, interrupted).trials if trial.state.name == "COMPLETE"
    ]
    assert [trial.params for trial in ended] == params_of(searched(tmp_path / "uninterrupted.log", 9))
    assert len(started) == 12


def test_no_trial_repeats_another(journal):
    rates = [trial.params[RATE] for trial in searched(journal, 12).trials]
    assert len(set(rates)) == 12


def test_after_the_random_trials_the_losses_decide(tmp_path):
    """The first four are random, except for the initial card; the later ones depend on the losses."""
    low = params_of(searched(tmp_path / "low.log", 8))
    high = params_of(searched(tmp_path / "high.log", 8, lambda trial: -bowl(trial)))
    assert low[:4] == high[:4]
    assert low[4:] != high[4:]
