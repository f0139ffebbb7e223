import pandas as pd

from tests.conftest import DATASET, changed, run, write_card


def test_score_names_what_is_missing(toy, tmp_path, failed):
    line = failed("score", tmp_path / "model", "--out", tmp_path / "scores", *toy.parts)
    assert "model/training.json: no such file; run `tagwerk train` first" in line


def test_score_refuses_a_model_file_instead_of_its_directory(toy_runs, toy, tmp_path, failed):
    file = toy_runs / "lstm/model/model.keras"
    assert str(file) in failed("score", file, "--out", tmp_path / "scores", *toy.parts)


def test_score_refuses_an_unknown_split(toy_runs, toy, tmp_path, capsys):
    assert run("score", toy_runs / "lstm/model", "--out", tmp_path / "scores", *toy.parts, "--split", "tset") == 2
    message = capsys.readouterr().err
    assert all(name in message for name in ("tset", "train", "validation", "test"))


def test_score_can_use_another_split(toy_runs, toy, tmp_path):
    assert (
        run(
            "score", toy_runs / "boosted_trees/model", "--out", tmp_path / "scores", *toy.parts, "--split", "validation"
        )
        == 0
    )
    expected = sum(toy.load()[1].counts["validation"].values())
    assert len(pd.read_parquet(tmp_path / "scores/scores.parquet")) == expected


def test_score_can_use_all_jets_of_a_sample_that_the_model_was_not_trained_on(toy_runs, toy, tmp_path):
    out = tmp_path / "scores"
    assert run("score", toy_runs / "boosted_trees/model", "--out", out, *toy.parts, "--split", "all") == 0
    counts = toy.load()[1].counts
    assert len(pd.read_parquet(out / "scores.parquet")) == sum(sum(each.values()) for each in counts.values())
    assert not (out / "validation.parquet").exists()


def test_a_part_may_have_no_test_jets(toy_runs, toy, tmp_path):
    card = write_card(tmp_path / "toy.yaml", changed(DATASET, "selection", "event == 0"))
    assert run("ingest", card, toy.files[0], "--out", tmp_path / "few") == 0
    for tagger in ("lstm", "boosted_trees"):
        assert run("score", toy_runs / tagger / "model", "--out", tmp_path / tagger, *toy.parts, tmp_path / "few") == 0
        expected = sum(toy.load()[1].counts["test"].values())
        assert len(pd.read_parquet(tmp_path / tagger / "scores.parquet")) == expected
