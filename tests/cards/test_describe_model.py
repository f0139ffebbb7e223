import json
import re
from pathlib import Path

import pytest
import yaml
from onnx import helper

from tagwerk.cards.describe_model import describe_model
from tagwerk.cards.external_model import ExternalModel
from tagwerk.cards.tagger import Tagger
from tagwerk.cards.tagger_inputs import check_inputs
from tagwerk.errors import UserError
from tests.conftest import write_card
from tests.training.onnx_models import CARD, COLUMNS, SUMS, WEAVER, save, save_sums
from tests.training.test_onnx_runtime import OUTPUTS, SALT, VARIABLES, salt_model

NAMES = ["narrow", "wide"]


@pytest.fixture
def message(tmp_path):
    """Return the message for a card with this section `model`, without the card's path."""

    def load(model, dataset=None):
        path = write_card(tmp_path / "card.yaml", CARD | {"model": model})
        with pytest.raises(UserError) as error:
            check_inputs(path, Tagger.load(path), dataset, "toy")
        assert str(error.value).startswith(f"{path}: ")
        assert "\n" not in str(error.value)
        return str(error.value).removeprefix(f"{path}: ")

    return load


@pytest.fixture
def sums(tmp_path):
    return {"file": str(save_sums(tmp_path / "sums.onnx")), "inputs": SUMS, "outputs": NAMES}


def test_the_inputs_of_a_card_follow_from_its_columns(sums, tmp_path):
    columns = ["constituents.d0 * constituents.mask", "log(jet.mass / constituents.pt)"]
    sums["inputs"] = {"x": {"columns": columns}}
    card = Tagger.load(write_card(tmp_path / "card.yaml", CARD | {"model": sums}))
    assert card.inputs.sequences == {"constituents": ["d0", "pt"]}
    assert card.inputs.scalars == ["mass"]


def test_the_record_of_a_model_needs_no_file(sums, tmp_path):
    card = Tagger.load(write_card(tmp_path / "card.yaml", CARD | {"model": sums}))
    (tmp_path / "sums.onnx").unlink()
    assert Tagger.model_validate_json(card.model_dump_json()) == card


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"file": "x.onnx"}, ["key 'model': x.onnx: No such file"]),
        ({"fiel": "x"}, ["unknown key 'fiel' (value 'x'); did you mean 'file'? (in 'model')"]),
        ({"inputs": {}}, ["sums.onnx: does not say what its inputs x are; describe each in the key 'model.inputs'"]),
        (
            {"inputs": {"y": SUMS["x"]}},
            ["key 'model.inputs': there is no input 'y' in the file; known: x"],
        ),
        (
            {"inputs": {"x": {"columns": COLUMNS[:1], "axes": SUMS["x"]["axes"]}}},
            ["sums.onnx, input 'x': takes 2 columns, but 1 are given"],
        ),
        ({"inputs": {"x": {"columns": ["log_pt"]}}}, ["'log_pt' is neither jet.<variable> nor <sequence>.<feature>"]),
        ({"inputs": {"x": {"columns": ["a.pt", "b.pt"]}}}, ["input", "has columns of a and b; an input is of one"]),
        ({"inputs": {"x": {"columns": ["pt +"]}}}, ["key 'model.inputs.x.columns.0'", "missing at the end"]),
        ({"inputs": {"x": SUMS["x"] | {"axes": ["jets", "columns"]}}}, ["has 3 axes in the file, [any, any, 2], not"]),
        ({"inputs": {"x": SUMS["x"] | {"min_length": 9, "max_length": 3}}}, ["min_length 9 is larger than max_length"]),
        ({"outputs": []}, ["key 'model.outputs' is missing; name the class of each output (scores)"]),
        ({"outputs": ["narrow", "wide", "w"]}, ["'scores' has 2 columns, but 3 are named"]),
        ({"outputs": ["narrow", "narrow"]}, ["key 'model.outputs': class 'narrow' is duplicated"]),
        ({"outputs": {"narrow": "score"}}, ["there is no output 'score'; did you mean 'scores'?"]),
        ({"output": "softmax"}, ["key 'model.output': there is no output 'softmax'; known: scores"]),
        ({"outputs": ["narrow", "broad"]}, ["there is no 'broad' among the classes of dataset 'toy'"]),
        ({"outputs": ["narrow", None]}, ["class 'wide' of dataset 'toy' has no output; name it"]),
        ({"empty_jets": {"narrow": 0.5}}, ["key 'empty_jets': 0.5 is not a sum of one"]),
        ({"empty_jets": {"broad": 1}}, ["key 'model.empty_jets': there is no 'broad'"]),
        ({"preprocess": "x.json"}, ["keys 'preprocess' and 'inputs' are both given"]),
        ({"variables": {"a": "jet.pt"}}, ["keys 'variables' and 'inputs' are both given"]),
        ({"inputs": {"x": {"columns": ["tracks.pt", "tracks.eta"]}}}, ["key 'model': there is no 'tracks' in dataset"]),
        (
            {"inputs": {"x": {"columns": ["constituents.d0", "constituents.eta"]}}},
            ["key 'model': there is no 'd0' in dataset 'toy'"],
        ),
        (
            {"inputs": {"x": {"columns": ["jet.tau21", "constituents.eta"]}}},
            ["key 'model': there is no 'tau21' in dataset 'toy'; add it to the key 'substructure'"],
        ),
    ],
)
def test_a_card_that_does_not_fit_is_refused_in_one_line(changes, parts, sums, message, toy):
    text = message(sums | changes, toy.load()[0])
    assert [part for part in parts if part not in text] == [], text


@pytest.mark.parametrize("key", ["inputs", "hyperparameters", "training"])
def test_keys_of_trained_taggers_are_refused(key, sums, tmp_path):
    path = write_card(tmp_path / "card.yaml", CARD | {"model": sums, key: {}})
    with pytest.raises(UserError, match=f"key '{key}': a file is scored as it is; drop the key"):
        Tagger.load(path)


def test_only_files_have_a_model(sums, tmp_path):
    with pytest.raises(UserError, match="key 'model' is missing; add it"):
        Tagger.load(write_card(tmp_path / "card.yaml", CARD))
    card = CARD | {"architecture": "boosted_trees", "inputs": {"scalars": ["mass"]}, "model": sums}
    with pytest.raises(UserError, match="key 'model' is for architecture 'onnx', not 'boosted_trees'"):
        Tagger.load(write_card(tmp_path / "card.yaml", card))


WEAVERS = {
    "file": str(WEAVER / "particle_net.onnx"), "preprocess": str(WEAVER / "preprocess.json"), "variables": VARIABLES,
    "outputs": OUTPUTS,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"variables": {}}, ["key 'model.variables': 'part_deta' of input 'pf_points' has no expression; add it"]),
        ({"variables": VARIABLES | {"part_ptlog": "jet.pt"}}, ["no variable 'part_ptlog'; did you mean 'part_pt_log'"]),
        ({"variables": VARIABLES | {"part_mask": "1"}}, ["input 'pf_mask': takes constituents, but no column names"]),
        ({"outputs": {"top": "label_tip"}}, ["there is no output 'label_tip'; did you mean 'label_top'?"]),
        ({"outputs": ["top"]}, ["key 'model.outputs': 'softmax' has 2 columns, but 1 are named"]),
        ({"preprocess": "none.json"}, ["none.json: No such file or directory; correct the key 'model.preprocess'"]),
        ({"preprocess": str(WEAVER / "scores.json")}, ["scores.json: is no preprocess.json of weaver"]),
        ({"preprocess": str(WEAVER / "jets.root")}, ["jets.root: is not JSON"]),
    ],
)
def test_a_card_that_does_not_fit_weavers_files_is_refused(changes, parts, message):
    text = message(WEAVERS | changes)
    assert [part for part in parts if part not in text] == [], text


@pytest.mark.parametrize(
    ("metadata", "variables", "part"),
    [
        ({}, SALT | {"deta": "tracks.eta"}, "key 'model.variables': input 'track_features': has columns of"),
        ({}, {}, "'pt' of input 'jet_features' has no expression"),
        ({"gnn_config": "{"}, SALT, "its metadata 'gnn_config' are damaged; describe its inputs"),
        ({"gnn_config": "{}"}, SALT, "its metadata 'gnn_config' describe 0 inputs, but it has 2"),
    ],
)
def test_a_card_that_does_not_fit_salts_file_is_refused(metadata, variables, part, message, tmp_path):
    file = salt_model(tmp_path / "network.onnx", **metadata)
    outputs = {"narrow": "GN2_pn", "wide": "GN2_pw"}
    assert part in message({"file": str(file), "variables": variables, "outputs": outputs})


def test_damaged_metadata_of_tagwerk_are_named(tmp_path, message):
    file = save_sums(tmp_path / "sums.onnx", metadata={"tagwerk": json.dumps({"classes": "x"})})
    assert "sums.onnx: its metadata 'tagwerk' are damaged; export the model again" in message({"file": str(file)})


def test_a_file_in_the_layout_of_an_experiment_is_refused(tmp_path, message):
    about = {"classes": ["narrow", "wide"], "jet": ["pt"], "layout": "atlas"}
    file = save_sums(tmp_path / "sums.onnx", metadata={"tagwerk": json.dumps(about), "gnn_config": "{}"})
    expected = "sums.onnx: is in the layout 'atlas'; export the model in the layout 'tagwerk'"
    assert expected in message({"file": str(file)})


PAGE = (Path(__file__).parents[2] / "docs/other_frameworks.md").read_text(encoding="utf-8")
CARDS = [yaml.safe_load(text)["model"] for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]


def test_the_card_for_weaver_in_the_documentation_has_the_expressions_that_are_tested():
    (model,) = (each for each in CARDS if "preprocess" in each)
    assert model["variables"] == {name: each for name, each in VARIABLES.items() if name != "part_d0"}
    ExternalModel.model_validate(model)


def test_the_card_for_salt_in_the_documentation_fits_such_a_file(tmp_path):
    (model,) = (each for each in CARDS if "GN2_pb" in str(each))
    names = [{"name": name} for name in model["variables"]]
    about = {
        "inputs": [{"name": "j", "variables": names[:2]}],
        "input_sequences": [{"name": "t", "variables": names[2:]}],
    }
    nodes = [helper.make_node("Identity", ["jet_features"], [name]) for name in model["outputs"].values()]
    inputs = {"jet_features": [1, 2], "track_features": ["n_tracks", len(names) - 2]}
    outputs = dict.fromkeys(model["outputs"].values(), ())
    file = save(tmp_path / "network.onnx", nodes, inputs, outputs, metadata={"gnn_config": about})
    found = describe_model(ExternalModel.model_validate(model | {"file": str(file)}))
    assert found.single
    assert [feed.group for feed in found.feeds] == ["jet", "tracks"]
    assert found.classes == ["ujets", "cjets", "bjets"]


def test_the_card_for_another_file_in_the_documentation_fits_such_a_file(tmp_path):
    (model,) = (each for each in CARDS if "inputs" in each)
    nodes = [helper.make_node("Identity", ["jets"], ["scores"])]
    inputs = {"jets": ["n", 2], "particles": ["n", "t", 3], "mask": ["n", "t"]}
    file = save(tmp_path / "mine.onnx", nodes, inputs, {"scores": ["n", 2]})
    found = describe_model(ExternalModel.model_validate(model | {"file": str(file)}))
    assert [(feed.name, feed.group) for feed in found.feeds] == [
        ("jets", "jet"), ("particles", "constituents"), ("mask", "constituents"),
    ]  # fmt: skip
    assert not found.single


@pytest.mark.parametrize(
    ("shape", "given", "part"),
    [
        ([7, "t", 2], {}, "takes exactly 7 jets at a time; export the model with any number of them"),
        (["n", 2, 2], {}, "has axes [any, 2, 2] in the file, whose order is not clear; give its 'axes'"),
        (["n", "t", "f"], {}, "has axes [any, any, any] in the file, whose order is not clear; give its 'axes'"),
        (["n", 30, 2], {"max_length": 40}, "takes exactly 30 constituents, not 40; correct its lengths"),
        (["n", "t"], {}, "takes 1 columns, but 2 are given"),
    ],
)
def test_an_input_of_another_shape_is_named(shape, given, part, message, tmp_path):
    nodes = [helper.make_node("Identity", ["x"], ["scores"])]
    file = save(tmp_path / "x.onnx", nodes, {"x": shape}, {"scores": ["n", 2]})
    text = message({"file": str(file), "inputs": {"x": {"columns": COLUMNS} | given}, "outputs": NAMES})
    assert f"{text};".startswith(f"key 'model': {file}, input 'x': {part};")


@pytest.mark.parametrize(
    ("shape", "axes", "lengths", "single"),
    [
        (["n", "t", 2], ["jets", "constituents", "columns"], (None, None), False),
        (["n", 2, "t"], ["jets", "columns", "constituents"], (None, None), False),
        (["n", 2, 30], ["jets", "columns", "constituents"], (30, 30), False),
        ([1, 2, 30], ["jets", "columns", "constituents"], (30, 30), True),
        (["t", 2], ["constituents", "columns"], (None, None), True),
    ],
)
def test_axes_and_lengths_follow_from_an_unambiguous_shape(shape, axes, lengths, single, tmp_path):
    nodes = [helper.make_node("Identity", ["x"], ["scores"])]
    file = save(tmp_path / "x.onnx", nodes, {"x": shape}, {"scores": ["n", 2]})
    model = {"file": str(file), "inputs": {"x": {"columns": COLUMNS}}, "outputs": NAMES}
    found = describe_model(ExternalModel.model_validate(model))
    (feed,) = found.feeds
    assert (feed.axes, (feed.min_length, feed.max_length), found.single) == (axes, lengths, single)


def test_an_input_of_the_file_without_columns_is_named(tmp_path, message):
    nodes = [helper.make_node("Add", ["x", "mask"], ["scores"])]
    file = save(tmp_path / "x.onnx", nodes, {"x": ["n", "t", 2], "mask": ["n", "t", 1]}, {"scores": ["n", 2]})
    text = message({"file": str(file), "inputs": SUMS, "outputs": NAMES})
    assert text == "key 'model.inputs': the file's input 'mask' is missing; add it"


def test_columns_of_a_tree_are_those_of_its_merges(tmp_path, message):
    nodes = [helper.make_node("Identity", ["x"], ["scores"])]
    file = save(tmp_path / "x.onnx", nodes, {"x": ["n", "t", 2]}, {"scores": ["n", 2]})
    inputs = {"x": {"columns": ["constituents_kt.harder", "constituents_kt.lund_kt"]}}
    assert "there is no 'lund_kt' of the tree 'constituents_kt'" in message({"file": str(file), "inputs": inputs})
