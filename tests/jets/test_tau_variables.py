"""The high-level variables of taus, on candidates whose numbers can be checked by hand, and on any candidate."""

import math
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.jets import tau_variables
from tagwerk.jets.ragged import Ragged
from tagwerk.jets.tau_variables import TAU_VARIABLES
from tagwerk.jets.tau_view import PION_MASS, TauView
from tests.jets.tau_candidates import CLUSTER, TRACK, any_candidates, random_candidates, view

# Three core tracks, one in the isolation annulus and one outside, at η = 0; and four clusters, of which the third is in
# the annulus and the fourth is noise.
TRACKS = [
    (10, 0.0, -0.05, 0.02, 0.01),
    (20, 0.0, 0.05, -0.03, 0.02),
    (2, 0.0, 0.15, 0.5, 0.1),
    (8, 0.0, 0.25, 1.0, 0.1),
    (99, 0.0, 0.45, 1.0, 0.1),
]
CLUSTERS = [(30, 0.0, 0.0, 0.5), (10, 0.0, 0.15, 0.1), (4, 0.0, -0.3, 1.0), (-5, 0.0, 0.0, 1.0)]
BOUNDS = {
    "core_tracks": (0, math.inf),
    "isolation_tracks": (0, math.inf),
    "cent_frac": (0, 1),
    "et_over_pt_lead_track": (0, 30),
    "dr_max": (0, 0.2),
    "ip_sig_lead_track": (0, 30),
    "tr_flight_path_sig": (-100, 100),
    "mass_track_system": (0, 1000),
    "sum_pt_track_fraction": (0, 1),
    "em_over_track_system_p": (0, 30),
    "pt_ratio_eflow": (0, 4),
    "mass_eflow": (0, 1000),
    "pt_intermediate_axis": (0, 1e5),
}
SEEDS = st.integers(0, 2**32 - 1)


def value(name, tracks=TRACKS, clusters=CLUSTERS):
    """A variable of one candidate."""
    return TAU_VARIABLES[name].compute(view([tracks], [clusters])).item()


def transverse(*momenta):
    """px and py of the sum of (pt, phi)."""
    return sum(pt * math.cos(phi) for pt, phi in momenta), sum(pt * math.sin(phi) for pt, phi in momenta)


def mass(energy, px, py):
    return math.sqrt(energy**2 - px**2 - py**2)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("core_tracks", 3),
        ("isolation_tracks", 1),
        ("cent_frac", 30 / 40),
        ("et_over_pt_lead_track", 40 / 20),
        ("dr_max", 0.15),
        ("ip_sig_lead_track", 0.03 / 0.02),
        ("sum_pt_track_fraction", 8 / 40),
        ("em_over_track_system_p", (15 + 1 + 4) / 32),
        ("pt_intermediate_axis", math.hypot(*transverse((30, 0), (10, 0.15)))),
    ],
)
def test_a_candidate_by_hand(name, expected):
    assert value(name) == pytest.approx(expected)


def test_the_mass_of_the_tracks_is_of_core_and_isolation_tracks_as_pions():
    momenta = [(10, -0.05), (20, 0.05), (2, 0.15), (8, 0.25)]
    energy = sum(math.hypot(pt, PION_MASS) for pt, _ in momenta)
    assert value("mass_track_system") == pytest.approx(mass(energy, *transverse(*momenta)))
    assert value("mass_track_system", TRACKS[:1]) == pytest.approx(PION_MASS)


def test_eflow_is_of_the_core_tracks_and_the_electromagnetic_energy_of_two_core_clusters():
    tracks = [(10, -0.05), (20, 0.05), (2, 0.15)]
    clusters = [*CLUSTERS, (2, 0.0, 0.1, 0.25)]  # a third core cluster, of less EM energy than 15 and 1
    system = transverse(*tracks, (15, 0), (1, 0.15))
    energy = sum(math.hypot(pt, PION_MASS) for pt, _ in tracks) + 16
    axis = math.hypot(*transverse((30, 0), (10, 0.15), (2, 0.1)))
    assert value("mass_eflow", clusters=clusters) == pytest.approx(mass(energy, *system))
    assert value("pt_ratio_eflow", clusters=clusters) == pytest.approx(math.hypot(*system) / axis)


def test_transverse_energy_and_momentum_depend_on_eta():
    tracks, clusters = [(10, 1.0, 0.0, 0, 0.1)], [(30, 1.0, 0.0, 0.5)]
    taus = view([tracks], [clusters], axis=(1.0, 0.0))
    found = {name: variable.compute(taus).item() for name, variable in TAU_VARIABLES.items()}
    assert found["et_over_pt_lead_track"] == pytest.approx(3 / math.cosh(1))
    assert found["em_over_track_system_p"] == pytest.approx(15 / (10 * math.cosh(1)))
    assert found["pt_intermediate_axis"] == pytest.approx(30 / math.cosh(1))


def test_tracks_that_cross_beyond_the_beam_line_have_a_positive_flight_path():
    """Lines at φ = ±0.1 with d0 = ∓L sin 0.1 cross at (L, 0), where σ(L) = σ(d0) / (√2 sin 0.1)."""
    d0 = 2 * math.sin(0.1)
    ahead, behind = ([(5, 0.0, 0.1, -sign * d0, 0.02), (5, 0.0, -0.1, sign * d0, 0.02)] for sign in (1, -1))
    significance = 2 * math.sqrt(2) * math.sin(0.1) / 0.02
    assert value("tr_flight_path_sig", ahead) == pytest.approx(significance)
    assert value("tr_flight_path_sig", behind) == pytest.approx(-significance)


@pytest.mark.parametrize("name", TAU_VARIABLES)
def test_without_tracks_and_clusters_every_variable_is_zero(name):
    assert TAU_VARIABLES[name].compute(view([[], []], [[], []])).tolist() == [0, 0]


@pytest.mark.parametrize("name", [name for name, variable in TAU_VARIABLES.items() if "tracks" in variable.needs])
def test_without_core_tracks_only_isolation_and_clusters_are_left(name):
    expected = {"isolation_tracks": 1, "sum_pt_track_fraction": 1, "mass_track_system": pytest.approx(PION_MASS)}
    clusters = {"pt_ratio_eflow", "mass_eflow"}
    assert value(name, TRACKS[3:], [] if name in clusters else CLUSTERS) == expected.get(name, 0)


@pytest.mark.parametrize("name", [name for name, variable in TAU_VARIABLES.items() if "clusters" in variable.needs])
def test_clusters_of_negative_energy_count_for_nothing(name):
    assert value(name, clusters=[(-5, 0.0, 0.0, 1.0)]) == value(name, clusters=[])


@pytest.mark.parametrize("error", [0.0, -1.0, math.nan])
def test_without_a_positive_error_there_is_no_significance(error):
    tracks = [(*track[:4], error) for track in TRACKS]
    assert value("ip_sig_lead_track", tracks) == value("tr_flight_path_sig", tracks) == 0


def test_a_track_far_from_the_beam_line_has_the_largest_significance():
    assert value("ip_sig_lead_track", [(10, 0.0, 0.0, -1e30, 0.01)]) == 30


def test_every_variable_has_a_function_of_its_name_and_bounds():
    assert [*BOUNDS] == [*TAU_VARIABLES]
    assert all(variable.compute is getattr(tau_variables, name) for name, variable in TAU_VARIABLES.items())


@given(any_candidates(near=True) | any_candidates(near=False))
def test_any_candidate_has_finite_variables_within_their_bounds(taus):
    for name, variable in TAU_VARIABLES.items():
        values, (least, most) = variable.compute(taus), BOUNDS[name]
        assert values.dtype == np.float32
        assert values.shape == taus.phi.shape
        assert np.isfinite(values).all(), name
        assert (values >= least).all(), name
        assert (values <= np.float32(most)).all(), name


def all_values(taus):
    return np.stack([variable.compute(taus) for variable in TAU_VARIABLES.values()], axis=1)


@given(seed=SEEDS, phi=st.floats(-math.pi, math.pi), turns=st.integers(-1, 1))
def test_variables_do_not_change_under_rotation_in_phi(seed, phi, turns):
    original, rotated = view(*random_candidates(seed, 5)), random_candidates(seed, 5, phi + 2 * math.pi * turns)
    np.testing.assert_allclose(all_values(view(*rotated, axis=(0.0, phi))), all_values(original), rtol=1e-5, atol=1e-6)


@given(seed=SEEDS)
def test_variables_do_not_depend_on_the_order_of_tracks_and_clusters(seed):
    lists = random_candidates(seed, 5)
    reversed_ = [[one[::-1] for one in each] for each in lists]
    np.testing.assert_allclose(all_values(view(*reversed_)), all_values(view(*lists)), rtol=1e-5, atol=1e-6)


@given(seed=SEEDS)
def test_variables_of_a_candidate_do_not_depend_on_the_others(seed):
    tracks, clusters = random_candidates(seed, 5)
    alone = [all_values(view([one], [other])) for one, other in zip(tracks, clusters, strict=True)]
    np.testing.assert_array_equal(all_values(view(tracks, clusters)), np.concatenate(alone))


@pytest.mark.parametrize("name", TAU_VARIABLES)
def test_a_variable_reads_what_it_needs_and_nothing_else(name):
    momenta = {"tracks": TRACK[:3], "clusters": CLUSTER[:3]}
    whole, variable = view(*random_candidates(1, 20)), TAU_VARIABLES[name]

    def without(column):
        """The same candidates with the sequences and columns that the variable needs, but one."""
        sequences = {}
        for sequence, extra in variable.needs.items():
            values, counts = whole.sequences[sequence].values, whole.sequences[sequence].counts
            kept = {each: values[each] for each in (*momenta[sequence], *extra) if each != column}
            sequences[sequence] = Ragged(kept, counts)
        return TauView(sequences, whole.axis)

    np.testing.assert_array_equal(variable.compute(without(None)), variable.compute(whole))
    for column in chain.from_iterable(variable.needs.values()):
        with pytest.raises(KeyError, match=column):
            variable.compute(without(column))
