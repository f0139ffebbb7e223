"""Perturbed jets: every constituent stays in its jet, the jet follows the sum, and a seed determines all."""

from functools import partial

import numpy as np
import pytest

from tagwerk.jets.momentum import cartesian, total_momentum
from tagwerk.robustness.add import add_soft, radius
from tagwerk.robustness.drop import drop_fraction, drop_soft
from tagwerk.robustness.moved_jets import with_constituents
from tagwerk.robustness.shuffle import shuffle
from tagwerk.robustness.smear import smear_directions, smear_momenta
from tests.robustness.jets import chunk_of, random_chunk

CHANGES = {
    "momenta": partial(smear_momenta, resolution=0.1),
    "directions": partial(smear_directions, resolution=0.02),
    "soft dropped": partial(drop_soft, threshold=2.0),
    "some dropped": partial(drop_fraction, fraction=0.3),
    "soft added": partial(add_soft, mean=4.0),
    "shuffled": shuffle,
}
NONE = {
    "momenta": partial(smear_momenta, resolution=0.0),
    "directions": partial(smear_directions, resolution=0.0),
    "soft dropped": partial(drop_soft, threshold=0.0),
    "some dropped": partial(drop_fraction, fraction=0.0),
    "soft added": partial(add_soft, mean=0.0),
}


def rng(seed=1):
    return np.random.default_rng(seed)


def columns(chunk):
    (constituents,) = chunk.sequences.values()
    return constituents


def same(first, second):
    pairs = [(columns(first).values, columns(second).values), (first.jet, second.jet)]
    return np.array_equal(columns(first).counts, columns(second).counts) and all(
        np.array_equal(one[name], other[name]) for one, other in pairs for name in one
    )


@pytest.mark.parametrize("name", NONE)
def test_no_perturbation_is_the_identity(name):
    jets = random_chunk()
    assert same(NONE[name](jets, rng()), jets)


@pytest.mark.parametrize("name", CHANGES)
def test_a_seed_determines_the_jets(name):
    jets = random_chunk()
    assert same(CHANGES[name](jets, rng(1)), CHANGES[name](jets, rng(1)))
    assert not same(CHANGES[name](jets, rng(1)), jets)
    if name != "soft dropped":
        assert not same(CHANGES[name](jets, rng(1)), CHANGES[name](jets, rng(2)))


@pytest.mark.parametrize("name", CHANGES)
def test_every_constituent_stays_in_its_jet(name):
    jets = random_chunk()
    changed = columns(CHANGES[name](jets, rng()))
    jet_of_tag = columns(jets).jet_index
    assert np.array_equal(np.bincount(changed.jet_index, minlength=len(jets)), changed.counts)
    if name != "soft added":
        assert np.array_equal(jet_of_tag[changed.values["tag"].astype(int)], changed.jet_index)


@pytest.mark.parametrize("name", CHANGES)
def test_the_input_is_left_as_it_is(name):
    jets, untouched = random_chunk(), random_chunk()
    CHANGES[name](jets, rng())
    assert same(jets, untouched)


def test_momenta_are_smeared_by_a_gaussian_and_keep_direction_and_mass_over_momentum():
    jets = random_chunk(20_000)
    before, after = (columns(each).values for each in (jets, CHANGES["momenta"](jets, rng())))
    factor = after["pt"] / before["pt"]
    assert factor.mean() == pytest.approx(1, abs=0.002)
    assert factor.std() == pytest.approx(0.1, abs=0.002)
    np.testing.assert_allclose(after["energy"] / before["energy"], factor, rtol=1e-6)
    for name in ("eta", "phi", "tag"):
        assert np.array_equal(after[name], before[name])


def test_directions_are_smeared_and_keep_pt_and_mass():
    jets = random_chunk(20_000)
    before, after = (columns(each).values for each in (jets, CHANGES["directions"](jets, rng())))
    assert (after["eta"] - before["eta"]).std() == pytest.approx(0.02, rel=0.02)
    assert np.array_equal(after["pt"], before["pt"])
    assert np.abs(after["phi"]).max() <= np.pi + 1e-6
    np.testing.assert_allclose(after["energy"], after["pt"] * np.cosh(after["eta"]), rtol=1e-5)


def test_a_threshold_drops_what_is_below_it():
    jets = chunk_of([(5, 0, 3), (2, 0, 3), (1, 0, 3)], [(1.5, 0, 3)], [])
    dropped = columns(drop_soft(jets, rng(), 2.0))
    assert dropped.counts.tolist() == [2, 0, 0]
    assert dropped.values["pt"].tolist() == [5, 2]


def test_a_fraction_is_dropped_at_random():
    jets = random_chunk(20_000)
    kept = columns(drop_fraction(jets, rng(), 0.1)).counts.sum() / columns(jets).counts.sum()
    assert kept == pytest.approx(0.9, abs=0.005)


def test_added_constituents_are_soft_copies_in_the_disc_of_the_jets_last_in_their_jet():
    jets = random_chunk(2_000)
    before, after = columns(jets), columns(add_soft(jets, rng(), 4.0))
    assert (after.counts - before.counts).mean() == pytest.approx(4, abs=0.15)
    position = np.arange(len(after.jet_index)) - after.starts[after.jet_index]
    added = position >= before.counts[after.jet_index]
    for name in before.values:
        assert np.array_equal(after.values[name][~added], before.values[name])
    pt, tag = after.values["pt"][added], after.values["tag"][added].astype(int)
    assert np.array_equal(pt, before.values["pt"][tag])
    assert pt.max() <= np.median(before.values["pt"])
    axis = {name: jets.jet[name].astype(np.float64) for name in ("eta", "phi")}
    phi = np.remainder(after.values["phi"][added] - 3 + np.pi, 2 * np.pi) - np.pi
    distance = np.hypot(after.values["eta"][added] - 0.5, phi) / radius(before, axis)
    assert distance.max() <= 1 + 1e-5
    assert (distance < 0.5).mean() == pytest.approx(0.25, abs=0.02)  # uniform in the disc
    np.testing.assert_allclose(after.values["energy"], after.values["pt"] * np.cosh(after.values["eta"]), rtol=1e-5)


def test_the_origin_of_added_constituents_is_unknown():
    jets = random_chunk()
    values = columns(jets).values
    truth = type(columns(jets))(values | {"truth": np.ones_like(values["pt"])}, columns(jets).counts)
    added = columns(add_soft(with_constituents(jets, {"constituents": truth}), rng(), 4.0))
    assert (added.values["truth"] == -1).sum() == added.counts.sum() - truth.counts.sum() > 0


def test_nothing_is_added_where_there_is_nothing_to_copy():
    assert columns(add_soft(chunk_of([], []), rng(), 4.0)).counts.tolist() == [0, 0]


def test_shuffling_permutes_the_constituents_of_each_jet():
    jets = random_chunk()
    before, after = columns(jets), columns(shuffle(jets, rng()))
    assert np.array_equal(before.counts, after.counts)
    for name in before.values:
        order = [np.lexsort((each.values[name], each.jet_index)) for each in (before, after)]
        assert np.array_equal(before.values[name][order[0]], after.values[name][order[1]])
    assert not np.array_equal(before.values["tag"], after.values["tag"])


def test_a_jet_moves_by_the_change_of_its_constituents():
    jets = chunk_of([(60, 0.4, 3.1), (30, 0.7, -3.1)], [(50, 0.5, 3)])
    jets.jet["mass"][:] = 40
    moved = drop_soft(jets, rng(), 40.0)
    own = {name: jets.jet[name][:1] for name in ("pt", "eta", "phi", "mass")}
    lost = {name: values[1:2] for name, values in columns(jets).values.items()}
    expected = {name: cartesian(own)[name] - cartesian(lost)[name] for name in cartesian(own)}
    now = cartesian({name: moved.jet[name][:1] for name in own})
    for name in now:
        np.testing.assert_allclose(now[name], expected[name], rtol=1e-4, atol=1e-4)
    assert [moved.jet[name][1] for name in own] == [jets.jet[name][1] for name in own]
    assert moved.jet["width"].tolist() == jets.jet["width"].tolist()


def test_a_jet_that_is_its_constituents_stays_their_sum():
    jets = random_chunk()
    constituents = columns(jets)
    sums = total_momentum(constituents.values, constituents.counts, ("pt", "eta", "phi", "mass"))
    jets = type(jets)(**{**vars(jets), "jet": {name: each.astype(np.float32) for name, each in sums.items()}})
    changed = smear_momenta(jets, rng(), 0.1)
    expected = total_momentum(columns(changed).values, constituents.counts, ("pt", "mass"))
    for name in expected:
        np.testing.assert_allclose(changed.jet[name], expected[name], rtol=1e-3, atol=2e-2)


def test_a_jet_lighter_than_what_it_loses_has_no_mass():
    jets = chunk_of([(60, 0.4, 3.1), (30, 0.7, -3.1)])
    jets.jet["mass"][:] = 0
    assert drop_soft(jets, rng(), 40.0).jet["mass"].tolist() == [0]


def test_tracks_or_clusters_alone_do_not_move_the_jet():
    jets = chunk_of([(60, 0.4, 3.1), (30, 0.7, -3.1)], sequence="tracks")
    moved = drop_soft(jets, rng(), 40.0)
    assert columns(moved).counts.tolist() == [1]
    assert {name: values.tolist() for name, values in moved.jet.items()} == {
        name: values.tolist() for name, values in jets.jet.items()
    }
