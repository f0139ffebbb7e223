import subprocess
import sys
from pkgutil import iter_modules

import pytest

import tagwerk.taggers
from tagwerk.cards.tagger import Tagger
from tagwerk.errors import UserError
from tests.conftest import TAGGERS, architecture_card, changed, write_card


@pytest.fixture
def error_message(tmp_path):
    """Return the message that `Tagger.load` raises for a toy card with another value at a key."""

    def load(key, value, tagger="lstm"):
        path = write_card(tmp_path / "toy.yaml", changed(TAGGERS[tagger], key, value))
        with pytest.raises(UserError) as error:
            Tagger.load(path)
        assert str(error.value).startswith(f"{path}: ")
        return str(error.value).removeprefix(f"{path}: ")

    return load


ARCHITECTURES = [module.name for module in iter_modules(tagwerk.taggers.__path__)]
TRAINED = [name for name in ARCHITECTURES if name != "onnx"]  # which needs a file: see test_describe_model


@pytest.mark.parametrize("architecture", TRAINED)
def test_every_architecture_has_a_toy_card_and_an_engine(architecture):
    assert Tagger.model_validate(architecture_card(architecture)).engine in {"keras", "scikit-learn", "one variable"}


@pytest.mark.parametrize(
    ("key", "value", "parts"),
    [
        (
            "architecture",
            "recurent",
            ["key 'architecture': unknown architecture; did you mean 'recurrent'?", "'recurent'"],
        ),
        ("architecture", None, ["key 'architecture' is missing"]),
        ("hyperparameters.unit", [8], ["unknown key 'unit' (value [8]); did you mean 'units'?", "hyperparameters"]),
        ("hyperparameters.units", 8, ["key 'hyperparameters.units'", "tuple", "not 8"]),
        ("hyperparameters.units", [0], ["key 'hyperparameters.units.0'", "greater than 0", "not 0"]),
        ("hyperparameters.units", [], ["key 'hyperparameters.units'"]),
        ("hyperparameters.pooling", "max", ["key 'hyperparameters.pooling'", "'last', 'mean' or 'mean_max'", "'max'"]),
        ("hyperparameters.dropout", 1.0, ["key 'hyperparameters.dropout'", "less than 1", "not 1.0"]),
        ("inputs", {}, ["key 'inputs'", "at least one"]),
        ("inputs", {"sequences": {"constituents": []}}, ["key 'inputs'", "at least one"]),
        ("inputs", {"trees": {"constituents_kt": []}}, ["key 'inputs'", "at least one"]),
        ("inputs", {"sequence": {}}, ["unknown key 'sequence'", "did you mean 'sequences'", "(in 'inputs')"]),
        ("inputs", {"scalars": ["mass"]}, ["key 'inputs'", "'recurrent' takes one sequence", "[]"]),
        ("hyperparameters.cell", "lsmt", ["key 'hyperparameters.cell'", "'gru', 'min_gru' or 'min_lstm'", "'lsmt'"]),
        ("hyperparameters.units", [10**9], ["key 'hyperparameters.units.0'", "less than or equal to 16384"]),
        ("hyperparameters.units", [6] * 1000, ["key 'hyperparameters.units'", "at most 100 items"]),
        ("hyperparameters.units", [True], ["key 'units': expected a number, not [True]"]),
        ("hyperparameters.dropout", True, ["key 'dropout': expected a number, not True"]),
        ("hyperparameters.cell", False, ["key 'hyperparameters.cell'", "not False, which YAML reads as true or false"]),
        ("hyperparameters", {1: 2}, ["key 'hyperparameters', name of an entry", "not 1, which YAML reads as a number"]),
        ("training.batch_size", True, ["key 'batch_size': expected a number, not True"]),
        ("training.class_weights", {"wide": True}, ["key 'class_weights': expected a number, not {'wide': True}"]),
        ("training.learning_rat", 1, ["unknown key 'learning_rat'", "did you mean 'learning_rate'", "(in 'training')"]),
        ("training.learning_rate", 0, ["key 'training.learning_rate'", "greater than 0", "not 0"]),
        ("training.learning_rate", float("inf"), ["key 'training.learning_rate'", "inf"]),
        ("training.batch_size", "big", ["key 'training.batch_size'", "integer", "not 'big'"]),
        ("training.warmup", 1, ["key 'training.warmup'", "less than 1", "not 1"]),
    ],
)
def test_an_error_is_one_line_with_key_and_value(error_message, key, value, parts):
    line = error_message(key, value)
    assert "\n" not in line
    for part in parts:
        assert part in line


def test_boosted_trees_on_a_sequence_are_refused(error_message):
    line = error_message("inputs", {"sequences": {"constituents": ["log_pt"]}}, tagger="boosted_trees")
    assert "key 'inputs': architecture 'boosted_trees' takes scalars, not the sequences ['constituents']" in line


@pytest.mark.parametrize(
    ("architecture", "key", "value", "part"),
    [
        ("encoder_decoder", "training", {}, "key 'training.classes': name the classes to learn from"),
        ("encoder_decoder", "inputs.scalars", ["mass"], "key 'inputs.scalars': only constituents are reconstructed"),
        ("recurrent_blocks", "hyperparameters", {"cell": "min_gru", "states": 8}, "has one state per feature"),
        ("encoder_decoder", "hyperparameters", {"units": 0}, "key 'hyperparameters.units': Input should be greater"),
        ("constituent_labels", "hyperparameters", {"signl": "x"}, "did you mean 'signal'?"),
        ("dense", "inputs", {"sequences": {"constituents": ["log_pt"]}}, "'dense' takes scalars, not the sequences"),
        ("combined", "inputs", {"scalars": ["mass"]}, "'combined' takes one sequence or more, not the sequences []"),
        ("combined", "hyperparameters", {"units": [0]}, "key 'hyperparameters.units.0'"),
        ("deep_sets", "hyperparameters", {"infrared_safe": True}, "'log_pt_share' is not infrared and collinear safe"),
        ("transformer", "hyperparameters", {"width": 30}, "key 'hyperparameters.width': 30 is not a multiple of 4"),
        ("particle_net", "hyperparameters", {"neighbours": 0}, "key 'hyperparameters.neighbours'"),
        ("recursive", "inputs", {"sequences": {"constituents": ["pt"]}}, "'recursive' takes one tree or more, not"),
        ("lund_plane", "inputs.trees", {"x_kt": ["pt"], "y_kt": ["pt"]}, "and the trees ['x_kt', 'y_kt']"),
        ("recursive", "inputs.trees", {"x_kt": ["pt", "pt"]}, "'pt' is duplicated in 'x_kt'"),
        ("recursive", "hyperparameters", {"cell": "binary"}, "'child_sum', 'n_ary', 'simple' or 'gated'"),
        ("recursive", "hyperparameters", {"units": 0}, "key 'hyperparameters.units'"),
        ("lund_plane", "inputs", {"scalars": ["mass"]}, "'lund_plane' takes one tree"),
        ("deep_sets", "hyperparameters", {"scale": 0}, "key 'hyperparameters.scale'"),
        ("deep_sets", "hyperparameters", {"constituent": []}, "key 'hyperparameters.constituent'"),
        ("deep_sets", "hyperparameters", {"infrared_safe": True, "scale": 5}, "key 'hyperparameters.scale': pT"),
    ],
)  # fmt: skip
def test_an_architecture_reports_what_it_cannot_do(tmp_path, architecture, key, value, part):
    path = write_card(tmp_path / "x.yaml", changed(architecture_card(architecture), key, value))
    with pytest.raises(UserError) as error:
        Tagger.load(path)
    assert part in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("architecture", "key", "value", "part"),
    [
        ("combined", "units", {"constituents": [8, 0]}, ".constituents.1': Input should be greater than 0, not 0"),
        ("combined", "units", {"constituents": []}, ".constituents': Tuple should have at least 1 item"),
        ("combined", "units", {"constituents": 8}, ".constituents': Input should be a valid tuple, not 8"),
        ("combined", "units", {}, "': there is no value for 'constituents'; add it, or give one value"),
        ("combined", "constituents", {"constituent": 6}, "no 'constituent' in 'inputs'; did you mean 'constituents'"),
        ("combined", "constituents", {"constituents": 0}, ".constituents': Input should be greater than 0, not 0"),
        ("combined", "constituents", 0, "': Input should be greater than 0, not 0"),
        ("combined", "cell", {"constituents": "gru"}, "': Input should be 'simple_rnn', 'lstm', 'gru', 'min_gru' or "),
        ("recursive", "units", {"constituents_kt": 8}, "'constituents_kt' in 'inputs'; known: constituents_camb"),
    ],
)  # fmt: skip
def test_a_value_by_sequence_is_checked_like_one_for_all(tmp_path, architecture, key, value, part):
    path = write_card(tmp_path / "x.yaml", architecture_card(architecture) | {"hyperparameters": {key: value}})
    with pytest.raises(UserError) as error:
        Tagger.load(path)
    assert str(error.value).startswith(f"{path}: key 'hyperparameters.{key}")
    assert part in str(error.value)
    assert "\n" not in str(error.value)


def test_true_is_not_a_number_in_a_mapping_either(error_message):
    line = error_message("hyperparameters.units", {"constituents": [True]})
    assert "key 'units': expected a number, not {'constituents': [True]}" in line


@pytest.mark.parametrize("value", [[8, 8], {"constituents": [8, 8]}])
def test_a_value_for_all_sequences_and_a_mapping_are_both_kept(value):
    card = Tagger.model_validate(architecture_card("combined") | {"hyperparameters": {"units": value}})
    assert card.all_hyperparameters["units"] == ((8, 8) if isinstance(value, list) else {"constituents": (8, 8)})


def test_cards_are_checked_without_importing_keras():
    program = "import sys; from pathlib import Path; from tagwerk.cards.load_study import load_cards;"
    program += "load_cards(Path(sys.argv[1]));"
    program += "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", program, "config/studies/demo.yaml"], check=True)
