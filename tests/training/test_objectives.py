import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("tensorflow")


def loss_of(outputs, targets, loss_weights):
    from tagwerk.training.objectives import total_loss

    arrays = {name: np.float32(values) for name, values in outputs.items()}
    return np.asarray(total_loss(arrays, targets, loss_weights))


def test_the_loss_of_scores_is_minus_the_logarithm_of_that_of_the_true_class():
    loss = loss_of({"scores": [[0.25, 0.75], [0.5, 0.5]]}, {"label": np.array([1, 0])}, {"scores": 1.0})
    assert loss == pytest.approx([-np.log(0.75), np.log(2)])


def test_the_loss_of_constituents_is_their_mean_and_padding_does_not_count():
    truth, mask = np.float32([[1, 0, 1], [0, 0, 0]]), np.array([[True, True, False], [False, False, False]])
    targets = {"c_truth": truth, "c_mask": mask}
    loss = loss_of({"constituent_scores": [[0.8, 0.1, 0.3], [0.9, 0.9, 0.9]]}, targets, {"constituent_scores": 1.0})
    assert loss == pytest.approx([-(np.log(0.8) + np.log(0.9)) / 2, 0])


def test_the_loss_of_origins_is_the_mean_over_those_known():
    truth, mask = (
        np.float32([[2, -1, 0, 1], [-1, 0, 0, 0]]),
        np.array([[True, True, True, False], [True] + [False] * 3]),
    )
    scores = [[[0.2, 0.1, 0.7], [0, 0, 1], [0.5, 0.3, 0.2], [0, 0, 0]], [[1, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]]]
    targets, weights = {"c_truth": truth, "c_mask": mask}, {"constituent_scores": 1.0}
    assert loss_of({"constituent_scores": scores}, targets, weights) == pytest.approx([-np.log(0.7 * 0.5) / 2, 0])


def test_the_loss_does_not_depend_on_constituents_of_unknown_origin_nor_on_other_sequences():
    truth, mask = np.float32([[1, -1, 0]]), np.array([[True, True, True]])
    targets = {"c_truth": truth, "c_mask": mask, "k_mask": mask[:, :2]}
    losses = [loss_of({"constituent_scores": [[0.8, p, 0.1]]}, targets, {"constituent_scores": 1.0}) for p in (0, 0.9)]
    assert losses[0] == losses[1] == pytest.approx([-(np.log(0.8) + np.log(0.9)) / 2])


def test_losses_of_several_outputs_add_up_by_their_weights():
    outputs = {"scores": [[0.5, 0.5]], "reconstruction": [3.0]}
    loss = loss_of(outputs, {"label": np.array([0])}, {"scores": 2.0, "reconstruction": 0.5})
    assert loss == pytest.approx([2 * np.log(2) + 1.5])
