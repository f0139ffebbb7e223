import math

import awkward as ak
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tagwerk.jets.features import FEATURES, JetView, features, flat_view
from tagwerk.jets.pad import pad
from tagwerk.jets.ragged import Ragged
from tests.conftest import jet_array, jets

ALL = list(FEATURES)
AXIS = ["along_axis", "across_axis"]


def view(jets, length=8, ops=np):
    """The jets as features see them, padded to a length."""
    fields = ["pt", "eta", "phi", "energy"]
    constituents = Ragged.of_lists(jets.constituents, fields)
    values, mask = pad(constituents.matrix(fields), constituents.starts, constituents.counts, length)
    jet = {name: ak.to_numpy(jets.jet[name])[:, None] for name in ("pt", "eta", "phi", "mass")}
    return JetView(ops, {name: values[..., column] for column, name in enumerate(fields)}, jet, mask)


def flat(jets):
    """The same jets without padding."""
    jet = {name: ak.to_numpy(jets.jet[name]) for name in ("pt", "eta", "phi", "mass")}
    return flat_view(Ragged.of_lists(jets.constituents, ["pt", "eta", "phi", "energy"]), jet)


def of(name, *constituents, axis=(0.0, 0.0)):
    """One feature of the constituents of a jet of pT 100 and mass 10."""
    return features(view(jet_array(list(constituents), axis=axis), len(constituents)), [name])[0, :, 0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("log_pt", math.log(20)),
        ("log_jet_pt", math.log(100)),
        ("log_energy", math.log(25)),
        ("log_pt_share", math.log(0.2)),
        ("log_energy_share", math.log(25 / math.sqrt((100 * math.cosh(1)) ** 2 + 10**2))),
        ("delta_eta", 0.3),
        ("delta_phi", -0.4),
        ("delta_r", 0.5),
        ("log_kt", math.log(20 * 0.5)),
    ],
)
def test_one_constituent_by_hand(name, expected):
    assert of(name, (20, 1.3, 0.6, 25), axis=(1.0, 1.0)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("phi", "jet_phi", "expected"),
    [(3.1, -3.1, 6.2 - 2 * math.pi), (-3.1, 3.1, 2 * math.pi - 6.2), (6.2, 0.1, 6.1 - 2 * math.pi), (1, 0.5, 0.5)],
)
def test_delta_phi_goes_the_short_way_round(phi, jet_phi, expected):
    assert of("delta_phi", (1, 0, phi, 1), axis=(0, jet_phi)) == pytest.approx(expected, abs=1e-5)


@given(st.floats(-10, 10), st.floats(-10, 10))
def test_delta_phi_never_exceeds_pi(phi, jet_phi):
    assert abs(of("delta_phi", (1, 0, phi, 1), axis=(0, jet_phi)).item()) <= math.pi + 1e-5


def test_two_constituents_along_a_diagonal_lie_on_the_axis():
    hard, soft = (30, 0.3, 0.3, 40), (10, -0.1, -0.1, 12)
    assert of("along_axis", hard, soft) == pytest.approx([0.3 * math.sqrt(2), -0.1 * math.sqrt(2)], abs=1e-6)
    assert of("across_axis", hard, soft) == pytest.approx([0, 0], abs=1e-6)


def test_the_axis_points_towards_the_longer_tail_of_the_pt():
    near, far = (30, 0.1, 0, 30), (10, -0.3, 0, 10)  # 30 * 0.1³ < 10 * 0.3³
    assert of("along_axis", near, far) == pytest.approx([-0.1, 0.3], abs=1e-6)


def test_variables_of_the_constituents_are_unchanged_and_in_the_requested_order():
    two = view(jet_array([(20, 1, 2, 25), (10, 0, 1, 15)]), 2)
    assert features(two, ["energy", "pt"]).tolist() == [[[25, 20], [15, 10]]]


@given(jets(), st.integers(8, 20))
def test_padding_changes_nothing_and_is_zero(jets, length):
    short, long = features(view(jets, 8), ALL), features(view(jets, length), ALL)
    np.testing.assert_allclose(long[:, :8], short, rtol=1e-4, atol=1e-4)
    assert not long[:, 8:].any()
    assert not short[~view(jets, 8).mask].any()


@given(jets(), st.floats(-3, 3, width=32))
def test_features_are_the_same_without_padding(jets, axis):
    jets = ak.with_field(jets, np.arange(len(jets), dtype=np.float32) + axis, ["jet", "eta"])
    padded = view(jets)
    np.testing.assert_allclose(features(flat(jets), ALL), features(padded, ALL)[padded.mask], rtol=1e-4, atol=1e-4)


@given(jets())
def test_every_feature_of_any_detector_output_is_finite(jets):
    assert np.isfinite(features(view(jets), ALL)).all()


@pytest.mark.parametrize("jet_pt", [0.0, 1e-30, 1e6])
def test_jets_without_momentum_or_constituents_give_finite_features(jet_pt):
    jets = jet_array([], [(0, 0, 0, 0)], [(1, 2, 3, 4)], [(1e-30, 5, 3, 0)])
    jets = ak.with_field(jets, np.full(4, jet_pt, np.float32), ["jet", "pt"])
    jets = ak.with_field(jets, np.zeros(4, np.float32), ["jet", "mass"])
    assert np.isfinite(features(view(jets), ALL)).all()


@given(jets())
def test_features_of_a_jet_do_not_depend_on_the_others(jets):
    together = features(view(jets), ALL)
    for index in range(len(jets)):
        alone = features(view(jets[index : index + 1]), ALL)
        np.testing.assert_allclose(alone[0], together[index], rtol=1e-5, atol=1e-5)


def aligned(pt, x, y):
    """Coordinates along and across the principal axis of a jet at (0, 0)."""
    jet = jet_array(list(zip(pt, x, y, pt, strict=True)))
    return features(view(jet, len(pt)), AXIS)[0]


# Jets are drawn from a seed: of those that Hypothesis draws float by float, too few have a preferred direction.
@given(st.integers(0, 2**32 - 1), st.floats(0, 2 * math.pi), st.sampled_from([1, -1]))
def test_a_rotated_or_mirrored_jet_has_the_same_coordinates(seed, angle, mirror):
    random = np.random.default_rng(seed)
    pt, x, y = random.exponential(10, 12) + 1, random.normal(0, 0.3, 12), random.normal(0, 0.1, 12)
    original = aligned(pt, x, y)
    assume(np.linalg.norm([(pt * (x**2 - y**2)).sum(), 2 * (pt * x * y).sum()]) > 0.1 * (pt * (x**2 + y**2)).sum())
    assume((np.abs(pt @ original**3) > 0.05 * (pt @ np.abs(original) ** 3)).all())
    rotated = aligned(
        pt, math.cos(angle) * x - math.sin(angle) * mirror * y, math.sin(angle) * x + math.cos(angle) * mirror * y
    )
    np.testing.assert_allclose(rotated, original, atol=1e-4)


@given(jets())
def test_axis_coordinates_preserve_distances(jets):
    values = features(view(jets), [*AXIS, "delta_r"])
    np.testing.assert_allclose(np.hypot(values[..., 0], values[..., 1]), values[..., 2], rtol=1e-4, atol=1e-5)


def test_keras_agrees_with_numpy(tensorflow):
    from keras import ops

    random = np.random.default_rng(3)
    jets = jet_array(*(random.uniform([1, -1, -3, 1], [90, 1, 3, 200], (count, 4)) for count in range(9)), axis=(0, 3))
    np.testing.assert_allclose(
        ops.convert_to_numpy(features(view(jets, ops=ops), ALL)), features(view(jets), ALL), rtol=1e-3, atol=1e-4
    )


ANYTHING = st.floats(allow_nan=False, allow_infinity=False, width=32)


@given(
    st.lists(st.tuples(ANYTHING, ANYTHING, ANYTHING, ANYTHING), min_size=1, max_size=4),
    st.lists(ANYTHING, min_size=4, max_size=4),
)
@example([(0, 0, -3.4028234663852886e38, 0)], [0, 0, 1.0141204801825835e31, 0])  # their difference is infinite
def test_features_are_finite_for_any_finite_values(constituents, axis):
    array = jet_array(constituents)
    for index, name in enumerate(("pt", "eta", "phi", "mass")):
        array["jet", name] = np.array([axis[index]], np.float32)
    with np.errstate(all="ignore"):
        assert np.isfinite(features(view(array), ALL)).all()
        assert np.isfinite(features(flat(array), ALL)).all()
