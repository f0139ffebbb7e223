import numpy as np
import pytest

from tagwerk.jets.momentum import polar, total


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
