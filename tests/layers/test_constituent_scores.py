import numpy as np

from tagwerk.layers.constituent_scores import ConstituentScores, OriginScores, PtShareScores

MASK = np.array([[True, True, False], [False, False, False]])


def test_every_constituent_has_a_probability_and_padding_has_zero():
    layer, steps = ConstituentScores(), np.array([[[1, 2], [0, -1], [5, 5]], [[5, 5]] * 3], "float32")
    layer(steps, MASK)
    layer.set_weights([np.array([[1.0], [2.0]]), np.array([-1.0])])
    expected = 1 / (1 + np.exp([-4.0, 3.0]))
    np.testing.assert_allclose(np.asarray(layer(steps, MASK)), [[*expected, 0], [0, 0, 0]], atol=1e-6)


def test_every_constituent_has_probabilities_of_its_origins_that_add_up_to_one_and_padding_has_zeros():
    layer, steps = OriginScores(3), np.array([[[1, 2], [0, -1], [5, 5]], [[5, 5]] * 3], "float32")
    layer(steps, MASK)
    layer.set_weights([np.array([[1.0, 0, 0], [0, 1.0, 0]]), np.array([0, 0, 0.5])])
    odds = np.exp([[1, 2, 0.5], [0, -1, 0.5]])
    scores = np.asarray(layer(steps, MASK))
    np.testing.assert_allclose(scores[0, :2], odds / odds.sum(axis=1, keepdims=True), atol=1e-6)
    assert not scores[0, 2].any()
    assert not scores[1].any()


def test_a_jets_score_is_its_share_of_pt_that_is_labelled_as_signal():
    pt, labels = np.array([[30, 10, 99], [99, 99, 99]], "float32"), np.array([[1, 0.2, 0], [0, 0, 0]], "float32")
    scores = np.asarray(PtShareScores([False, True, False])(labels, pt, MASK))
    np.testing.assert_allclose(scores, [[0.1, 0.8, 0.1], [0.5, 0, 0.5]], atol=1e-6)
