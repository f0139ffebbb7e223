"""The best card has the settings of the trial of lowest loss, and states the improvement."""

import numpy as np
import optuna
import pytest

from tagwerk.cards.tagger import Tagger
from tagwerk.errors import UserError
from tagwerk.tuning.best import best_card
from tagwerk.tuning.losses import TrialLosses
from tagwerk.tuning.search_result import SearchResult
from tests.conftest import TAGGERS, write_card
from tests.tuning.conftest import RATE, searched, space_of


def result_of(journal, losses, folder):
    """The result of trials with these losses; None prunes a trial, at a loss of zero."""
    saved, remaining = TrialLosses(folder), iter(losses)

    def objective(trial):
        loss = next(remaining)
        trial.report(loss if loss is not None else 0.0, 1)
        if loss is None:
            raise optuna.TrialPruned
        saved.save(trial.number, np.array([[1, 1], [loss - 0.1, loss + 0.1], [3, 4]]))
        return loss

    return SearchResult.of(searched(journal, len(losses), objective), space_of(), saved)


@pytest.fixture
def result(journal, tmp_path):
    return result_of(journal, [0.5, 0.25, None, 0.375], tmp_path)


def test_the_best_trial_is_the_completed_one_of_lowest_loss(result):
    assert result.best.number == 1
    assert [trial.above_best for trial in result.trials] == pytest.approx([0.25, 0, np.nan, 0.125], nan_ok=True)
    assert result.start is result.trials[0]


def test_the_best_card_is_the_initial_one_with_the_best_settings(result, tmp_path):
    path = write_card(tmp_path / "best.yaml", best_card(result))
    best, initial = Tagger.load(path), Tagger.model_validate(TAGGERS["lstm"])
    assert best.title == "lstm, tuned"
    assert best.training.learning_rate == result.best.values[RATE] != initial.training.learning_rate
    assert best.hyperparameters["units"] == result.best.values["hyperparameters.units"]
    assert best.model_dump(exclude={"title", "training", "hyperparameters"}) == initial.model_dump(
        exclude={"title", "training", "hyperparameters"}
    )
    assert best.training.batch_size == initial.training.batch_size
    assert "trial 1, validation loss 0.2500, 0.2500 ± 0.0000 below the initial card." in path.read_text()


def test_the_card_says_if_nothing_was_gained(journal, tmp_path):
    text = best_card(result_of(journal, [0.25, 0.5], tmp_path))
    assert "trial 0, validation loss 0.2500, the initial card, which no other trial beat." in text


def test_the_table_has_one_row_per_trial_and_one_column_per_setting(result):
    table = result.table()
    assert table.columns.tolist() == [
        "number", "state", "loss", "above_best", "error", "epochs", "seconds", *result.space.dimensions, "note",
    ]  # fmt: skip
    assert table.state.tolist() == ["complete", "complete", "pruned", "complete"]
    assert table.loss.tolist() == [0.5, 0.25, 0, 0.375]
    assert table[RATE].tolist() == [trial.values[RATE] for trial in result.trials]
    assert table.note.tolist() == ["the initial card", "", "", ""]


def test_a_search_without_a_completed_trial_has_no_result(journal, tmp_path):
    with pytest.raises(UserError, match="no trial was completed"):
        result_of(journal, [None, None], tmp_path)
