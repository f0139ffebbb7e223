"""A loss that is not finite: the batch, variable and file that it comes from."""

from dataclasses import replace

import numpy as np
import pytest

from tagwerk.errors import UserError
from tests.training.conftest import load, split_of, task

pytestmark = pytest.mark.usefixtures("tensorflow")

ROW = 3


@pytest.fixture(scope="module")
def jets(toy):
    return load(toy, "train")


@pytest.fixture
def error_message(toy, jets):
    """A function that trains on jets and returns the message of the error that ends it."""
    from tagwerk.training import network

    def train(broken, jets=jets, **training):
        with pytest.raises(UserError) as error:
            network.train(task(toy, **training), split_of(broken), split_of(jets))
        assert "\n" not in str(error.value)
        return str(error.value)

    return train


def culprit(jets):
    record = jets.records[ROW]
    return f"of event {record.event} of file '{record.source}' is not finite"


@pytest.mark.parametrize(("name", "value"), [("pt", np.nan), ("eta", np.nan), ("phi", np.inf)])
def test_a_jet_variable_is_named(error_message, jets, name, value):
    scalars = jets.scalars.copy()
    scalars[ROW, jets.schema.scalars.index(name)] = value
    message = error_message(replace(jets, scalars=scalars), batch_size=8)
    assert message.startswith("batch ")
    assert f" of epoch 1: '{name}' {culprit(jets)}" in message


@pytest.mark.parametrize(("name", "value"), [("pt", np.nan), ("phi", -np.inf), ("charge", np.nan)])
def test_a_constituent_variable_is_named(error_message, jets, name, value):
    lists = jets.sequences["constituents"]
    content = lists.content.copy()
    content[lists.starts[ROW], jets.schema.sequences["constituents"].index(name)] = value
    broken = replace(jets, sequences={"constituents": replace(lists, content=content)})
    assert f"'constituents.{name}' {culprit(jets)}" in error_message(broken)


@pytest.mark.parametrize("name", ["pt", "eta", "energy", "charge"])
def test_no_finite_variable_however_large_stops_the_training(toy, jets, name):
    from tagwerk.training import network

    lists = jets.sequences["constituents"]
    content = lists.content.copy()
    content[lists.starts[ROW], jets.schema.sequences["constituents"].index(name)] = 1e38
    large = replace(jets, sequences={"constituents": replace(lists, content=content)})
    _, history = network.train(task(toy, epochs=1), split_of(large), split_of(jets))
    assert np.isfinite(history).all(axis=None)


def test_a_diverging_training_is_distinguished_from_bad_inputs(error_message, jets):
    message = error_message(jets, learning_rate=1e38, warmup=0.0, gradient_clip=1e30)
    assert "the loss is not finite though all inputs are; lower 'training.learning_rate'" in message


def test_the_validation_loss_is_checked_too(toy, jets):
    from tagwerk.training import network

    # Without dense layers, whose activations turn NaN into zero.
    bare = replace(task(toy), tagger=toy.load_tagger("lstm").model_copy(update={"hyperparameters": {"dense": []}}))
    scalars = jets.scalars.copy()
    scalars[ROW] = np.nan
    with pytest.raises(UserError, match="validation after epoch 1: 'pt'"):
        network.train(bare, split_of(jets), split_of(replace(jets, scalars=scalars)))
