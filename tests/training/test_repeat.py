"""The same command in this process and in a fresh one gives identical numbers."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from tagwerk.training.model import load_model
from tests.conftest import train_and_score

pytestmark = pytest.mark.slow

TAGGERS = ["lstm", "gru", "boosted_trees"]
# One process for all commands, since importing TensorFlow takes seconds.
COMMANDS = """
import json, sys
from tagwerk.cli import main
for sys.argv in json.load(sys.stdin):
    try:
        main()
    except SystemExit as end:
        assert not end.code, sys.argv
"""


@pytest.fixture(scope="module")
def again(toy_runs, toy, tmp_path_factory):
    """A folder with models and scores from the same commands in another process."""
    folder = tmp_path_factory.mktemp("again")
    commands = [["tagwerk", *map(str, each)] for tagger in TAGGERS for each in train_and_score(toy, tagger, folder)]
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS], input=json.dumps(commands), text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("tagger", TAGGERS)
def test_scores_are_identical(toy_runs, again, tagger):
    first, second = (pd.read_parquet(folder / tagger / "scores/scores.parquet") for folder in (toy_runs, again))
    pd.testing.assert_frame_equal(first, second, check_exact=True)


@pytest.mark.parametrize("tagger", TAGGERS)
def test_losses_are_identical(toy_runs, again, tagger):
    first, second = (pd.read_csv(folder / tagger / "model/history.csv") for folder in (toy_runs, again))
    both = [each.drop(columns="seconds", errors="ignore") for each in (first, second)]
    pd.testing.assert_frame_equal(*both, check_exact=True)


@pytest.mark.parametrize("tagger", ["lstm", "gru"])
def test_weights_are_identical(toy_runs, again, tagger):
    models = [load_model(folder / tagger / "model").model for folder in (toy_runs, again)]
    for first, second in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_array_equal(first, second, strict=True)
