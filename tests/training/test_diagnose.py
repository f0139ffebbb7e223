"""A loss that is no number: which batch, variable and file it comes from."""

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
def said(toy, jets):
    """A function that trains on jets and returns the message that ends it."""
    from tagwerk.training import network

    def message(broken, jets=jets, **training):
        with pytest.raises(UserError) as mistake:
            network.train(task(toy, **training), split_of(broken), split_of(jets))
        assert "\n" not in str(mistake.value)
        return str(mistake.value)

    return message


def culprit(jets):
    record = jets.records[ROW]
    return f"of event {record.event} of file '{record.source}' is no finite number"


@pytest.mark.parametrize(("name", "number"), [("pt", np.nan), ("eta", np.nan), ("phi", np.inf)])
def test_a_variable_of_the_jet_is_named(said, jets, name, number):
    scalars = jets.scalars.copy()
    scalars[ROW, jets.schema.scalars.index(name)] = number
    found = said(replace(jets, scalars=scalars), batch_size=8)
    assert found.startswith("batch ")
    assert f" of epoch 1: '{name}' {culprit(jets)}" in found


@pytest.mark.parametrize("name", ["pt", "charge"])
def test_a_constituents_variable_is_named(said, jets, name):
    lists = jets.sequences["constituents"]
    content = lists.content.copy()
    content[lists.first[ROW], jets.schema.sequences["constituents"].index(name)] = np.nan
    broken = replace(jets, sequences={"constituents": replace(lists, content=content)})
    assert f"'constituents.{name}' {culprit(jets)}" in said(broken)


@pytest.mark.parametrize("name", ["pt", "eta", "energy", "charge"])
def test_a_finite_variable_however_large_ends_no_training(toy, jets, name):
    from tagwerk.training import network

    lists = jets.sequences["constituents"]
    content = lists.content.copy()
    content[lists.first[ROW], jets.schema.sequences["constituents"].index(name)] = 1e38
    large = replace(jets, sequences={"constituents": replace(lists, content=content)})
    _, history = network.train(task(toy, epochs=1), split_of(large), split_of(jets))
    assert np.isfinite(history).all(axis=None)


def test_a_training_that_runs_away_is_told_from_bad_inputs(said, jets):
    found = said(jets, learning_rate=1e38, warmup=0.0, gradient_clip=1e30)
    assert "the loss is no longer a number though all inputs are; lower 'training.learning_rate'" in found


def test_validation_is_looked_at_as_well(toy, jets):
    from tagwerk.training import network

    # Without dense layers, whose activations make zeros of what is no number.
    bare = replace(task(toy), tagger=toy.load_tagger("lstm").model_copy(update={"hyperparameters": {"dense": []}}))
    scalars = jets.scalars.copy()
    scalars[ROW] = np.nan
    with pytest.raises(UserError, match="validation after epoch 1: 'pt'"):
        network.train(bare, split_of(jets), split_of(replace(jets, scalars=scalars)))
