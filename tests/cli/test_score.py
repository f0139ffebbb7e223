import pandas as pd

from tests.conftest import DATASET, changed, run, write_card


def test_score_names_what_is_missing(toy, tmp_path, failed):
    line = failed("score", tmp_path / "model", tmp_path / "scores", *toy.parts)
    assert "model/training.json: no such file; run `tagwerk train` first" in line


def test_score_refuses_the_model_file_in_place_of_its_directory(studied, toy, tmp_path, failed):
    file = studied / "lstm/model/model.keras"
    assert str(file) in failed("score", file, tmp_path / "scores", *toy.parts)


def test_score_refuses_a_split_that_does_not_exist(studied, toy, tmp_path, capsys):
    assert run("score", studied / "lstm/model", tmp_path / "scores", *toy.parts, "--split", "tset") == 2
    said = capsys.readouterr().err
    assert all(name in said for name in ("tset", "train", "validation", "test"))


def test_score_takes_another_split(studied, toy, tmp_path):
    assert run("score", studied / "boosted_trees/model", tmp_path / "scores", *toy.parts, "--split", "validation") == 0
    expected = sum(toy.load()[1].counts["validation"].values())
    assert len(pd.read_parquet(tmp_path / "scores/scores.parquet")) == expected


def test_a_part_without_test_jets_is_no_hindrance(studied, toy, tmp_path):
    card = write_card(tmp_path / "toy.yaml", changed(DATASET, "selection", "event == 0"))
    assert run("ingest", toy.files[0], card, tmp_path / "few") == 0
    for tagger in ("lstm", "boosted_trees"):
        assert run("score", studied / tagger / "model", tmp_path / tagger, *toy.parts, tmp_path / "few") == 0
        expected = sum(toy.load()[1].counts["test"].values())
        assert len(pd.read_parquet(tmp_path / tagger / "scores.parquet")) == expected
