"""The whole workflow on 800 jets: what it writes, and what it runs again."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from tests.workflow.conftest import SEEDS, Project

pytestmark = pytest.mark.slow
TAGGERS = ("boosted_trees", "lstm", "gru")


def scores(project: Project, tagger: str) -> pd.DataFrame:
    return pd.read_parquet(project.path / SEEDS.format(tagger) / "scores/scores.parquet")


def test_report_is_one_page_that_needs_no_network(small_study: Project) -> None:
    page = (small_study.path / "results/studies/small/report.html").read_text()
    assert "data:image" in page
    assert 'src="http' not in page
    assert "@import" not in page


def test_every_tagger_scored_the_same_jets_in_the_same_order(small_study: Project) -> None:
    tables = [scores(small_study, tagger) for tagger in TAGGERS]
    for table in tables[1:]:
        pd.testing.assert_frame_equal(table[["event", "source", "label"]], tables[0][["event", "source", "label"]])


def test_no_event_is_in_two_splits(small_study: Project) -> None:
    splits = {
        split: {
            event
            for file in small_study.path.glob(f"results/datasets/top/jets/*/{split}.parquet")
            for event in pd.read_parquet(file, columns=["event"]).event
        }
        for split in ("train", "validation", "test")
    }
    assert sum(map(len, splits.values())) == 800 == len(set.union(*splits.values()))


def test_second_run_does_nothing(small_study: Project) -> None:
    assert small_study.due() == set()
