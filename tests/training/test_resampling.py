from dataclasses import replace

import awkward as ak
import numpy as np
import pytest

from tagwerk.errors import UserError
from tagwerk.training.resampling import drawn
from tests.training.conftest import load


@pytest.fixture(scope="module")
def jets(toy):
    return load(toy, "train")


def weights(jets):
    return np.where(jets.label == 0, 1.0, 0.5) * np.linspace(1, 2, len(jets))


def random():
    return np.random.default_rng(1)


def test_drawn_jets_keep_number_and_weight_of_each_class_and_their_own_constituents(jets):
    after, weight = drawn(jets, weights(jets), random()), weights(jets)
    assert after.label.tolist() == jets.label.tolist()
    for label in (0, 1):
        mine = jets.label == label
        assert after.weight[mine].sum() == pytest.approx(weight[mine].sum(), rel=1e-5)
        assert np.ptp(after.weight[mine]) == 0
    rows = {pt: row for row, pt in enumerate(jets.scalars[:, 0].tolist())}
    which = np.array([rows[pt] for pt in after.scalars[:, 0].tolist()])
    assert after.records.event.tolist() == jets.records.event[which].tolist()
    for name, array in jets.inputs(which, 15).items():
        np.testing.assert_array_equal(after.inputs(np.arange(len(after)), 15)[name], array)


def test_jets_are_drawn_as_often_as_they_weigh(jets):
    weight, often, generator = weights(jets), np.zeros(len(jets)), random()
    numbered = replace(jets, records=ak.with_field(jets.records, np.arange(len(jets)), "event"))
    draws = 400
    for _ in range(draws):
        often += np.bincount(drawn(numbered, weight, generator).records.event.to_numpy(), minlength=len(jets))
    for label in (0, 1):
        mine = jets.label == label
        mean = draws * mine.sum() * weight[mine] / weight[mine].sum()
        assert (((often[mine] - mean) ** 2) / mean).mean() == pytest.approx(1, abs=0.5)


def test_a_generator_draws_the_same_jets_again_and_then_others(jets):
    generator = random()
    first, second = (drawn(jets, weights(jets), generator).records.event.tolist() for _ in range(2))
    assert drawn(jets, weights(jets), random()).records.event.tolist() == first
    assert first != second


def test_jets_are_not_drawn_by_weights_below_zero(jets):
    weight = weights(jets)
    weight[3] = -1
    with pytest.raises(UserError, match=r"below zero; set 'reweighting\.method' to weights"):
        drawn(jets, weight, random())
