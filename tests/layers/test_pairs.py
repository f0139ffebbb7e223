import numpy as np
import pytest
import vector

from tagwerk.layers.pairs import PairBias, PairFeatures


@pytest.fixture
def momenta():
    """Two jets of three and one constituents about φ = π, with the mask."""
    random = np.random.default_rng(7)
    pt, eta = random.exponential(30, (2, 4)) + 1, random.normal(1, 0.3, (2, 4))
    phi = (random.normal(np.pi, 0.3, (2, 4)) + np.pi) % (2 * np.pi) - np.pi
    energy = np.hypot(pt * np.cosh(eta), 0.14)
    return np.stack([pt, eta, phi, energy], axis=-1).astype("float32"), np.arange(4) < np.array([[3], [1]])


def test_features_are_those_of_the_paper(momenta):
    x, mask = momenta
    found = np.asarray(PairFeatures()(x, mask))
    constituents = [vector.obj(pt=pt, eta=eta, phi=phi, E=energy) for pt, eta, phi, energy in x[0].astype(float)]
    for i in range(3):
        for j in range(3):
            a, b = constituents[i], constituents[j]
            if i != j:
                softer, delta = min(a.pt, b.pt), a.deltaR(b)
                expected = np.log([delta, softer * delta, softer / (a.pt + b.pt), (a + b).mass2])
                np.testing.assert_allclose(found[0, i, j], expected, atol=2e-4)


def test_pairs_with_padding_give_zero(momenta):
    x, mask = momenta
    found = np.asarray(PairFeatures()(np.where(mask[..., None], x, np.nan), mask))
    assert np.isfinite(found).all()
    assert not found[~(mask[:, :, None] & mask[:, None])].any()


def test_constituents_at_the_same_place_or_without_momentum_give_finite_numbers():
    momenta = np.array([[[10, 1, 2, 16], [10, 1, 2, 16], [0, 0, 0, 0], [5, 300, 0, 1e4]]], "float32")
    assert np.isfinite(np.asarray(PairFeatures()(momenta, np.ones((1, 4), bool)))).all()


def test_each_head_has_a_bias_whose_statistics_padding_does_not_enter(momenta):
    pairs = PairFeatures()(*momenta)
    layer, longer = PairBias(2, 5), PairBias(2, 5)
    assert np.asarray(layer(pairs, momenta[1], training=True)).shape == (2, 2, 4, 4)
    wide = np.pad(np.asarray(pairs), [(0, 0), (0, 3), (0, 3), (0, 0)], constant_values=9)
    longer(wide, np.pad(momenta[1], [(0, 0), (0, 3)]), training=True)
    for one, other in zip(layer.norm.get_weights(), longer.norm.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
