"""A trial is judged by the validation jets, and only by its settings."""

import numpy as np
import optuna
import pytest

from tagwerk.cards.search import Dimension
from tagwerk.cards.tagger import Tagger
from tagwerk.tuning.losses import Losses
from tagwerk.tuning.run import UnfitError
from tagwerk.tuning.space import Space
from tests.conftest import TAGGERS, changed
from tests.training.conftest import load, split_of, task
from tests.tuning.conftest import RATE

pytestmark = pytest.mark.usefixtures("tensorflow")
EPOCHS = 3


@pytest.fixture
def objective(toy, tmp_path, tensorflow):
    """A function that makes an objective of a space."""
    from tagwerk.tuning.objective import Objective

    splits = [split_of(load(toy, split, "boosted_trees")) for split in ("train", "validation")]

    def objective_of(space):
        return Objective(space, task(toy, "boosted_trees", EPOCHS), *splits, Losses(tmp_path / "losses"))

    return objective_of


class Watched:
    """Stands for Optuna's trial: keeps what is reported, and wants to be stopped after some epoch."""

    def __init__(self, params, stop=EPOCHS):
        self.params, self.number, self.stop, self.reported = params, 0, stop, []

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
    """The space of a dense network's learning rate and widths."""
    rates = rates or Dimension(low=0.001, high=0.1, log=True)
    return Space.of(Tagger.model_validate(DENSE), {RATE: rates, WIDTHS: Dimension(choices=[[8], [4, 4]])})


def test_a_trial_returns_its_lowest_validation_loss_whatever_was_trained_before(objective):
    judge = objective(dense())
    trial, again = Watched(PARAMS), Watched(PARAMS)
    found = judge(trial)
    assert found == min(trial.reported)
    assert judge(Watched({RATE: 0.001, WIDTHS: "[4, 4]"})) != found
    assert judge(again) == found
    assert again.reported == trial.reported
    assert len(trial.reported) == EPOCHS


def test_the_losses_that_are_kept_have_the_mean_that_was_found(objective, tmp_path):
    found = objective(dense())(Watched(PARAMS))
    weights, losses, _ = Losses(tmp_path / "losses").load(0)
    assert np.average(losses, weights=weights) == pytest.approx(found, rel=1e-5)


def test_a_trial_that_is_to_be_stopped_ends_after_that_epoch_unless_it_is_the_last(objective):
    judge = objective(dense())
    for stop in (1, 2):
        trial = Watched(PARAMS, stop)
        with pytest.raises(optuna.TrialPruned):
            judge(trial)
        assert len(trial.reported) == stop
    judge(Watched(PARAMS, EPOCHS))


def test_settings_that_do_not_go_together_are_unfit(objective):
    """A transformer's width is a multiple of its number of heads."""
    heads, width = "hyperparameters.heads", "hyperparameters.width"
    card = changed(TAGGERS["lstm"], "hyperparameters", {"heads": 2, "width": 24}) | {"architecture": "transformer"}
    choices = {heads: Dimension(choices=[2, 3]), width: Dimension(choices=[24, 32])}
    space = Space.of(Tagger.model_validate(card), choices)
    with pytest.raises(UnfitError, match="heads"):
        objective(space)(Watched({heads: "3", width: "32"}))


def test_a_loss_that_becomes_no_number_is_unfit(objective):
    with pytest.raises(UnfitError, match="the loss became no number"):
        objective(dense(Dimension(choices=[0.1, 1e38])))(Watched({RATE: "1e+38", WIDTHS: "[8]"}))
