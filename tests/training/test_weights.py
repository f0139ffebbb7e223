from dataclasses import replace

import numpy as np
import pytest

from tagwerk.errors import UserError
from tagwerk.training import classical
from tagwerk.training.weights import of_mean_one
from tests.training.conftest import load, task


@pytest.fixture(scope="module")
def jets(toy):
    jets = load(toy, "train", "boosted_trees")
    return jets.weighted(np.where(jets.label == 0, 1.0, 3.0))


def test_the_mean_is_one_and_ratios_stay(jets):
    weight = of_mean_one(jets).weight
    assert weight.mean() == pytest.approx(1)
    assert weight / weight[0] == pytest.approx(jets.weight / jets.weight[0])


def test_weights_of_one_stay_to_the_bit(toy):
    jets = load(toy, "train", "boosted_trees")
    assert (of_mean_one(jets).weight == jets.weight).all()


@pytest.mark.parametrize("unit", [1e-9, 1e6])
def test_trees_learn_the_same_whatever_the_unit_of_the_weights(toy, jets, unit):
    """Without it, trees do not split where weights are below some 1e-6."""
    validation, found = load(toy, "validation", "boosted_trees"), []
    for factor in (1.0, unit):
        some = [of_mean_one(each.weighted(factor * each.weight)) for each in (jets, validation)]
        found.append(classical.train(task(toy, "boosted_trees"), *some)[1])
    assert found[1].to_numpy() == pytest.approx(found[0].to_numpy(), rel=1e-4)
    assert found[0].loss.iloc[-1] < 0.8 * found[0].loss.iloc[0]


@pytest.mark.parametrize("weight", [0.0, -1.0])
def test_jets_that_weigh_nothing_are_refused(jets, weight):
    with pytest.raises(UserError, match=r"key 'weight': the jets of a split weigh -?\d+ in all; correct the weight"):
        of_mean_one(replace(jets).weighted(np.full(len(jets), weight)))
