from dataclasses import replace

import awkward as ak
import numpy as np
import pytest

from tagwerk.errors import UserError
from tagwerk.training.resampling import resample
from tests.training.conftest import load


@pytest.fixture(scope="module")
def jets(toy):
    return load(toy, "train")


def weights(jets):
    return np.where(jets.label == 0, 1.0, 0.5) * np.linspace(1, 2, len(jets))


def random():
    return np.random.default_rng(1)


def test_resampled_jets_keep_number_and_weight_of_each_class_and_their_own_constituents(jets):
    after, weight = resample(jets, weights(jets), random()), weights(jets)
    assert after.label.tolist() == jets.label.tolist()
    for label in (0, 1):
        mask = jets.label == label
        assert after.weight[mask].sum() == pytest.approx(weight[mask].sum(), rel=1e-5)
        assert np.ptp(after.weight[mask]) == 0
    row_of = {pt: row for row, pt in enumerate(jets.scalars[:, 0].tolist())}
    rows = np.array([row_of[pt] for pt in after.scalars[:, 0].tolist()])
    assert after.records.event.tolist() == jets.records.event[rows].tolist()
    for name, array in jets.inputs(rows, 15).items():
        np.testing.assert_array_equal(after.inputs(np.arange(len(after)), 15)[name], array)


def test_jets_are_drawn_in_proportion_to_their_weights(jets):
    weight, counts, generator = weights(jets), np.zeros(len(jets)), random()
    numbered = replace(jets, records=ak.with_field(jets.records, np.arange(len(jets)), "event"))
    draws = 400
    for _ in range(draws):
        counts += np.bincount(resample(numbered, weight, generator).records.event.to_numpy(), minlength=len(jets))
    for label in (0, 1):
        mask = jets.label == label
        mean = draws * mask.sum() * weight[mask] / weight[mask].sum()
        assert (((counts[mask] - mean) ** 2) / mean).mean() == pytest.approx(1, abs=0.5)


def test_a_seed_repeats_its_draws_and_the_next_draws_differ(jets):
    generator = random()
    first, second = (resample(jets, weights(jets), generator).records.event.tolist() for _ in range(2))
    assert resample(jets, weights(jets), random()).records.event.tolist() == first
    assert first != second


def test_negative_weights_are_not_resampled(jets):
    weight = weights(jets)
    weight[3] = -1
    with pytest.raises(UserError, match=r"cannot be resampled; set 'reweighting\.method' to weights"):
        resample(jets, weight, random())
