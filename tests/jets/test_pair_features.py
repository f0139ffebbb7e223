import numpy as np
import pytest
import vector
from keras import ops

from tagwerk.jets.pair_features import pair_features, pair_kinematics


@pytest.fixture(params=[np, ops], ids=["numpy", "keras"])
def features(request):
    def values(*pair):
        first, second = (pair_kinematics(request.param, *np.moveaxis(momenta, -1, 0)) for momenta in pair)
        return np.stack([np.asarray(each) for each in pair_features(request.param, first, second)], axis=-1)

    return values


@pytest.fixture
def momenta():
    """pt, eta, phi and energy of four constituents around φ = π, in single precision."""
    random = np.random.default_rng(7)
    pt, eta = random.exponential(30, 4) + 1, random.normal(1, 0.3, 4)
    phi = (random.normal(np.pi, 0.3, 4) + np.pi) % (2 * np.pi) - np.pi
    return np.stack([pt, eta, phi, np.hypot(pt * np.cosh(eta), 0.14)], axis=-1).astype("float32")


def test_features_are_those_of_the_paper(features, momenta):
    constituents = [vector.obj(pt=pt, eta=eta, phi=phi, E=energy) for pt, eta, phi, energy in momenta.astype(float)]
    for i in range(4):
        for j in set(range(4)) - {i}:
            a, b = constituents[i], constituents[j]
            softer, delta = min(a.pt, b.pt), np.hypot(a.rapidity - b.rapidity, a.deltaphi(b))
            expected = np.log([delta, softer * delta, softer / (a.pt + b.pt), (a + b).mass2])
            np.testing.assert_allclose(features(momenta[i], momenta[j]), expected, atol=2e-4)


def test_features_of_a_constituent_with_itself_are_those_of_the_authors_code(features, momenta):
    x = momenta[0]
    mass2 = float(x[3]) ** 2 - float(x[0] * np.cosh(x[1])) ** 2
    assert x[0] > 1  # pT times the floor of Δ is not the floor of kT
    np.testing.assert_allclose(features(x, x), np.log([1e-8, 1e-8, 0.5, 4 * mass2]), atol=2e-2)


def test_collinear_constituents_and_zero_momenta_give_finite_features(features):
    momenta = np.array([[10, 1, 2, 16], [10, 1, 2, 16], [0, 0, 0, 0], [5, 300, 0, 1e4]], "float32")
    assert np.isfinite(features(momenta[:, None], momenta[None])).all()
