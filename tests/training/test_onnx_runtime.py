"""Models in ONNX files give the scores that their own framework gives."""

import json

import numpy as np
import pytest
from onnx import helper
from scipy.special import expit, softmax

import tagwerk
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.input_columns import schema_of
from tagwerk.errors import UserError
from tagwerk.training import onnx_runtime
from tagwerk.training.task import Task
from tests.training.conftest import load, split_of
from tests.training.onnx_models import COLUMNS, SUMS, WEAVER, WEIGHTS, jets_of, opened, save, save_sums, tagger

VARIABLES = {
    "part_pt_log": "constituents.log_pt",
    "part_e_log": "constituents.log_energy",
    "part_logptrel": "constituents.log_pt_share",
    "part_logerel": "constituents.log_energy_share",
    "part_deltaR": "constituents.delta_r",
    "part_d0": "tanh(constituents.d0)",
    "part_deta": "constituents.delta_eta * sign(jet.eta)",
    "part_dphi": "constituents.delta_phi",
    "part_px": "constituents.pt * cos(constituents.phi)",
    "part_py": "constituents.pt * sin(constituents.phi)",
    "part_pz": "constituents.pt * sinh(constituents.eta)",
    "part_energy": "constituents.energy",
    "part_mask": "constituents.mask",
}
OUTPUTS = {"top": "label_top", "qcd": "label_qcd"}
DATASET = Dataset.model_validate(
    {
        "title": "Jets of weaver",
        "files": [str(WEAVER / "jets.root")],
        "tree": "tree",
        "event": ["row"],
        "jet": {name: f"jet_{name}" for name in ("pt", "eta", "phi", "energy")},
        "classes": [
            {"name": name, "label": name, "color": "#123456", "selection": f"label_{name} == 1"}
            for name in ("qcd", "top")
        ],
        "sequences": {
            "constituents": {name: f"part_{name}" for name in ("px", "py", "pz", "energy")}
            | {"extra": {"d0": "part_d0val"}}
        },
    }
)
EXPECTED = {name: np.array(rows) for name, rows in json.loads((WEAVER / "scores.json").read_text()).items()}


def weaver(name, **model):
    options = {"preprocess": str(WEAVER / "preprocess.json"), "variables": VARIABLES, "outputs": OUTPUTS}
    return tagger(WEAVER / f"{name}.onnx", **options | model)


@pytest.fixture(scope="module")
def records():
    return tagwerk.read(DATASET, WEAVER / "jets.root")


def weaver_scores(card, records):
    """Scores in the order of the file, and the numbers of constituents."""
    jets = jets_of(card, DATASET, records)
    rows = np.argsort(np.asarray(jets.records.event))
    return onnx_runtime.scores(opened(card), jets)[rows], jets.sequences["constituents"].counts[rows]


@pytest.mark.parametrize("padding", ["zeros", "repeat"])
def test_the_particle_net_of_weaver_scores_as_in_pytorch(padding, records):
    found, counts = weaver_scores(weaver("particle_net", padding=padding), records)
    assert {0, 1, 24, 25, 40} <= {*counts}  # the network takes up to 24
    np.testing.assert_allclose(found[:, [1, 0]], EXPECTED["particle_net"], atol=1e-6)


def test_the_transformer_of_weaver_scores_as_in_pytorch(records):
    found, counts = weaver_scores(
        weaver("transformer", padding="repeat", empty_jets={"top": 0.25, "qcd": 0.75}), records
    )
    np.testing.assert_allclose(found[counts > 0][:, [1, 0]], EXPECTED["transformer"][counts > 0], atol=1e-5)
    np.testing.assert_array_equal(found[counts == 0], [[0.75, 0.25]])


def test_scores_that_are_nan_are_refused(records):
    with pytest.raises(UserError, match=r"transformer.onnx: its scores of \d of 12 jets are NaN.*'padding: repeat'"):
        weaver_scores(weaver("transformer"), records)
    with pytest.raises(UserError, match=r"jets without constituents are NaN.*'model.empty_jets'"):
        weaver_scores(weaver("transformer", padding="repeat"), records)


@pytest.mark.parametrize("name", VARIABLES)
def test_each_variable_of_weaver_affects_the_scores(name, records):
    """Otherwise a wrong one would not be seen above."""
    network = "transformer" if name[5:] in ("px", "py", "pz", "energy") else "particle_net"
    factor = 0.9 if name[5:] in ("px", "py", "pz") else 1.1  # a momentum above the energy gives NaN
    wrong = {"part_mask": "constituents.mask * (constituents.position < 2)"}.get(
        name, f"{factor} * ({VARIABLES[name]})"
    )
    cards = [weaver(network, padding="repeat", variables=VARIABLES | other, empty_jets={"top": 1, "qcd": 0})
             for other in ({}, {name: wrong})]  # fmt: skip
    first, second = (weaver_scores(card, records)[0] for card in cards)
    assert np.abs(first - second).max() > 3e-5


def test_another_unit_is_seen_where_values_are_clipped(records):
    card = weaver("particle_net", variables=VARIABLES | {"part_pt_log": "log(1e6 * constituents.pt)"})
    jets = split_of(jets_of(card, DATASET, records))
    task = Task(card, schema_of(DATASET, card.inputs), None, 1, 1)
    message = r"input 'pf_features': \d+% of the values of 'log.*' are out of the range .* another unit or variable"
    with pytest.raises(UserError, match=message):
        onnx_runtime.train(task, jets, jets)


def sums_of(jets):
    """The logits of `save_sums`."""
    lists, found = jets.sequences["constituents"], []
    jet = dict(zip(jets.schema.scalars, jets.scalars.T.astype(np.float64), strict=True))
    for index, (start, count) in enumerate(zip(lists.starts, lists.counts, strict=True)):
        pt, eta = lists.content[start : start + count, :2].astype(np.float64).T
        columns = [np.log(np.maximum(pt / jet["pt"][index], 1e-4)).sum(), (eta - jet["eta"][index]).sum()]
        found.append(np.array(columns) @ WEIGHTS)
    return np.array(found)


@pytest.fixture
def toy_jets(toy):
    return load(toy, "test")


def scores_of(card, jets):
    return onnx_runtime.scores(opened(card), jets)


def test_a_described_model_scores_all_jets(tmp_path, toy_jets):
    card = tagger(save_sums(tmp_path / "sums.onnx"), inputs=SUMS, outputs=["narrow", "wide"])
    assert 0 in toy_jets.sequences["constituents"].counts
    np.testing.assert_allclose(scores_of(card, toy_jets), softmax(sums_of(toy_jets), axis=1), atol=1e-5)


def test_axes_follow_from_the_shapes_in_the_file(tmp_path, toy_jets):
    card = tagger(save_sums(tmp_path / "sums.onnx"), inputs={"x": {"columns": COLUMNS}}, outputs=["narrow", "wide"])
    np.testing.assert_allclose(scores_of(card, toy_jets), softmax(sums_of(toy_jets), axis=1), atol=1e-5)


def test_outputs_are_matched_to_classes_by_name_not_by_position(tmp_path, toy_jets):
    cards = [tagger(save_sums(tmp_path / "sums.onnx"), inputs=SUMS, outputs=each)
             for each in (["narrow", "wide"], ["wide", "narrow"])]  # fmt: skip
    first, second = (scores_of(card, toy_jets) for card in cards)
    np.testing.assert_array_equal(first, second[:, ::-1])


def test_logits_become_probabilities(tmp_path, toy_jets):
    file = save_sums(tmp_path / "sums.onnx", activation="Identity")
    card = tagger(file, inputs=SUMS, outputs=["narrow", "wide"], scores="logits")
    np.testing.assert_allclose(scores_of(card, toy_jets), softmax(sums_of(toy_jets), axis=1), atol=1e-5)
    with pytest.raises(UserError, match=r"sums.onnx: its outputs are no probabilities .*'scores: logits'"):
        scores_of(tagger(file, inputs=SUMS, outputs=["narrow", "wide"]), toy_jets)


@pytest.mark.parametrize(("activation", "scores"), [("Sigmoid", "probabilities"), ("Identity", "logits")])
@pytest.mark.parametrize("name", ["narrow", "wide"])
def test_one_output_is_the_probability_of_its_class(activation, scores, name, tmp_path, toy_jets):
    file = save_sums(tmp_path / "sums.onnx", classes=1, activation=activation)
    found = scores_of(tagger(file, inputs=SUMS, outputs=[name], scores=scores), toy_jets)
    named = ["narrow", "wide"].index(name)
    weights = np.resize(WEIGHTS, (2, 1))
    expected = expit(sums_of(toy_jets) @ np.linalg.solve(WEIGHTS, weights))[:, 0]
    np.testing.assert_allclose(found[:, named], expected, atol=1e-5)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)


def test_probabilities_without_those_of_other_classes_add_up_to_one(tmp_path, toy_jets):
    file = save_sums(tmp_path / "sums.onnx", classes=3)
    found = scores_of(tagger(file, inputs=SUMS, outputs=["narrow", None, "wide"]), toy_jets)
    logits = sums_of(toy_jets) @ np.linalg.solve(WEIGHTS, np.resize(WEIGHTS, (2, 3)))
    np.testing.assert_allclose(found, softmax(logits[:, [0, 2]], axis=1), atol=1e-5)


def salt_model(path, **metadata):
    """A model as salt exports them: one jet at a time, one scalar per class, names in the metadata."""
    nodes = [
        helper.make_node("ReduceSum", ["track_features", "first"], ["sums"], keepdims=1),
        helper.make_node("MatMul", ["sums", "weights"], ["tracks"]),
        helper.make_node("MatMul", ["jet_features", "of_jets"], ["jets"]),
        helper.make_node("Add", ["tracks", "jets"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"]),
        helper.make_node("Split", ["probabilities"], ["first_class", "second_class"], axis=1),
        helper.make_node("Squeeze", ["first_class"], ["GN2_pw"]),
        helper.make_node("Squeeze", ["second_class"], ["GN2_pn"]),
        helper.make_node("Identity", ["track_features"], ["track_origin"]),
    ]
    inputs = {"jet_features": [1, 1], "track_features": ["n_tracks", 2]}
    outputs = {"GN2_pw": [], "GN2_pn": [], "track_origin": ["n_tracks", 2]}
    constants = {"first": [0], "weights": WEIGHTS[:, ::-1].copy(), "of_jets": np.float32([[1e-6, 0]])}
    about = {
        "inputs": [{"name": "jet_var", "variables": [{"name": "pt", "offset": 0.0, "scale": 1.0}]}],
        "input_sequences": [
            {
                "name": "tracks_r22default_sd0sort",
                "variables": [{"name": "ptfrac", "offset": 1.0, "scale": 2.0}, {"name": "deta"}],
            }
        ],
    }
    return save(path, nodes, inputs, outputs, constants, {"gnn_config": about} | metadata)


SALT = {"pt": "1000 * jet.pt", "ptfrac": "constituents.log_pt_share / 2 - 1", "deta": "constituents.delta_eta"}


def test_a_model_of_salt_scores_one_jet_at_a_time(tmp_path, toy_jets):
    card = tagger(salt_model(tmp_path / "network.onnx"), variables=SALT, outputs={"narrow": "GN2_pn", "wide": "GN2_pw"})
    logits = sums_of(toy_jets)
    logits[:, 1] += 1e-3 * toy_jets.scalars[:, toy_jets.schema.scalars.index("pt")]
    np.testing.assert_allclose(scores_of(card, toy_jets), softmax(logits, axis=1), atol=1e-5)


def test_outputs_of_salt_that_are_not_named_are_of_other_classes(tmp_path, toy_jets):
    about = {"inputs": [{"name": "jet_var", "variables": [{"name": "width"}]}]}
    nodes = [helper.make_node("Mul", ["jet_features", "slopes"], ["logits"]),
             helper.make_node("Softmax", ["logits"], ["probabilities"]),
             helper.make_node("Split", ["probabilities"], ["b", "c", "u"], axis=1, num_outputs=3),
             *(helper.make_node("Squeeze", [name], [f"p{name}"]) for name in "bcu")]  # fmt: skip
    outputs = {f"p{name}": [] for name in "bcu"}
    slopes = {"slopes": np.float32([[5, 0, -3]])}
    file = save(tmp_path / "n.onnx", nodes, {"jet_features": [1, 1]}, outputs, slopes, {"gnn_config": about}, opset=18)
    card = tagger(file, variables={"width": "jet.width"}, outputs={"narrow": "pu", "wide": "pb"})
    width = toy_jets.scalars[:, toy_jets.schema.scalars.index("width")]
    np.testing.assert_allclose(scores_of(card, toy_jets)[:, 1], expit(8 * width.astype(np.float64)), atol=1e-5)


@pytest.mark.parametrize("dtype", ["FLOAT16", "DOUBLE"])
def test_inputs_have_the_type_of_the_file(dtype, tmp_path, toy_jets):
    import onnx

    file = save_sums(tmp_path / "sums.onnx")
    model = onnx.load(file)
    kind = getattr(onnx.TensorProto, dtype)
    model.graph.input[0].type.tensor_type.elem_type = kind
    model.graph.input[0].name = "given"
    model.graph.node.insert(0, helper.make_node("Cast", ["given"], ["x"], to=onnx.TensorProto.FLOAT))
    file.write_bytes(model.SerializeToString())
    card = tagger(file, inputs={"given": SUMS["x"]}, outputs=["narrow", "wide"])
    np.testing.assert_allclose(scores_of(card, toy_jets), softmax(sums_of(toy_jets), axis=1), atol=2e-2)


def test_values_that_are_not_finite_are_refused(tmp_path, toy_jets):
    columns = ["constituents.charge / 0 * constituents.mask".replace("/ 0", "/ constituents.charge"), COLUMNS[1]]
    card = tagger(
        save_sums(tmp_path / "sums.onnx"), inputs={"x": SUMS["x"] | {"columns": columns}}, outputs=["narrow", "wide"]
    )
    with pytest.raises(UserError, match=r"sums.onnx: input 'x': .* values of 'constituents.charge / .* are NaN"):
        scores_of(card, toy_jets)


def test_a_model_that_fails_on_jets_is_one_line(tmp_path, toy_jets):
    nodes = [helper.make_node("Reshape", ["x", "shape"], ["scores"])]
    file = save(tmp_path / "bad.onnx", nodes, {"x": ["n", "t", 2]}, {"scores": ["n", 2]}, {"shape": [7, 2]})
    with pytest.raises(UserError, match=r"bad.onnx: ONNX Runtime .* cannot run it") as error:
        scores_of(tagger(file, inputs=SUMS, outputs=["narrow", "wide"]), toy_jets)
    assert "\n" not in str(error.value)


@pytest.fixture
def trained(tmp_path, toy):
    card = tagger(save_sums(tmp_path / "sums.onnx"), inputs=SUMS, outputs=["narrow", "wide"])
    dataset, summary = toy.load()
    return Task(card, schema_of(dataset, card.inputs), summary, 1, 1)


def test_training_measures_the_loss_and_changes_nothing(trained, toy, tmp_path, capsys):
    model, history = onnx_runtime.train(trained, split_of(load(toy, "train")), split_of(load(toy, "validation")))
    validation = load(toy, "validation")
    own = softmax(sums_of(validation), axis=1)[np.arange(len(validation)), validation.label]
    assert history.val_loss.tolist() == [pytest.approx(-np.log(np.maximum(own, 1.2e-38)).mean(), rel=1e-4)]
    assert history.seconds.tolist() == [0]
    assert onnx_runtime.count_parameters(model) == 4
    assert model.content == (tmp_path / "sums.onnx").read_bytes()
    assert "sums.onnx: its loss on the validation jets is" in capsys.readouterr().err


def test_a_saved_model_gives_identical_scores(trained, toy_jets, tmp_path):
    model = opened(trained.tagger)
    folder = tmp_path / "model"
    folder.mkdir()
    onnx_runtime.save(model, folder)
    assert (folder / onnx_runtime.FILE).read_bytes() == (tmp_path / "sums.onnx").read_bytes()
    loaded = onnx_runtime.load(folder)
    onnx_runtime.check(loaded, toy_jets.schema)
    np.testing.assert_array_equal(onnx_runtime.scores(loaded, toy_jets), onnx_runtime.scores(model, toy_jets))
    other = loaded.description.model_copy(update={"classes": ["narrow", "w"]})
    with pytest.raises(ValueError, match="other inputs or classes"):
        onnx_runtime.check(onnx_runtime.ExternalTagger(loaded.content, other, None), toy_jets.schema)


def test_an_output_with_a_row_per_constituent_is_refused(tmp_path, toy_jets):
    nodes = [helper.make_node("Identity", ["x"], ["each"])]
    file = save(tmp_path / "labels.onnx", nodes, {"x": ["n", "t", 2]}, {"each": ["n", "t", 2]})
    with pytest.raises(UserError, match=r"labels.onnx: its outputs have \d+ columns, but 2 are named"):
        scores_of(tagger(file, inputs=SUMS, outputs=["narrow", "wide"]), toy_jets)
