"""The layers of a tagger, on the jets of a dataset that it runs on."""

import re

import pytest

from tagwerk.errors import UserError
from tagwerk.listings.find_card import find_card
from tagwerk.listings.layers import dataset_for, layers_text
from tests.conftest import DATASET, TAGGERS, write_card


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A project with a dataset and a dense network on two of its variables."""
    monkeypatch.chdir(tmp_path)
    write_card(tmp_path / "config/datasets/toy.yaml", DATASET)
    dense = {"title": "x", "color": "#000000", "architecture": "dense", "inputs": {"scalars": ["mass", "width"]}}
    write_card(tmp_path / "config/taggers/small.yaml", dense | {"hyperparameters": {"dense": [5]}})
    return tmp_path


def test_the_dataset_is_ones_own_or_one_that_has_the_inputs(folder):
    assert dataset_for(find_card("small")) == "toy"
    assert dataset_for(find_card("tree_lstm_child_sum")) == "toy"
    assert dataset_for(find_card("boosted_trees")) == "top"  # the toy lacks some of its variables
    assert dataset_for(find_card("tau_rnn")) == "tau"
    assert dataset_for(find_card("jetclass_gru")) == "jetclass"
    write_card(folder / "config/taggers/odd.yaml", TAGGERS["boosted_trees"] | {"inputs": {"scalars": ["odd"]}})
    with pytest.raises(UserError, match=r"odd\.yaml: runs on none of the datasets in config .* with --dataset$"):
        dataset_for(find_card("odd"))


def test_a_dense_network_of_two_variables_has_27_parameters(folder, tensorflow):
    lines = layers_text(find_card("small"), "toy").splitlines()
    assert lines[0] == "Layers on the jets of dataset 'toy', 27 trainable parameters."  # (2 + 1) 5 + (5 + 1) 2
    rows = [re.split(r"\s{2,}", line) for line in lines[4:]]
    assert ["Dense", "(None, 5)", "15"] in rows
    assert rows[-1] == ["Dense", "(None, 2)", "12"]


def test_the_parameters_are_those_of_all_layers_together(tensorflow):
    found = find_card("gru")
    text = layers_text(found, "top")
    total = int(re.search(r"([\d,]+) trainable", text)[1].replace(",", ""))
    assert total == sum(int(line.split()[-1].replace(",", "")) for line in text.splitlines()[4:]) == 69_954


def test_the_steps_of_layers_on_rows_are_named(tensorflow):
    assert "RowLayers: norm, dense 64, gelu" in layers_text(find_card("particle_transformer"), "top")


def test_other_models_and_other_cards_have_no_layers(folder):
    assert "is not a network" in layers_text(find_card("boosted_trees"), "top")
    with pytest.raises(UserError, match=r"demo\.yaml: only taggers have layers, this is a card of studies$"):
        layers_text(find_card("demo"), "top")


def test_a_dataset_without_an_input_is_refused(folder):
    with pytest.raises(UserError, match=r"there is no 'pt_dispersion' in dataset 'toy'"):
        layers_text(find_card("boosted_trees"), "toy")
