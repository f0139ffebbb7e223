"""A search in the workflow: several jobs on one journal, which outlives them."""

import shutil

import pandas as pd
import pytest
import yaml

from tests.workflow.conftest import Project

pytestmark = pytest.mark.long
RESULT = "results/searches/small/result"
SEARCH = {
    "title": "Small search",
    "tagger": "lstm",
    "study": "small",
    "trials": 2,
    "workers": 2,
    "space": {"hyperparameters.dropout": {"low": 0.0, "high": 0.5}},
}
TUNED = ("search=small", "--", "tuned")


@pytest.fixture(scope="module")
def small_search(small_study: Project) -> Project:
    """The search alone, without the trainings of the study."""
    shutil.rmtree(small_study.path / "results/studies")
    cards = small_study.path / "config/searches"
    cards.mkdir(exist_ok=True)
    (cards / "small.yaml").write_text(yaml.safe_dump(SEARCH))
    small_study.snakemake(*TUNED)
    return small_study


def test_jobs_share_the_trials_and_the_best_card_is_a_tagger(small_search: Project) -> None:
    table = pd.read_csv(small_search.path / RESULT / "trials.csv")
    assert len(table) == 2
    assert sorted(path.name for path in (small_search.path / "results/searches/small/workers").iterdir()) == [
        "1.done",
        "2.done",
    ]
    best = yaml.safe_load((small_search.path / RESULT / "best.yaml").read_text())
    lowest = table.loc[table[table.state == "complete"].loss.idxmin()]
    assert best["hyperparameters"]["dropout"] == lowest["hyperparameters.dropout"]
    assert best["title"] == "LSTM, tuned"


def test_a_second_run_does_nothing(small_search: Project) -> None:
    assert "Nothing to be done" in small_search.snakemake("search=small", "--dry-run", "--", "tuned")


def test_an_extended_search_keeps_its_trials(small_search: Project) -> None:
    before = pd.read_csv(small_search.path / RESULT / "trials.csv")
    small_search.edit("searches/small.yaml", trials=3)
    small_search.snakemake(*TUNED)
    after = pd.read_csv(small_search.path / RESULT / "trials.csv")
    assert len(after) == 3
    assert after.loc[:1, ["number", "loss", "seconds"]].equals(before[["number", "loss", "seconds"]])


def test_several_taggers_have_a_journal_and_a_result_each(small_search: Project) -> None:
    card = {key: value for key, value in SEARCH.items() if key not in ("tagger", "trials")}
    several = card | {"taggers": ["lstm", "gru"], "trials": 1, "workers": 1}
    (small_search.path / "config/searches/several.yaml").write_text(yaml.safe_dump(several))
    small_search.snakemake("search=several", "--", "tuned")
    results = small_search.path / "results/searches/several"
    for tagger, title in (("lstm", "LSTM, tuned"), ("gru", "GRU, tuned")):
        assert (results / tagger / "journal.log").is_file()
        assert yaml.safe_load((results / tagger / "result/best.yaml").read_text())["title"] == title
    assert "Nothing to be done" in small_search.snakemake("search=several", "--dry-run", "--", "tuned")


def test_a_wrong_search_card_stops_before_any_work_with_one_line(small_search: Project) -> None:
    wrong = small_search.path / "config/searches/wrong.yaml"
    wrong.write_text(yaml.safe_dump(SEARCH | {"trial": 3}))
    run = small_search.run("snakemake", "tuned", "--cores", "1", "--config", "study=small", "search=wrong")
    wrong.unlink()
    mistakes = [line for line in run.stdout.splitlines() if "wrong.yaml" in line]
    assert run.returncode != 0
    assert mistakes == ["tagwerk: config/searches/wrong.yaml: unknown key 'trial' (value 3); did you mean 'trials'?"]
    assert "Traceback" not in run.stdout


def test_the_target_without_a_search_says_what_to_set(small_search: Project) -> None:
    run = small_search.run("snakemake", "tuned", "--cores", "1", "--config", "study=small")
    assert run.returncode != 0
    assert "tagwerk: key 'search' is missing; name a card in config/searches" in run.stdout
