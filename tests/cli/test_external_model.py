"""A file of a trained model in the stages after one another."""

import json

import numpy as np
import onnx
import pandas as pd
import pytest
from scipy.special import softmax

from tagwerk.cards.load_study import load_cards
from tests.conftest import STUDY, run, write_card
from tests.training.conftest import load
from tests.training.onnx_models import CARD, SUMS, save_sums
from tests.training.test_onnx_runtime import sums_of


@pytest.fixture
def card(tmp_path):
    """The card of a model in a file."""
    model = {"file": str(save_sums(tmp_path / "sums.onnx")), "inputs": SUMS, "outputs": ["narrow", "wide"]}
    return write_card(tmp_path / "elsewhere.yaml", CARD | {"model": model})


def train(card, toy, out):
    return ["train", card, toy.card, toy.summary, *toy.parts, "--out", out]


def test_it_is_copied_and_scored(card, toy, tmp_path):
    model, scores = tmp_path / "model", tmp_path / "scores"
    assert run(*train(card, toy, model)) == 0
    assert (model / "model.onnx").read_bytes() == (tmp_path / "sums.onnx").read_bytes()
    assert {"model.onnx", "description.json"} <= set(json.loads((model / "training.json").read_text())["files"])
    (tmp_path / "sums.onnx").unlink()
    assert run("score", model, *toy.parts, "--out", scores) == 0
    found = pd.read_parquet(scores / "scores.parquet")[["p_narrow", "p_wide"]]
    np.testing.assert_allclose(found, softmax(sums_of(load(toy, "test")), axis=1), atol=1e-5)
    about = json.loads((scores / "about.json").read_text())
    assert (about["engine"], about["parameters"], about["training_jets"]) == ("onnx", 4, None)
    assert "onnxruntime" in about["versions"]


@pytest.mark.parametrize("name", ["model.onnx", "description.json"])
def test_an_edited_copy_is_refused(name, card, toy, tmp_path, failed):
    assert run(*train(card, toy, tmp_path / "model")) == 0
    path = tmp_path / "model" / name
    path.write_bytes(path.read_bytes() + b" ")
    line = failed("score", tmp_path / "model", *toy.parts, "--out", tmp_path / "scores")
    assert "its model cannot be read" in line
    assert not (tmp_path / "scores").exists()


@pytest.mark.parametrize("content", [b"", b"not a model"])
def test_a_file_that_is_none_leaves_nothing(content, card, toy, tmp_path, failed):
    (tmp_path / "sums.onnx").write_bytes(content)
    before = sorted(tmp_path.iterdir())
    line = failed(*train(card, toy, tmp_path / "model"))
    assert "elsewhere.yaml: key 'model': " in line
    assert "sums.onnx: is not an ONNX file, or damaged" in line
    assert sorted(tmp_path.iterdir()) == before


def test_a_model_that_onnx_runtime_refuses_leaves_nothing(card, toy, tmp_path, failed):
    model = onnx.load(tmp_path / "sums.onnx")
    model.graph.node[1].op_type = "MatMull"
    (tmp_path / "sums.onnx").write_bytes(model.SerializeToString())
    before = sorted(tmp_path.iterdir())
    line = failed(*train(card, toy, tmp_path / "model"))
    assert "sums.onnx: ONNX Runtime" in line
    assert "MatMull" in line
    assert sorted(tmp_path.iterdir()) == before


def test_it_is_not_exported_again(card, toy, tmp_path, failed):
    assert run(*train(card, toy, tmp_path / "model")) == 0
    line = failed("export", tmp_path / "model", tmp_path / "again.onnx")
    assert "model: 'elsewhere' is an ONNX file already: " in line
    assert not (tmp_path / "again.onnx").exists()


def test_an_exported_tagger_is_a_tagger_again(toy_runs, toy, tmp_path):
    file = tmp_path / "lstm.onnx"
    assert run("export", toy_runs / "lstm/model", file) == 0
    card = write_card(tmp_path / "again.yaml", CARD | {"model": {"file": str(file)}})
    assert run(*train(card, toy, tmp_path / "model")) == 0
    assert run("score", tmp_path / "model", *toy.parts, "--out", tmp_path / "scores") == 0
    tables = [pd.read_parquet(path / "scores.parquet") for path in (tmp_path / "scores", toy_runs / "lstm/scores")]
    columns = ["event", "label", "p_narrow", "p_wide"]
    np.testing.assert_allclose(*(table[columns] for table in tables), atol=1e-5)


def test_a_study_runs_it_once_at_its_largest_size(config, tmp_path):
    model = {"file": str(save_sums(tmp_path / "sums.onnx")), "inputs": SUMS, "outputs": ["narrow", "wide"]}
    write_card(config.tagger("elsewhere"), CARD | {"model": model})
    sizes = {"taggers": ["gru", "elsewhere"], "seeds": [4, 5], "training_jets": [30, 100]}
    write_card(config.study, STUDY | sizes)
    runs = load_cards(config.study).runs()
    assert [each for each in runs if each[0] == "elsewhere"] == [("elsewhere", 100, 4)]
    assert len(runs) == 5


def test_settings_of_a_study_are_for_taggers_that_are_trained(config, tmp_path):
    model = {"file": str(save_sums(tmp_path / "sums.onnx")), "inputs": SUMS, "outputs": ["narrow", "wide"]}
    write_card(config.tagger("elsewhere"), CARD | {"model": model})
    write_card(config.study, STUDY | {"taggers": ["gru", "elsewhere"], "training": {"batch_size": 7}})
    taggers = load_cards(config.study).taggers
    assert [taggers[name].training.batch_size for name in ("gru", "elsewhere")] == [7, 256]
