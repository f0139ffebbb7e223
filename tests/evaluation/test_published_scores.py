"""Nine trainings of a published tagger on the same 4,000 jets: a comparison with real scores."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tagwerk.evaluation.bootstrap import replicas
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.measured import measure
from tagwerk.evaluation.paired import difference

SCORES = Path(__file__).parents[3] / "shared/data/scores/treenin_4000_jets.npz"
POINTS = np.array([0.5, 0.7])


@pytest.mark.skipif(not SCORES.exists(), reason=f"the published scores are not here ({SCORES})")
def test_nine_trainings_of_one_network_are_not_told_apart():
    with np.load(SCORES) as stored:
        signal = stored["label"] == 1
        scores = np.stack([stored[f"run_{run}"] for run in range(9)]).astype(float)
    jets = ComparedJets(signal, np.ones(4000), np.arange(4000))
    drawn = replicas(jets, scores, POINTS, 300, np.random.default_rng(1))
    each = [
        measure(jets, scores[[run]], POINTS, type(drawn)(*(v[[run]] for v in vars(drawn).values()))) for run in range(9)
    ]
    for run in range(9):
        assert each[run].auc[0] == roc_auc_score(signal, scores[run])
    best = max(each, key=lambda one: one.auc[0])
    found = [difference(one, best, POINTS) for one in each if one is not best]
    # Trainings of one network share nearly all that the sample does to them: the pairing takes three quarters away.
    assert max(one.uncertainty for one in found) < 0.4 * best.replicas.auc.std()
    assert max(one.significance for one in found) < 3
