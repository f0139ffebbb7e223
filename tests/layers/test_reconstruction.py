import keras
import numpy as np

from tagwerk.layers.anomaly import AnomalyScores
from tagwerk.layers.reconstruction import RepeatOverSteps, SquaredError, reconstruct

MASK = np.array([[True, True, False], [False, False, False]])


def test_a_vector_is_repeated_at_every_real_step():
    steps = np.asarray(RepeatOverSteps()(np.array([[1.0, 2.0], [3.0, 4.0]], "float32"), MASK))
    assert steps.tolist() == [[[1, 2], [1, 2], [0, 0]], [[0, 0]] * 3]


def test_the_error_is_the_mean_over_real_constituents_and_features():
    features = np.array([[[1, 2], [0, 4], [9, 9]], [[9, 9]] * 3], "float32")
    assert np.asarray(SquaredError()(features, 0 * features, MASK)).tolist() == [(1 + 4 + 0 + 16) / 4, 0]


def test_scores_increase_with_the_error_and_sum_to_one():
    scores = np.asarray(AnomalyScores([False, True, True])(np.array([0, 1, 3], "float32")))
    np.testing.assert_allclose(scores, [[1, 0, 0], [0.5, 0.25, 0.25], [0.25, 0.375, 0.375]])


def test_a_decoder_sees_only_the_code_of_a_jet():
    x, mask = keras.Input((None, 3)), keras.Input((None,), dtype="bool")
    model = keras.Model([x, mask], reconstruct("gru", x, mask, 4, 2))
    random = np.random.default_rng(1)
    model.set_weights([random.normal(0, 1, weight.shape) for weight in model.get_weights()])
    code = keras.Model([x, mask], model.get_layer("code").output)
    jets, real = random.normal(0, 1, (2, 3, 3)).astype("float32"), np.ones((2, 3), bool)
    assert code.predict_on_batch([jets, real]).shape == (2, 2)
    weights = model.get_layer("code").get_weights()
    model.get_layer("code").set_weights([0 * weight for weight in weights])
    reconstructed = model.predict_on_batch([jets, real])
    np.testing.assert_array_equal(reconstructed[0], reconstructed[1])
    assert np.abs(reconstructed[0, 0] - reconstructed[0, 1]).max() > 1e-4
