import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.jets.momentum import cartesian, from_relative, polar, scaled, total_momentum


def values(record):
    return {name: array.tolist() for name, array in record.items()}


def test_three_four_five_from_cartesian_components():
    result = polar({"px": np.array([3.0]), "py": np.array([4.0]), "pz": np.array([0.0]), "energy": np.array([13.0])})
    assert values(result) == {
        "pt": [5.0],
        "eta": [0.0],
        "phi": [pytest.approx(np.arctan2(4, 3))],
        "mass": [12.0],
        "energy": [13.0],
    }


@pytest.mark.parametrize("given", [("mass", 12.0), ("energy", 13.0)])
def test_mass_and_energy_follow_from_each_other(given):
    name, value = given
    result = polar({"pt": np.array([5.0]), "eta": np.array([0.0]), "phi": np.array([1.0]), name: np.array([value])})
    assert values(result)["mass"] == [12.0]
    assert values(result)["energy"] == [13.0]


def test_all_forms_agree_alone_and_in_sums():
    random = np.random.default_rng(1)
    counts = [3, 0, 2]
    pt, eta, phi, mass = random.uniform(0.1, 3, (4, 5))
    energy = np.hypot(pt * np.cosh(eta), mass)
    cartesian = {"px": pt * np.cos(phi), "py": pt * np.sin(phi), "pz": pt * np.sinh(eta), "energy": energy}
    with_mass = {"pt": pt, "eta": eta, "phi": phi, "mass": mass}
    with_energy = {"pt": pt, "eta": eta, "phi": phi, "energy": energy}
    forms = (cartesian, with_mass, with_energy)
    for first, *others in (
        [polar(form) for form in forms],
        [total_momentum(form, np.array(counts)) for form in forms],
    ):
        for name in ("pt", "eta", "phi", "mass", "energy"):
            for other in others:
                np.testing.assert_allclose(other[name], first[name], rtol=1e-9, atol=1e-9)


def test_the_mass_of_two_back_to_back_particles_is_the_sum_of_their_energies():
    constituents = {"pt": [5.0, 5.0], "eta": [0.0, 0.0], "phi": [0.0, np.pi], "mass": [0.0, 0.0]}
    result = total_momentum({name: np.array(x) for name, x in constituents.items()}, np.array([2]))
    assert result["mass"].tolist() == [pytest.approx(10)]
    assert result["pt"].tolist() == [pytest.approx(0, abs=1e-9)]


def test_along_the_beam_and_at_rest_everything_is_finite():
    momenta = {"px": [0.0, 0.0], "py": [0.0, 0.0], "pz": [7.0, 0.0], "energy": [7.0, 0.0]}
    result = polar({name: np.array(x) for name, x in momenta.items()})
    assert all(np.isfinite(array).all() for array in result.values())


def test_an_empty_sum_is_zero():
    none = dict.fromkeys(("pt", "eta", "phi", "mass"), np.empty(0))
    assert all(array.tolist() == [0.0] for array in total_momentum(none, np.array([0])).values())


def arrays(**components):
    return {name: np.atleast_1d(np.array(value, np.float64)) for name, value in components.items()}


def test_a_rapidity_of_five_over_thirteen():
    # E = 13 and pz = 5 give tanh y = 5/13 and mT = 12: no mass with pT = 12, and a mass of √63 with pT = 9.
    rapidity = np.arctanh(5 / 13)
    result = polar(arrays(pt=12, rapidity=rapidity, phi=0, energy=13))
    assert result["eta"] == pytest.approx(rapidity)
    assert result["mass"] == pytest.approx(0, abs=1e-6)
    heavy = polar(arrays(pt=9, rapidity=rapidity, phi=0, mass=np.sqrt(63)))
    assert heavy["energy"] == pytest.approx(13)
    assert heavy["eta"] == pytest.approx(np.arcsinh(5 / 9))


def test_rapidity_and_pseudorapidity_agree_only_without_mass():
    result = polar(arrays(pt=2, eta=1.5, phi=0, mass=[0, 2]), ("rapidity",))["rapidity"]
    assert result[0] == pytest.approx(1.5)
    # pz = 2 sinh 1.5, mT = 2 sqrt 2.
    assert result[1] == pytest.approx(np.arcsinh(np.sinh(1.5) / np.sqrt(2)))


def test_the_energy_follows_from_momentum_and_mass():
    result = polar(arrays(px=3, py=4, pz=12, mass=84))
    assert (result["pt"], result["energy"]) == (pytest.approx(5), pytest.approx(85))
    assert polar(arrays(px=0, py=0, pz=12, mass=5))["energy"] == pytest.approx(13)  # along the beam too


MOMENTA = st.tuples(st.floats(0.1, 1e3), st.floats(-4, 4), st.floats(-3.1, 3.1), st.floats(0.01, 200))


@given(MOMENTA)
def test_every_form_gives_every_other(momentum):
    full = polar(
        arrays(**dict(zip(("pt", "eta", "phi", "mass"), momentum, strict=True))),
        ("pt", "eta", "phi", "mass", "energy", "rapidity"),
    )
    both = full | {name: values for name, values in cartesian(full).items() if name != "energy"}
    forms = ("pt eta phi energy", "px py pz energy", "px py pz mass", "pt rapidity phi mass", "pt rapidity phi energy")
    for form in forms:
        result = polar({name: both[name] for name in form.split()}, tuple(full))
        for name in ("pt", "eta", "phi", "energy", "rapidity"):
            np.testing.assert_allclose(result[name], full[name], rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(result["mass"], full["mass"], rtol=1e-5, atol=1e-6 * full["energy"][0])


@given(MOMENTA, MOMENTA, st.booleans(), st.sampled_from(["eta", "rapidity"]))
def test_from_relative_inverts_differences_and_shares(momentum, jet, mirrored, angle):
    names = ("pt", angle, "phi", "energy")
    constituent, axis = (
        polar(
            arrays(**dict(zip(("pt", "eta", "phi", "mass"), vector, strict=True))),
            ("pt", "eta", "phi", "energy", "rapidity"),
        )
        for vector in (momentum, jet)
    )
    sign = (1 if axis["eta"] > 0 else -1) if mirrored else 1
    relative = {
        "pt": constituent["pt"] / axis["pt"],
        angle: (constituent[angle] - axis[angle]) * sign,
        "phi": constituent["phi"] - axis["phi"],
        "energy": constituent["energy"] / axis["energy"],
    }
    result = from_relative(relative, axis, mirrored)
    assert list(result) == list(names)
    for name in names:
        np.testing.assert_allclose(result[name], constituent[name], rtol=1e-9, atol=1e-9)


def test_azimuths_beyond_pi_are_wrapped():
    result = from_relative(arrays(phi=[0.3, -0.3]), arrays(phi=[3.0, -3.0], eta=[0, 0]))["phi"]
    assert result.tolist() == [pytest.approx(3.3 - 2 * np.pi), pytest.approx(2 * np.pi - 3.3)]


@given(MOMENTA, st.floats(0, 1))
def test_a_weight_scales_all_four_components(momentum, weight):
    full = polar(
        arrays(**dict(zip(("pt", "eta", "phi", "mass"), momentum, strict=True))), ("pt", "eta", "phi", "energy")
    )
    result = cartesian(scaled(full, np.array([weight])))
    for name, values in cartesian(full).items():
        # Products below the smallest normal number are rounded.
        np.testing.assert_allclose(result[name], weight * values, rtol=1e-9, atol=1e-300)
