import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.jets.momentum import absolute, cartesian, polar, scaled, total


def values(record):
    return {name: array.tolist() for name, array in record.items()}


def test_three_four_five_from_cartesian_components():
    found = polar({"px": np.array([3.0]), "py": np.array([4.0]), "pz": np.array([0.0]), "energy": np.array([13.0])})
    assert values(found) == {
        "pt": [5.0],
        "eta": [0.0],
        "phi": [pytest.approx(np.arctan2(4, 3))],
        "mass": [12.0],
        "energy": [13.0],
    }


@pytest.mark.parametrize("given", [("mass", 12.0), ("energy", 13.0)])
def test_mass_and_energy_follow_from_one_another(given):
    name, value = given
    found = polar({"pt": np.array([5.0]), "eta": np.array([0.0]), "phi": np.array([1.0]), name: np.array([value])})
    assert values(found)["mass"] == [12.0]
    assert values(found)["energy"] == [13.0]


def test_all_forms_give_the_same_alone_and_in_sums():
    random = np.random.default_rng(1)
    counts = [3, 0, 2]
    pt, eta, phi, mass = random.uniform(0.1, 3, (4, 5))
    energy = np.hypot(pt * np.cosh(eta), mass)
    cartesian = {"px": pt * np.cos(phi), "py": pt * np.sin(phi), "pz": pt * np.sinh(eta), "energy": energy}
    one = {"pt": pt, "eta": eta, "phi": phi, "mass": mass}
    other = {"pt": pt, "eta": eta, "phi": phi, "energy": energy}
    found = [polar(form) for form in (cartesian, one, other)]
    sums = [total(form, np.array(counts)) for form in (cartesian, one, other)]
    for same in (found, sums):
        for name in ("pt", "eta", "phi", "mass", "energy"):
            for each in same[1:]:
                np.testing.assert_allclose(each[name], same[0][name], rtol=1e-9, atol=1e-9)


def test_two_back_to_back_particles_make_a_mass_of_their_energies():
    constituents = {"pt": [5.0, 5.0], "eta": [0.0, 0.0], "phi": [0.0, np.pi], "mass": [0.0, 0.0]}
    found = total({name: np.array(x) for name, x in constituents.items()}, np.array([2]))
    assert found["mass"].tolist() == [pytest.approx(10)]
    assert found["pt"].tolist() == [pytest.approx(0, abs=1e-9)]


def test_along_the_beam_and_at_rest_all_is_finite():
    at = {"px": [0.0, 0.0], "py": [0.0, 0.0], "pz": [7.0, 0.0], "energy": [7.0, 0.0]}
    found = polar({name: np.array(x) for name, x in at.items()})
    assert all(np.isfinite(array).all() for array in found.values())


def test_a_sum_over_nothing_is_zero():
    none = dict.fromkeys(("pt", "eta", "phi", "mass"), np.empty(0))
    assert all(array.tolist() == [0.0] for array in total(none, np.array([0])).values())


def arrays(**components):
    return {name: np.atleast_1d(np.array(each, np.float64)) for name, each in components.items()}


def test_a_rapidity_of_five_over_thirteen():
    # E = 13, pz = 5, so that tanh y = 5/13; mT = 12, of which pT = 12 leaves no mass and pT = 0.001 nearly all.
    rapidity = np.arctanh(5 / 13)
    found = polar(arrays(pt=12, rapidity=rapidity, phi=0, energy=13))
    assert found["eta"] == pytest.approx(rapidity)
    assert found["mass"] == pytest.approx(0, abs=1e-6)
    heavy = polar(arrays(pt=9, rapidity=rapidity, phi=0, mass=np.sqrt(63)))
    assert heavy["energy"] == pytest.approx(13)
    assert heavy["eta"] == pytest.approx(np.arcsinh(5 / 9))


def test_rapidity_and_pseudorapidity_are_the_same_without_a_mass_alone():
    found = polar(arrays(pt=2, eta=1.5, phi=0, mass=[0, 2]), ("rapidity",))["rapidity"]
    assert found[0] == pytest.approx(1.5)
    # pz = 2 sinh 1.5, mT = 2 sqrt 2.
    assert found[1] == pytest.approx(np.arcsinh(np.sinh(1.5) / np.sqrt(2)))


def test_momentum_and_mass_make_an_energy():
    found = polar(arrays(px=3, py=4, pz=12, mass=84))
    assert (found["pt"], found["energy"]) == (pytest.approx(5), pytest.approx(85))
    assert polar(arrays(px=0, py=0, pz=12, mass=5))["energy"] == pytest.approx(13)  # along the beam too


MOMENTA = st.tuples(st.floats(0.1, 1e3), st.floats(-4, 4), st.floats(-3.1, 3.1), st.floats(0.01, 200))


@given(MOMENTA)
def test_every_form_gives_back_every_other(momentum):
    whole = polar(
        arrays(**dict(zip(("pt", "eta", "phi", "mass"), momentum, strict=True))),
        ("pt", "eta", "phi", "mass", "energy", "rapidity"),
    )
    flat = whole | {name: each for name, each in cartesian(whole).items() if name != "energy"}
    forms = ("pt eta phi energy", "px py pz energy", "px py pz mass", "pt rapidity phi mass", "pt rapidity phi energy")
    for form in forms:
        found = polar({name: flat[name] for name in form.split()}, tuple(whole))
        for name in ("pt", "eta", "phi", "energy", "rapidity"):
            np.testing.assert_allclose(found[name], whole[name], rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(found["mass"], whole["mass"], rtol=1e-5, atol=1e-6 * whole["energy"][0])


@given(MOMENTA, MOMENTA, st.booleans(), st.sampled_from(["eta", "rapidity"]))
def test_what_is_made_relative_and_absolute_again_is_the_same(momentum, jet, mirrored, angle):
    names = ("pt", angle, "phi", "energy")
    own, axis = (
        polar(
            arrays(**dict(zip(("pt", "eta", "phi", "mass"), each, strict=True))),
            ("pt", "eta", "phi", "energy", "rapidity"),
        )
        for each in (momentum, jet)
    )
    sign = (1 if axis["eta"] > 0 else -1) if mirrored else 1
    relative = {
        "pt": own["pt"] / axis["pt"],
        angle: (own[angle] - axis[angle]) * sign,
        "phi": own["phi"] - axis["phi"],
        "energy": own["energy"] / axis["energy"],
    }
    found = absolute(relative, axis, mirrored)
    assert list(found) == list(names)
    for name in names:
        np.testing.assert_allclose(found[name], own[name], rtol=1e-9, atol=1e-9)


def test_an_angle_beyond_pi_comes_in_from_the_other_side():
    found = absolute(arrays(phi=[0.3, -0.3]), arrays(phi=[3.0, -3.0], eta=[0, 0]))["phi"]
    assert found.tolist() == [pytest.approx(3.3 - 2 * np.pi), pytest.approx(2 * np.pi - 3.3)]


@given(MOMENTA, st.floats(0, 1))
def test_a_weight_scales_all_four_components(momentum, weight):
    whole = polar(
        arrays(**dict(zip(("pt", "eta", "phi", "mass"), momentum, strict=True))), ("pt", "eta", "phi", "energy")
    )
    found = cartesian(scaled(whole, np.array([weight])))
    for name, each in cartesian(whole).items():
        np.testing.assert_allclose(found[name], weight * each, rtol=1e-9)
