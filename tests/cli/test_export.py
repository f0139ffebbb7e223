import json

import numpy as np
import onnx
import pandas as pd
import pytest

from tests.conftest import run
from tests.exports.conftest import Session
from tests.training.conftest import load


@pytest.mark.parametrize("tagger", ["lstm", "boosted_trees"])
def test_an_exported_model_scores_the_test_jets_as_score_does(tagger, toy_runs, toy, tmp_path):
    out = tmp_path / f"{tagger}.onnx"
    assert run("export", toy_runs / tagger / "model", out) == 0
    model, jets = onnx.load(out), load(toy, "test", tagger)
    found = Session(model)(jets.inputs(np.arange(len(jets)), max(jets.lengths())))
    scores = pd.read_parquet(toy_runs / tagger / "scores/scores.parquet")
    np.testing.assert_allclose(found, scores[["p_narrow", "p_wide"]], atol=1e-5)


def test_the_file_says_what_to_feed_and_needs_no_recent_runtime(toy_runs, tmp_path):
    out = tmp_path / "lstm.onnx"
    assert run("export", toy_runs / "lstm/model", out) == 0
    model = onnx.load(out)
    about = json.loads({each.key: each.value for each in model.metadata_props}["tagwerk"])
    assert about["classes"] == ["narrow", "wide"]
    assert about["sequences"]["constituents"]["columns"][:4] == ["pt", "eta", "phi", "energy"]
    assert about["sequences"]["constituents"]["key"] == "pt"
    assert {(each.domain, each.version) for each in model.opset_import} == {("", 17), ("ai.onnx.ml", 3)}
    assert {node.op_type for node in model.graph.node} & {"LSTM"}
    assert model.ir_version == 8


def test_export_does_not_replace_a_file(toy_runs, tmp_path, failed):
    out = tmp_path / "lstm.onnx"
    out.write_bytes(b"")
    line = failed("export", toy_runs / "lstm/model", out)
    assert f"{out}: already exists; choose another name or remove it" in line
    assert out.read_bytes() == b""


def test_export_names_what_is_missing(tmp_path, failed):
    line = failed("export", tmp_path / "model", tmp_path / "lstm.onnx")
    assert "model/training.json: no such file; run `tagwerk train` first" in line
    assert not [*tmp_path.iterdir()]
