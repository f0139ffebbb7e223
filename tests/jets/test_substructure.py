import math

import fastjet
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagwerk.jets.kinematics import wrap_phi
from tagwerk.jets.ragged import Ragged
from tagwerk.jets.substructure import (
    VARIABLES,
    SubstructureView,
    multiplicity,
    pt_dispersion,
    subjettiness,
    tau21,
    tau32,
    width,
)


def view(*jets, axis=(0.0, 0.0)):
    """A view of lists of (pt, eta, phi); `axis` is the jets' (eta, phi)."""
    pt, eta, phi = np.array([leaf for jet in jets for leaf in jet], dtype=np.float64).reshape(-1, 3).T
    constituents = Ragged({"pt": pt, "eta": eta, "phi": phi}, np.array([len(jet) for jet in jets], np.int64))
    return SubstructureView(constituents, tuple(np.full(len(jets), coordinate) for coordinate in axis))


def random_jets(seed, count, phi=0.0):
    """Jets of 0-40 constituents around (0, phi), with phi in [-pi, pi)."""
    rng = np.random.default_rng(seed)
    jets = []
    for _ in range(count):
        n = rng.integers(0, 41)
        pt = np.sort(rng.exponential(5.0, n) + 0.3)[::-1]
        leaf_phi = wrap_phi(rng.normal(phi, 0.3, n))
        jets.append(np.stack([pt, rng.normal(0.0, 0.3, n), leaf_phi], axis=1))
    return jets


SEEDS = st.integers(0, 2**32 - 1)
THREE = [(4, 0.0, 0.0), (2, 0.5, 0.0), (1, 0.6, 0.0)]


def test_two_constituents_by_hand():
    jets = view([(3, 0.0, 0.0), (1, 0.0, 0.4)], axis=(0.0, 0.1))
    assert multiplicity(jets) == 2
    assert width(jets) == pytest.approx((3 * 0.1 + 1 * 0.3) / 4)
    assert pt_dispersion(jets) == pytest.approx(math.sqrt(10) / 4)
    assert subjettiness(jets, 1) == pytest.approx(0.4 / 4)
    assert tau21(jets) == 0
    assert tau32(jets) == 0


def test_three_constituents_by_hand():
    jets = view(THREE)
    assert subjettiness(jets, 1) == pytest.approx((2 * 0.5 + 1 * 0.6) / 7)
    assert subjettiness(jets, 2) == pytest.approx(0.1 / 7)
    assert subjettiness(jets, 1, beta=2) == pytest.approx((2 * 0.25 + 1 * 0.36) / 7)
    assert tau21(jets) == pytest.approx(1 / 16)
    assert tau32(jets) == 0


def test_the_winner_is_decided_by_merged_pt():
    jets = view([(4, 0.0, 0.0), (3, 0.5, 0.0), (2, 0.6, 0.0)])
    assert subjettiness(jets, 1) == pytest.approx((4 * 0.5 + 2 * 0.1) / 9)


def test_constituents_far_from_the_jet_do_not_merge_with_the_beam():
    assert subjettiness(view([(10, 0.0, 0.0), (1, 3.0, 0.0)]), 1) == pytest.approx(3 / 11)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_tau_n_of_n_constituents_is_zero(n):
    assert subjettiness(view([(n - i, 0.1 * i**2, 0.0) for i in range(n)]), n) == 0


def test_every_variable_of_an_empty_jet_is_zero():
    jets = view([], THREE, [], [])
    for variable in VARIABLES.values():
        assert variable(jets)[[0, 2, 3]].tolist() == [0, 0, 0]


def test_one_constituent_has_unit_dispersion_and_no_structure():
    jets = view([(5, 0.3, 0.4)])
    assert {name: variable(jets).item() for name, variable in VARIABLES.items()} == {
        "multiplicity": 1,
        "width": pytest.approx(0.5),
        "pt_dispersion": 1,
        "tau21": 0,
        "tau32": 0,
    }


@pytest.mark.parametrize(
    "jet", [[(1, 0.1, 0.2)] * 5, [(0, 0.1, 0.2), (0, 0.3, 0.4)], [(1e-30, 0.0, 0.0), (1e-30, 1e-12, 3.0)]]
)
def test_degenerate_jets_stay_finite(jet):
    for variable in VARIABLES.values():
        assert np.all(np.isfinite(variable(view(jet))))


def test_no_jets_give_no_values():
    for variable in VARIABLES.values():
        assert variable(view()).shape == (0,)


@pytest.mark.parametrize(("n", "beta"), [(0, 1.0), (1, 0.0), (1, -1.0), (1, math.nan)])
def test_subjettiness_refuses_meaningless_parameters(n, beta):
    with pytest.raises(ValueError, match="n >= 1 and beta > 0"):
        subjettiness(view(THREE), n, beta)


def all_values(jets):
    return np.stack([variable(jets) for variable in VARIABLES.values()], axis=1)


@settings(deadline=None, max_examples=50)
@given(seed=SEEDS, phi=st.floats(-math.pi, math.pi))
def test_variables_do_not_change_under_rotation_in_phi(seed, phi):
    original = view(*random_jets(seed, 5))
    rotated = view(*random_jets(seed, 5, phi), axis=(0.0, phi))
    np.testing.assert_allclose(all_values(rotated), all_values(original), rtol=1e-5, atol=1e-6)


def test_the_range_of_phi_does_not_matter():
    signed = random_jets(4, 20, phi=math.pi)
    positive = [np.where([False, False, True] & (jet < 0), jet + 2 * math.pi, jet) for jet in signed]
    values = all_values(view(*signed, axis=(0.0, -math.pi)))
    np.testing.assert_allclose(all_values(view(*positive, axis=(0.0, math.pi))), values, rtol=1e-5, atol=1e-6)


@settings(deadline=None, max_examples=50)
@given(seed=SEEDS, scale=st.floats(1e-3, 1e3))
def test_variables_do_not_change_when_all_pt_are_scaled(seed, scale):
    jets = random_jets(seed, 5)
    scaled = view(*(jet * [scale, 1, 1] for jet in jets))
    np.testing.assert_allclose(all_values(scaled), all_values(view(*jets)), rtol=1e-5, atol=1e-6)


@settings(deadline=None, max_examples=50)
@given(seed=SEEDS, beta=st.floats(0.2, 3))
def test_subjettiness_decreases_with_n(seed, beta):
    jets = view(*random_jets(seed, 5))
    tau = [subjettiness(jets, n, beta) for n in range(1, 6)]
    assert np.all(np.diff(tau, axis=0) <= 0)


@settings(deadline=None, max_examples=50)
@given(seed=SEEDS)
def test_variables_of_a_jet_do_not_change_under_selection(seed):
    jets = random_jets(seed, 8)
    chosen = np.random.default_rng(seed).permutation(8)[:5]
    np.testing.assert_array_equal(all_values(view(*(jets[i] for i in chosen))), all_values(view(*jets))[chosen])


def d_r(a, b):
    return math.hypot(a[1] - b[1], math.remainder(a[2] - b[2], 2 * math.pi))


def tau_about(axes, jet, beta):
    total = sum(leaf[0] for leaf in jet)
    return sum(leaf[0] * min(d_r(leaf, axis) for axis in axes) ** beta for leaf in jet) / total if total else 0.0


def brute_force_axes(jet, n):
    """Exclusive kt axes, found by comparing all distances in every step."""
    axes = [tuple(leaf) for leaf in jet]
    while len(axes) > n:
        pairs = [(a, b) for i, a in enumerate(axes) for b in axes[:i]]
        pair = min(pairs, key=lambda ab: min(ab[0][0], ab[1][0]) ** 2 * d_r(*ab) ** 2)
        axes = [axis for axis in axes if axis not in pair]
        axes.append((pair[0][0] + pair[1][0], *max(pair)[1:]))
    return axes


def fastjet_axes(jet, n):
    """Axes of exclusive kt jets, with a radius at which nothing merges with the beam."""
    definition = fastjet.JetDefinition(fastjet.kt_algorithm, 1000.0, fastjet.WTA_pt_scheme)
    leaves = [
        fastjet.PseudoJet(pt * math.cos(phi), pt * math.sin(phi), pt * math.sinh(eta), pt * math.cosh(eta))
        for pt, eta, phi in jet
    ]
    sequence = fastjet.ClusterSequence(leaves, definition)
    return [(axis.pt(), axis.rap(), axis.phi()) for axis in sequence.exclusive_jets(min(n, len(leaves)))]


@pytest.mark.parametrize("find_axes", [brute_force_axes, fastjet_axes])
@pytest.mark.parametrize(("n", "beta"), [(1, 1.0), (2, 1.0), (3, 1.0), (4, 2.0)])
def test_subjettiness_agrees_with_other_clusterings(find_axes, n, beta):
    jets = random_jets(7 * n, 30, phi=3.0)
    expected = [tau_about(find_axes(jet, n), jet, beta) if len(jet) else 0 for jet in jets]
    assert np.count_nonzero(expected) > 20
    np.testing.assert_allclose(subjettiness(view(*jets), n, beta), expected, rtol=1e-5, atol=1e-7)


def test_sums_agree_with_a_loop_over_constituents():
    jets, axis = random_jets(3, 100, phi=-3.1), (0.1, 3.1)
    flat = view(*jets, axis=axis)
    assert multiplicity(flat).tolist() == [len(jet) for jet in jets]
    np.testing.assert_allclose(width(flat), [tau_about([(0, *axis)], jet, 1) for jet in jets], rtol=1e-5)
    dispersions = [math.sqrt(sum(pt**2 for pt, _, _ in jet)) / (sum(pt for pt, _, _ in jet) or 1) for jet in jets]
    np.testing.assert_allclose(pt_dispersion(flat), dispersions, rtol=1e-5)


def test_ratios_are_those_of_the_subjettinesses():
    jets = view(*(jet for jet in random_jets(5, 100) if len(jet) > 2))
    tau1, tau2, tau3 = (subjettiness(jets, n) for n in (1, 2, 3))
    np.testing.assert_allclose(tau21(jets), tau2 / tau1, rtol=1e-5)
    np.testing.assert_allclose(tau32(jets), tau3 / tau2, rtol=1e-5)
