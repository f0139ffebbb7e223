"""However many processes take part, and however they end, a search does all its trials and no more."""

import signal
import time

import optuna
import pytest
from optuna.trial import TrialState

from tagwerk.tuning.queue import finished
from tagwerk.tuning.run import UnfitError, search
from tests.tuning.conftest import (
    RATE,
    UNITS,
    bowl,
    make_old,
    other_process,
    queued,
    searched,
    study_in,
    wait_for,
)

OWN = {RATE: 0.02, UNITS: "[6]"}


def running(journal):
    return [each for each in study_in(journal).trials if each.state == TrialState.RUNNING] if journal.exists() else []


def test_the_first_trial_has_the_cards_own_settings(journal):
    trials = searched(journal, 2).trials
    assert trials[0].params == OWN
    assert trials[0].user_attrs["start"]
    assert not trials[1].user_attrs.get("start")


def test_two_processes_do_all_trials_once(journal):
    """Both take part, and no two trials are alike."""
    processes = [other_process(journal, 16, 0.05) for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    trials = study_in(journal).trials
    assert [each.state for each in trials] == 16 * [TrialState.COMPLETE]
    assert len({each.params[RATE] for each in trials}) == 16
    assert len({each.user_attrs["worker"] for each in trials}) == 2
    assert sorted(path.name for path in journal.parent.iterdir()) == ["journal.log"]


def test_a_trial_whose_process_was_killed_is_done_again(journal):
    process = other_process(journal, 3, 600)
    wait_for(lambda: bool(running(journal)))
    process.send_signal(signal.SIGKILL)
    process.wait()
    make_old(journal)
    trials = searched(journal, 3).trials
    assert [each.state for each in trials] == [TrialState.FAIL] + 3 * [TrialState.COMPLETE]
    assert trials[1].params == trials[0].params == OWN
    assert trials[1].user_attrs["start"]
    assert sorted(path.name for path in journal.parent.iterdir()) == ["journal.log"]


def test_a_trial_that_another_process_still_does_is_waited_for(journal, monkeypatch):
    monkeypatch.setattr("tagwerk.tuning.run._LOOK", 0.05)
    process = other_process(journal, 1, 2)
    wait_for(lambda: bool(running(journal)))
    (trial,) = searched(journal, 1, lambda trial: pytest.fail("was done twice")).trials
    assert trial.state == TrialState.COMPLETE
    assert process.wait(30) == 0


def test_a_trial_that_an_error_ended_is_done_again_at_once(journal):
    def interrupted(trial):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        searched(journal, 2, interrupted)
    start = time.monotonic()
    trials = searched(journal, 2).trials
    assert time.monotonic() - start < 5
    assert [each.state for each in trials] == [TrialState.FAIL] + 2 * [TrialState.COMPLETE]
    assert trials[1].params == OWN


def test_a_trial_that_kills_its_process_each_time_is_given_up(journal):
    def deadly(trial):
        if trial.params == OWN:
            raise MemoryError
        return bowl(trial)

    for _ in range(3):
        with pytest.raises(MemoryError):
            searched(journal, 3, deadly)
    trials = searched(journal, 3, deadly).trials
    assert [each.state for each in trials] == 3 * [TrialState.FAIL] + 2 * [TrialState.COMPLETE]
    assert [each.number for each in finished(trials)] == [2, 3, 4]


def test_a_trial_that_was_taken_over_does_not_count_twice(journal):
    """As after a laptop slept: the process goes on with a trial that another one has done meanwhile."""

    def slept(trial):
        if trial.number == 0:
            make_old(journal)
            with queued(journal, 1) as other:
                search(other, bowl)
        return bowl(trial)

    trials = searched(journal, 1, slept).trials
    assert [each.state for each in trials] == [TrialState.FAIL, TrialState.COMPLETE]


def test_settings_that_cannot_be_trained_count_and_are_learnt_from(journal):
    def loss(trial):
        if trial.number == 1:
            raise UnfitError("the loss became no number")
        return bowl(trial)

    trials = searched(journal, 3, loss).trials
    assert [each.state for each in trials] == [TrialState.COMPLETE, TrialState.PRUNED, TrialState.COMPLETE]
    assert trials[1].user_attrs["note"] == "the loss became no number"


def test_fewer_trials_than_were_done_end_at_once(journal):
    searched(journal, 4)
    assert len(searched(journal, 2).trials) == 4


def test_a_mistake_in_the_code_is_not_taken_for_a_bad_trial(journal):
    def wrong(trial):
        raise ValueError("shapes")

    with pytest.raises(ValueError, match="shapes"):
        searched(journal, 1, wrong)


def test_a_trial_above_the_median_of_others_is_stopped_early(journal):
    """Three trials of losses 1, 2, 3 in every epoch: after them 2.5 is above the median, 1.5 is not."""
    from tagwerk.cards.search import Pruning
    from tagwerk.tuning.pruner import pruner

    height, epochs = iter([1, 2, 3, 2.5, 1.5]), []

    def loss(trial):
        found = next(height)
        epochs.append(0)
        for epoch in range(1, 6):
            epochs[-1] = epoch
            trial.report(found, epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
        return found

    study = study_in(journal, pruner=pruner(Pruning(epochs=2, trials=3)))
    with queued(journal, 5, study) as queue:
        search(queue, loss)
    assert epochs == [5, 5, 5, 2, 5]
    assert [each.state.name for each in study.trials] == ["COMPLETE", "COMPLETE", "COMPLETE", "PRUNED", "COMPLETE"]
