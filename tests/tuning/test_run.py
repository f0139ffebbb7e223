"""However many processes take part, and however they end, a search runs all its trials and no more."""

import signal
import time

import optuna
import pytest
from optuna.trial import TrialState

from tagwerk.stopping import Stopped
from tagwerk.tuning.queue import finished_trials, first_attempt
from tagwerk.tuning.run import UntrainableError, run_trials
from tests.tuning.conftest import (
    RATE,
    UNITS,
    bowl,
    expire_heartbeats,
    other_process,
    queued,
    searched,
    study_in,
    wait_for,
)

OWN = {RATE: 0.02, UNITS: "[6]"}


def running(journal):
    trials = study_in(journal).trials if journal.exists() else []
    return [trial for trial in trials if trial.state == TrialState.RUNNING]


def test_the_first_trial_has_the_cards_own_settings(journal):
    trials = searched(journal, 2).trials
    assert trials[0].params == OWN
    assert trials[0].user_attrs["start"]
    assert not trials[1].user_attrs.get("start")


def test_two_processes_run_all_trials_once(journal):
    """Both take part, and no two trials are the same."""
    processes = [other_process(journal, 16, 0.05) for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    trials = study_in(journal).trials
    assert [trial.state for trial in trials] == 16 * [TrialState.COMPLETE]
    assert len({trial.params[RATE] for trial in trials}) == 16
    assert len({trial.user_attrs["worker"] for trial in trials}) == 2
    assert sorted(path.name for path in journal.parent.iterdir()) == ["journal.log"]


def test_a_trial_whose_process_was_killed_is_retried(journal):
    process = other_process(journal, 3, 600)
    wait_for(lambda: bool(running(journal)))
    process.send_signal(signal.SIGKILL)
    process.wait()
    expire_heartbeats(journal)
    trials = searched(journal, 3).trials
    assert [trial.state for trial in trials] == [TrialState.FAIL] + 3 * [TrialState.COMPLETE]
    assert trials[1].params == trials[0].params == OWN
    assert trials[1].user_attrs["start"]
    assert sorted(path.name for path in journal.parent.iterdir()) == ["journal.log"]


def test_a_search_waits_for_the_running_trial_of_another_process(journal, monkeypatch):
    monkeypatch.setattr("tagwerk.tuning.run._POLL_INTERVAL", 0.05)
    process = other_process(journal, 1, 2)
    wait_for(lambda: bool(running(journal)))
    (trial,) = searched(journal, 1, lambda trial: pytest.fail("was run twice")).trials
    assert trial.state == TrialState.COMPLETE
    assert process.wait(30) == 0


def test_a_trial_that_ended_in_an_error_is_retried_at_once(journal):
    def interrupted(trial):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        searched(journal, 2, interrupted)
    start = time.monotonic()
    trials = searched(journal, 2).trials
    assert time.monotonic() - start < 5
    assert [trial.state for trial in trials] == [TrialState.FAIL] + 2 * [TrialState.COMPLETE]
    assert trials[1].params == OWN


def test_a_trial_that_kills_its_process_each_time_is_abandoned(journal):
    def deadly(trial):
        if trial.params == OWN:
            raise MemoryError
        return bowl(trial)

    for _ in range(3):
        with pytest.raises(MemoryError):
            searched(journal, 3, deadly)
    trials = searched(journal, 3, deadly).trials
    assert [trial.state for trial in trials] == 3 * [TrialState.FAIL] + 2 * [TrialState.COMPLETE]
    assert [trial.number for trial in finished_trials(trials)] == [2, 3, 4]


def test_a_trial_that_signals_stop_each_time_is_not_abandoned(journal):
    """As at the time limit of a cluster."""

    def stopped(trial):
        raise Stopped

    for _ in range(5):
        with pytest.raises(Stopped):
            searched(journal, 1, stopped)
    trials = searched(journal, 1).trials
    assert [trial.state for trial in trials] == 5 * [TrialState.FAIL] + [TrialState.COMPLETE]
    assert {first_attempt(trial) for trial in trials} == {0}
    assert trials[-1].user_attrs["start"]
    assert [trial.number for trial in finished_trials(trials)] == [5]


def test_a_trial_that_was_taken_over_does_not_count_twice(journal):
    """As after a laptop was suspended: the process resumes a trial that another one has since finished."""

    def suspended(trial):
        if trial.number == 0:
            expire_heartbeats(journal)
            with queued(journal, 1) as other:
                run_trials(other, bowl)
        return bowl(trial)

    trials = searched(journal, 1, suspended).trials
    assert [trial.state for trial in trials] == [TrialState.FAIL, TrialState.COMPLETE]


def test_untrainable_settings_count_as_pruned_trials(journal):
    def diverging(trial):
        if trial.number == 1:
            raise UntrainableError("the loss diverged")
        return bowl(trial)

    trials = searched(journal, 3, diverging).trials
    assert [trial.state for trial in trials] == [TrialState.COMPLETE, TrialState.PRUNED, TrialState.COMPLETE]
    assert trials[1].user_attrs["note"] == "the loss diverged"


def test_a_search_for_fewer_trials_than_are_done_ends_at_once(journal):
    searched(journal, 4)
    assert len(searched(journal, 2).trials) == 4


def test_a_bug_in_the_code_does_not_count_as_a_bad_trial(journal):
    def wrong(trial):
        raise ValueError("shapes")

    with pytest.raises(ValueError, match="shapes"):
        searched(journal, 1, wrong)


def test_a_trial_above_the_median_of_others_is_pruned(journal):
    """After three trials of losses 1, 2, 3 in every epoch, 2.5 is above the median, 1.5 is not."""
    from tagwerk.cards.search import Pruning
    from tagwerk.tuning.pruner import pruner

    losses, epochs = iter([1, 2, 3, 2.5, 1.5]), []

    def constant(trial):
        loss = next(losses)
        epochs.append(0)
        for epoch in range(1, 6):
            epochs[-1] = epoch
            trial.report(loss, epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
        return loss

    study = study_in(journal, pruner=pruner(Pruning(epochs=2, trials=3)))
    with queued(journal, 5, study) as queue:
        run_trials(queue, constant)
    assert epochs == [5, 5, 5, 2, 5]
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "COMPLETE", "COMPLETE", "PRUNED", "COMPLETE"]
