import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("tensorflow")


def losses(outputs, targets, shares):
    from tagwerk.training.objectives import losses

    return np.asarray(losses({name: np.float32(each) for name, each in outputs.items()}, targets, shares))


def test_the_loss_of_scores_is_minus_the_logarithm_of_a_jets_own_class():
    found = losses({"scores": [[0.25, 0.75], [0.5, 0.5]]}, {"label": np.array([1, 0])}, {"scores": 1.0})
    assert found == pytest.approx([-np.log(0.75), np.log(2)])


def test_the_loss_of_constituents_is_their_mean_and_padding_does_not_count():
    truth, mask = np.float32([[1, 0, 1], [0, 0, 0]]), np.array([[True, True, False], [False, False, False]])
    targets = {"c_truth": truth, "c_mask": mask}
    found = losses({"constituent_scores": [[0.8, 0.1, 0.3], [0.9, 0.9, 0.9]]}, targets, {"constituent_scores": 1.0})
    assert found == pytest.approx([-(np.log(0.8) + np.log(0.9)) / 2, 0])


def test_several_outputs_add_up_by_their_shares():
    outputs = {"scores": [[0.5, 0.5]], "reconstruction": [3.0]}
    found = losses(outputs, {"label": np.array([0])}, {"scores": 2.0, "reconstruction": 0.5})
    assert found == pytest.approx([2 * np.log(2) + 1.5])
