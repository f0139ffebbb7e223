"""The scores of a large dataset, made by chunk."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tagwerk.scores.joining import joined
from tagwerk.scores.metadata import ScoreMetadata
from tagwerk.scores.tagger_run import Run
from tests.conftest import DATASET, changed, run, write_card

FILES = ("scores.parquet", "validation.parquet")


@pytest.fixture(scope="module")
def parts(toy, tmp_path_factory):
    """A list of 70 parts, in two chunks: copies of two parts."""
    folder = tmp_path_factory.mktemp("parts")
    for index in range(70):
        shutil.copytree(toy.parts[index % 2], folder / f"jets/{index:02d}", copy_function=shutil.copy)
    (folder / "parts.txt").write_text("".join(f"{part}\n" for part in sorted((folder / "jets").iterdir())))
    return f"@{folder}/parts.txt"


@pytest.mark.parametrize("tagger", ["lstm", "boosted_trees"])
def test_the_scores_by_chunk_are_those_of_one_process_to_the_last_bit(toy_runs, parts, tmp_path, tagger):
    model = toy_runs / tagger / "model"
    for chunk in (1, 2):
        assert run("score", model, parts, "--out", tmp_path / f"chunks/{chunk}", "--chunk", chunk) == 0
    assert run("score", model, parts, "--out", tmp_path / "joined", "--chunks", tmp_path / "chunks") == 0
    assert run("score", model, parts, "--out", tmp_path / "whole") == 0
    for name in FILES:
        assert (tmp_path / "joined" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    joined, whole = (json.loads((tmp_path / folder / "about.json").read_text()) for folder in ("joined", "whole"))
    times = ("seconds", "jets_per_second", "sha256")
    assert {key: joined[key] for key in joined if key not in times} == {
        key: whole[key] for key in whole if key not in times
    }


def test_a_chunk_may_have_no_jets(toy_runs, toy, tmp_path):
    """Where files are for training alone."""
    card = write_card(tmp_path / "toy.yaml", changed(DATASET, "selection", "event == 0"))
    assert run("ingest", card, toy.files[0], "--out", tmp_path / "few") == 0
    parts = [shutil.copytree(toy.parts[index % 2], tmp_path / f"jets/{index}") for index in range(64)]
    model, parts = toy_runs / "boosted_trees/model", [*parts, tmp_path / "few"]
    for chunk in (1, 2):
        assert run("score", model, *parts, "--out", tmp_path / f"chunks/{chunk}", "--chunk", chunk) == 0
    assert run("score", model, *parts, "--out", tmp_path / "joined", "--chunks", tmp_path / "chunks") == 0
    assert len(pd.read_parquet(tmp_path / "chunks/2/scores.parquet")) == 0
    whole = pd.read_parquet(tmp_path / "chunks/1/scores.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "joined/scores.parquet"), whole)


def test_the_labels_of_constituents_stay_with_their_jets():
    chunks = [run_of(2, [0, 1, 1]), run_of(3, [0, 2])]
    assert joined(chunks).constituents["jet"].tolist() == [0, 1, 1, 2, 4]
    assert joined(chunks).about.jets == 5


def run_of(jets, labelled):
    """A run of some jets, with constituents of these jets."""
    about = ScoreMetadata(
        tagger="lstm", seed=1, engine="keras", parameters=1, training_jets=1, training_seconds=1, epochs=1, jets=jets,
        seconds=2, jets_per_second=jets / 2, threads=1, versions={},
    )  # fmt: skip
    scores = pd.DataFrame({"event": np.arange(jets), "p_top": np.linspace(0, 1, jets)})
    return Run(Path("chunk"), about, scores, None, constituents=pd.DataFrame({"jet": labelled, "truth": 0}))


def test_chunks_of_different_trainings_are_refused(toy_runs, toy, tmp_path, capsys):
    parts = [shutil.copytree(toy.parts[0], tmp_path / f"jets/{index}") for index in range(65)]
    for chunk, tagger in ((1, "lstm"), (2, "boosted_trees")):
        scores = tmp_path / f"chunks/{chunk}"
        assert run("score", toy_runs / tagger / "model", *parts, "--out", scores, "--chunk", chunk) == 0
    arguments = [toy_runs / "lstm/model", *parts, "--out", tmp_path / "joined", "--chunks", tmp_path / "chunks"]
    assert run("score", *arguments) == 2
    assert f"{tmp_path}/chunks/2: of another training than {tmp_path}/chunks/1" in capsys.readouterr().err
