"""The best card is that of the trial of lowest loss, and says what it gained."""

import numpy as np
import optuna
import pytest

from tagwerk.cards.tagger import Tagger
from tagwerk.errors import UserError
from tagwerk.tuning.best import best_card
from tagwerk.tuning.losses import Losses
from tagwerk.tuning.search_result import Result
from tests.conftest import TAGGERS, write_card
from tests.tuning.conftest import RATE, searched, space_of


def result_of(journal, losses, folder):
    """The result of trials with these losses; None stops one early, at a loss of zero."""
    kept, left = Losses(folder), iter(losses)

    def loss(trial):
        found = next(left)
        trial.report(found if found is not None else 0.0, 1)
        if found is None:
            raise optuna.TrialPruned
        kept.save(trial.number, np.array([[1, 1], [found - 0.1, found + 0.1], [3, 4]]))
        return found

    return Result.of(searched(journal, len(losses), loss), space_of(), kept)


@pytest.fixture
def result(journal, tmp_path):
    return result_of(journal, [0.5, 0.25, None, 0.375], tmp_path)


def test_the_best_trial_is_the_one_of_lowest_loss_that_came_to_its_end(result):
    assert result.best.number == 1
    assert [each.above_best for each in result.trials] == pytest.approx([0.25, 0, np.nan, 0.125], nan_ok=True)
    assert result.start is result.trials[0]


def test_the_best_card_is_the_old_one_with_the_best_settings(result, tmp_path):
    path = write_card(tmp_path / "best.yaml", best_card(result))
    best, old = Tagger.load(path), Tagger.model_validate(TAGGERS["lstm"])
    assert best.title == "lstm, tuned"
    assert best.training.learning_rate == result.best.values[RATE] != old.training.learning_rate
    assert best.hyperparameters["units"] == result.best.values["hyperparameters.units"]
    assert best.model_dump(exclude={"title", "training", "hyperparameters"}) == old.model_dump(
        exclude={"title", "training", "hyperparameters"}
    )
    assert best.training.batch_size == old.training.batch_size
    assert "trial 1, validation loss 0.2500, 0.2500 ± 0.0000 below the card one began with." in path.read_text()


def test_the_card_says_where_nothing_was_gained(journal, tmp_path):
    text = best_card(result_of(journal, [0.25, 0.5], tmp_path))
    assert "trial 0, validation loss 0.2500, the card one began with, which no other trial beat." in text


def test_the_table_has_a_row_a_trial_and_a_column_a_setting(result):
    table = result.table()
    assert table.columns.tolist() == [
        "number", "state", "loss", "above_best", "error", "epochs", "seconds", *result.space.dimensions, "note",
    ]  # fmt: skip
    assert table.state.tolist() == ["complete", "complete", "pruned", "complete"]
    assert table.loss.tolist() == [0.5, 0.25, 0, 0.375]
    assert table[RATE].tolist() == [each.values[RATE] for each in result.trials]
    assert table.note.tolist() == ["the card one began with", "", "", ""]


def test_a_search_without_a_trial_that_came_to_its_end_has_no_result(journal, tmp_path):
    with pytest.raises(UserError, match="no trial came to its end"):
        result_of(journal, [None, None], tmp_path)
