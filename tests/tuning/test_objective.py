"""The objective depends on the validation jets and the settings of a trial only."""

import numpy as np
import optuna
import pytest

from tagwerk.cards.search import Dimension
from tagwerk.cards.tagger import Tagger
from tagwerk.stopping import Stopped
from tagwerk.tuning.losses import TrialLosses
from tagwerk.tuning.run import UntrainableError
from tagwerk.tuning.space import Space
from tests.conftest import TAGGERS, changed
from tests.training.conftest import load, split_of, task
from tests.tuning.conftest import RATE

pytestmark = pytest.mark.usefixtures("tensorflow")
EPOCHS = 3


@pytest.fixture
def objective(toy, tmp_path, tensorflow):
    """A function that returns the objective of a space."""
    from tagwerk.tuning.objective import Objective

    splits = [split_of(load(toy, split, "boosted_trees")) for split in ("train", "validation")]

    def objective_of(space):
        losses, unfinished = TrialLosses(tmp_path / "losses"), tmp_path / "unfinished"
        return Objective(space, task(toy, "boosted_trees", EPOCHS), *splits, losses, unfinished)

    return objective_of


class FakeTrial:
    """In place of an Optuna trial: keeps the reported values, and is pruned after an epoch."""

    def __init__(self, params, stop=EPOCHS, number=0, **user_attrs):
        self.params, self.stop, self.reported = params, stop, []
        self.number, self.user_attrs = number, user_attrs

    def report(self, value, step):
        self.reported.append(value)

    def should_prune(self):
        return len(self.reported) >= self.stop


WIDTHS = "hyperparameters.dense"
DENSE = TAGGERS["boosted_trees"] | {
    "architecture": "dense",
    "hyperparameters": {"dense": [8]},
    "training": {"batch_size": 32, "learning_rate": 0.02},
}
PARAMS = {RATE: 0.02, WIDTHS: "[8]"}


def dense(rates=None):
    """The space of learning rate and widths of a dense network."""
    rates = rates or Dimension(low=0.001, high=0.1, log=True)
    return Space.of(Tagger.model_validate(DENSE), {RATE: rates, WIDTHS: Dimension(choices=[[8], [4, 4]])})


def test_a_trial_returns_its_lowest_validation_loss_whatever_was_trained_before(objective):
    loss_of = objective(dense())
    trial, again = FakeTrial(PARAMS), FakeTrial(PARAMS)
    loss = loss_of(trial)
    assert loss == min(trial.reported)
    assert loss_of(FakeTrial({RATE: 0.001, WIDTHS: "[4, 4]"})) != loss
    assert loss_of(again) == loss
    assert again.reported == trial.reported
    assert len(trial.reported) == EPOCHS


def test_the_saved_losses_average_to_the_loss_of_the_trial(objective, tmp_path):
    loss = objective(dense())(FakeTrial(PARAMS))
    weights, losses, _ = TrialLosses(tmp_path / "losses").load(0)
    assert np.average(losses, weights=weights) == pytest.approx(loss, rel=1e-5)


def test_a_trial_is_pruned_after_any_epoch_but_the_last(objective):
    loss_of = objective(dense())
    for stop in (1, 2):
        trial = FakeTrial(PARAMS, stop)
        with pytest.raises(optuna.TrialPruned):
            loss_of(trial)
        assert len(trial.reported) == stop
    loss_of(FakeTrial(PARAMS, EPOCHS))


def test_incompatible_settings_are_untrainable(objective):
    """A transformer's width is a multiple of its number of heads."""
    heads, width = "hyperparameters.heads", "hyperparameters.width"
    card = changed(TAGGERS["lstm"], "hyperparameters", {"heads": 2, "width": 24}) | {"architecture": "transformer"}
    choices = {heads: Dimension(choices=[2, 3]), width: Dimension(choices=[24, 32])}
    space = Space.of(Tagger.model_validate(card), choices)
    with pytest.raises(UntrainableError, match="heads"):
        objective(space)(FakeTrial({heads: "3", width: "32"}))


def test_a_diverging_loss_is_untrainable(objective):
    with pytest.raises(UntrainableError, match="the loss diverged"):
        objective(dense(Dimension(choices=[0.1, 1e38])))(FakeTrial({RATE: "1e+38", WIDTHS: "[8]"}))


def test_the_next_attempt_at_a_stopped_trial_resumes_it(objective, tmp_path, monkeypatch):
    from tagwerk.training import train_step

    undisturbed, step, steps, stop = FakeTrial(PARAMS, number=7), train_step.Steps.train_on_batch, [], 0

    def train_on_batch(self, batch):
        steps.append(batch)
        if len(steps) == stop:
            raise Stopped
        return step(self, batch)

    monkeypatch.setattr(train_step.Steps, "train_on_batch", train_on_batch)
    loss, total, stop = objective(dense())(undisturbed), len(steps), len(steps) + 6
    with pytest.raises(Stopped):
        objective(dense())(FakeTrial(PARAMS))
    assert [path.name for path in (tmp_path / "unfinished").iterdir()] == ["trial0.unfinished"]
    second = FakeTrial(PARAMS, number=1, first=0)
    before, stop = len(steps), 0
    assert objective(dense())(second) == loss
    assert second.reported == undisturbed.reported
    assert len(steps) - before == total - 5  # those that were done are not repeated
    assert list((tmp_path / "unfinished").iterdir()) == []
