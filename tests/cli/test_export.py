import json

import numpy as np
import onnx
import pandas as pd
import pytest

from tagwerk.training.model import load_model
from tests.conftest import run
from tests.exports.conftest import Session
from tests.exports.layouts.athena import SaltModel
from tests.exports.layouts.cmssw import JetTags, tag_info
from tests.exports.layouts.layout_jets import in_athena, in_cmssw
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


CLASSES = ["p_narrow", "p_wide"]


@pytest.fixture
def test_jets(toy):
    """The first test jets of the toy study, as a batch."""
    jets = load(toy, "test", "lstm")
    return jets.inputs(np.arange(50), max(jets.lengths()))


def test_athena_scores_the_test_jets_as_score_does(toy_runs, test_jets, tmp_path):
    out = tmp_path / "lstm.onnx"
    options = ["--layout", "atlas", "--model-name", "Toy", "--name", "charge=isCharged"]
    assert run("export", toy_runs / "lstm/model", out, *options) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"lstm.onnx", "lstm.onnx.provenance.json"}
    model, scores = SaltModel(onnx.load(out)), pd.read_parquet(toy_runs / "lstm/scores/scores.parquet")[CLASSES]
    events = in_athena(load_model(toy_runs / "lstm/model"), test_jets, "flows", {"charge": "isCharged"}, seed=1)
    for each, expected in zip(events, scores.to_numpy(), strict=False):
        found = model.decorate(*each)
        np.testing.assert_allclose([found["Toy_pnarrow"], found["Toy_pwide"]], expected, atol=1e-5)


def test_cmssw_scores_the_test_jets_as_score_does(toy_runs, test_jets, tmp_path):
    out = tmp_path / "lstm.onnx"
    assert run("export", toy_runs / "lstm/model", out, "--layout", "cms", "--name", "charge=charge") == 0
    written = {path.name for path in tmp_path.iterdir()}
    assert written == {"lstm.onnx", "lstm.json", "lstm.onnx.provenance.json"}
    tags = JetTags(onnx.load(out), out.with_suffix(".json").read_text())
    scores = pd.read_parquet(toy_runs / "lstm/scores/scores.parquet")[CLASSES].to_numpy()
    trained = load_model(toy_runs / "lstm/model")
    charges = test_jets["constituents"][..., trained.record.schema_.sequences["constituents"].index("charge")]
    events = in_cmssw(trained, test_jets, charges, {"charge": "charge"}, seed=1)
    for (jet, candidates), expected in zip(events, scores, strict=False):
        found = tags(tag_info(jet, candidates))
        np.testing.assert_allclose(found, expected if candidates else 0, atol=1e-5)


def test_no_file_of_a_pair_is_replaced(toy_runs, tmp_path, failed):
    preprocess = tmp_path / "lstm.json"
    preprocess.write_text("mine")
    line = failed("export", toy_runs / "lstm/model", tmp_path / "lstm.onnx", "--layout", "cms")
    assert f"{preprocess}: already exists; choose another name or remove it" in line
    assert [*tmp_path.iterdir()] == [preprocess]
    assert preprocess.read_text() == "mine"


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--name", "d0=d0"], "--name, --model-name and --selected are for --layout atlas and cms; leave them out"),
        (["--selected"], "--name, --model-name and --selected are for --layout atlas and cms; leave them out"),
        (["--layout", "cms", "--model-name", "Toy"], "--model-name is for --layout atlas; leave it out"),
        (["--layout", "cms", "--name", "d0"], "--name 'd0': give each sequence or variable once, as OURS=THEIRS"),
        (["--layout", "cms", "--name", "d0="], "--name 'd0=': give each sequence or variable once, as OURS=THEIRS"),
        (["--layout", "cms", "--name", "a=b", "--name", "a=c"], "--name 'a=c': give each sequence or variable once"),
        (
            ["--layout", "atlas", "--name", "constituents=jets"],
            "model: layout 'atlas': say what ATLAS's software calls",
        ),
        (
            ["--layout", "cms", "--name", "constituents=jets"],
            "model: layout 'cms': say with --name constituents=pfcands",
        ),
    ],
)
def test_what_a_layout_cannot_carry_is_one_line_and_writes_nothing(options, line, toy_runs, tmp_path, failed):
    assert line in failed("export", toy_runs / "lstm/model", tmp_path / "lstm.onnx", *options)
    assert not [*tmp_path.iterdir()]


def test_the_json_has_a_name_of_its_own(toy_runs, tmp_path, failed):
    out = tmp_path / "lstm.json"
    line = failed("export", toy_runs / "lstm/model", out, "--layout", "cms")
    assert (
        f"{out}: is the name of the preprocessing file; name the model otherwise, such as {tmp_path}/lstm.onnx" in line
    )


def test_boosted_trees_of_substructure_are_refused(toy_runs, tmp_path, failed):
    line = failed("export", toy_runs / "boosted_trees/model", tmp_path / "trees.onnx", "--layout", "cms")
    assert "model: layout 'cms': tagger 'boosted_trees' sees the jet variable '" in line
    assert not [*tmp_path.iterdir()]
