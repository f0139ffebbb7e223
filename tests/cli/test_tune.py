"""A search from the command line: its output, its end and its errors."""

import shutil
import signal
import subprocess
import sys
from dataclasses import replace

import pandas as pd
import pytest

from tagwerk.cards.tagger import Tagger
from tests.conftest import SEARCH, TAGGERS, run, write_card
from tests.tuning.conftest import expire_heartbeats, wait_for

pytestmark = pytest.mark.usefixtures("tensorflow")

WIDTHS = "hyperparameters.dense"
DENSE = TAGGERS["boosted_trees"] | {
    "title": "Dense",
    "architecture": "dense",
    "hyperparameters": {"dense": [8]},
    "training": {"batch_size": 32, "learning_rate": 0.02},
}
SMALL = SEARCH | {"tagger": "dense", "trials": 2, "space": {WIDTHS: {"choices": [[4], [8]]}}}


@pytest.fixture
def search(toy, tmp_path):
    """The toy study with a small search, whose cards a test may modify."""
    shutil.copytree(toy.root / "config", tmp_path / "config")
    copy = replace(toy, root=tmp_path)
    write_card(copy.search, SMALL)
    write_card(copy.tagger("dense"), DENSE)
    return copy


def command(toy, search, *options):
    journal = search.root / "journal.log"
    return ["tune", search.search, toy.summary, journal, *toy.parts, *options]


def trials_of(folder):
    return pd.read_csv(folder / "trials.csv")


def test_the_best_card_trains_to_the_loss_that_the_search_found(toy, search, capsys):
    """The test jets are not used: here they are deleted."""
    parts = [shutil.copytree(part, search.root / "jets" / part.name) for part in toy.parts]
    for part in parts:
        (part / "test.parquet").unlink()
    out = search.root / "result"
    assert run(*command(toy, search)[:4], *parts, "--out", out) == 0
    names = ["best.yaml", "provenance.json", "search.pdf", "search.png", "trials.csv"]
    assert sorted(path.name for path in out.iterdir()) == names
    table = trials_of(out)
    assert table.state.tolist() == ["complete", "complete"]
    assert "best of 2 trials: number" in capsys.readouterr().out
    card = shutil.copy(out / "best.yaml", search.tagger("tuned"))
    assert Tagger.load(card).title == "Dense, tuned"
    model = search.root / "model"
    assert (
        run("train", card, toy.card, toy.summary, "--out", model, *toy.parts, "--epochs", 3, "--seed", SMALL["seed"])
        == 0
    )
    history = pd.read_csv(model / "history.csv")
    assert history.val_loss.min() == pytest.approx(table.loss.min(), abs=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_search_that_was_stopped_during_a_trial_finds_the_same(toy, search, number):
    write_card(search.search, SMALL | {"trials": 3, "pruning": {"trials": 100}})
    undisturbed, journal = search.root / "undisturbed", search.root / "journal.log"
    assert run(*command(toy, search)[:3], undisturbed / "journal.log", *toy.parts, "--out", undisturbed / "result") == 0
    process = subprocess.Popen(
        [sys.executable, "-m", "tagwerk", *map(str, command(toy, search))], stderr=subprocess.PIPE, text=True
    )
    wait_for(lambda: journal.exists() and journal.read_bytes().count(b'"worker":') == 2)
    if number == signal.SIGKILL:
        wait_for(lambda: not list(search.root.glob("*.lock")))  # a remaining lock would be waited for, half a minute
    process.send_signal(number)
    last_line = process.communicate()[1].splitlines()[-1]
    if number == signal.SIGTERM:
        assert process.returncode == 143
        assert last_line.startswith("tagwerk: stopped by SIGTERM")
        assert not list(search.root.glob("*.worker-*"))
    expire_heartbeats(journal)
    assert run(*command(toy, search, "--out", search.root / "result")) == 0
    trials, expected = (trials_of(folder / "result") for folder in (search.root, undisturbed))
    assert trials.number.tolist() == [0, 2, 3]
    pd.testing.assert_frame_equal(*(each.drop(columns=["number", "seconds"]) for each in (trials, expected)))
    names = ["jets", "config", "journal.log", "journal.log.losses", "result", "undisturbed"]
    assert {path.name for path in search.root.iterdir()} <= set(names)


def refused(toy, search, failed, *options):
    return failed(*command(toy, search, *options))


def test_a_finished_search_writes_its_result_and_another_search_is_refused(toy, search, failed, capsys):
    assert run(*command(toy, search)) == 0
    journal = (search.root / "journal.log").read_bytes()
    capsys.readouterr()
    assert run(*command(toy, search, "--out", search.root / "result")) == 0
    assert "trial" not in capsys.readouterr().err
    assert (search.root / "journal.log").read_bytes() == journal

    def difference():
        line = refused(toy, search, failed)
        assert (search.root / "journal.log").read_bytes() == journal
        prefix = f"tagwerk: {search.root / 'journal.log'}: belongs to a search with another "
        return line.removeprefix(prefix).split(";")[0]

    write_card(search.search, SMALL | {"space": {WIDTHS: {"choices": [[5], [8]]}}})
    assert difference() == "'space', 'random_trials' or 'pruning' in its card"
    write_card(search.search, SMALL | {"seed": 9})
    assert difference() == "seed"
    write_card(search.search, SMALL | {"training_jets": 20})
    assert difference() == "dataset"
    write_card(search.search, SMALL)
    study = search.study.read_text()
    search.study.write_text(study.replace("epochs: 3", "epochs: 4"))
    assert difference() == "number of epochs"
    search.study.write_text(study)
    tagger = search.tagger("dense").read_text()
    search.tagger("dense").write_text(tagger.replace("learning_rate: 0.02", "learning_rate: 0.03"))
    assert difference() == "tagger card"
    search.tagger("dense").write_text(tagger.replace("#7a21dd", "#000000"))
    assert run(*command(toy, search)) == 0
    assert f"tagwerk: {search.root / 'journal.log'}: belongs to a search with another dataset" in failed(
        *command(toy, search)[:4], toy.parts[0]
    )


def test_one_of_several_taggers_is_searched_by_its_own_journal(toy, search, failed):
    card = {key: value for key, value in SMALL.items() if key != "tagger"}
    write_card(search.search, card | {"taggers": ["dense", "wide"]})
    write_card(search.tagger("wide"), DENSE | {"hyperparameters": {"dense": [8, 8]}, "title": "Wide"})
    assert "has several taggers; name one of them with --tagger" in refused(toy, search, failed)
    assert run(*command(toy, search, "--tagger", "wide", "--out", search.root / "result")) == 0
    assert Tagger.load(search.root / "result/best.yaml").title == "Wide, tuned"
    assert "belongs to a search with another tagger card" in refused(toy, search, failed, "--tagger", "dense")


def test_tune_reports_mistakes_before_any_training(toy, search, failed):
    missing = search.root / "missing"
    assert f"{missing}: no such card" in failed("tune", missing, *command(toy, search)[2:])
    assert f"{missing}: no such file" in failed("tune", search.search, missing, *command(toy, search)[3:])
    assert "missing/train.parquet: no such file" in failed(*command(toy, search)[:4], missing)
    write_card(search.search, SMALL | {"space": {"training.learning_rate": {"low": 1, "high": 0.1}}})
    line = refused(toy, search, failed)
    assert line.startswith(f"tagwerk: {search.search}: key 'space.training.learning_rate': 'low' is 1 and 'high' 0.1")
    assert not (search.root / "journal.log").exists()
