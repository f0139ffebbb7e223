"""Nine trainings of a published tagger on the same 4,000 jets: a comparison with real scores."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tagwerk.cards.score_files import ScoreFiles
from tagwerk.cards.study import Study
from tagwerk.cards.study_cards import Cards
from tagwerk.evaluation.bootstrap import replicas
from tagwerk.evaluation.compare import compare
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.measured import measure
from tagwerk.evaluation.paired import difference

SCORES = Path(__file__).parents[3] / "shared/data/scores/treenin_4000_jets.npz"
POINTS = np.array([0.5, 0.7])

NEEDS_SCORES = pytest.mark.skipif(not SCORES.exists(), reason=f"the published scores are not here ({SCORES})")


@NEEDS_SCORES
def test_nine_trainings_of_one_network_are_not_distinguished():
    with np.load(SCORES) as stored:
        signal = stored["label"] == 1
        scores = np.stack([stored[f"run_{run}"] for run in range(9)]).astype(float)
    jets = ComparedJets(signal, np.ones(4000), np.arange(4000))
    resampled = replicas(jets, scores, POINTS, 300, np.random.default_rng(1))
    trainings = [measure(jets, scores[[run]], POINTS, resampled.of_runs([run])) for run in range(9)]
    for run in range(9):
        assert trainings[run].auc[0] == roc_auc_score(signal, scores[run])
    best = max(trainings, key=lambda training: training.auc[0])
    differences = [difference(training, best, POINTS) for training in trainings if training is not best]
    # Trainings of one network share nearly all fluctuations of the sample: pairing removes three quarters of them.
    assert max(each.uncertainty for each in differences) < 0.4 * best.replicas.auc.std()
    assert max(each.significance for each in differences) < 3


@NEEDS_SCORES
def test_as_score_files_they_are_one_tagger_with_nine_seeds():
    card = {
        "title": "TreeNiN", "color": "#3f90da", "files": str(SCORES), "probabilities": {"top": "run_*"},
        "label": "label", "classes": {"qcd": 0, "top": 1},
    }  # fmt: skip
    study = Study.model_validate({"title": "TreeNiN", "scores": ["treenin"], "signal": "top", "background": "qcd"})
    comparison = compare(Cards(study, None, {}, scores={"treenin": ScoreFiles.model_validate(card)}), count=20)
    with np.load(SCORES) as stored:
        aucs = [roc_auc_score(stored["label"], stored[f"run_{run}"].astype(float)) for run in range(9)]
    (tagger,) = comparison.taggers
    assert [training.auc for training in tagger.trainings] == aucs
    assert tagger.auc.value == pytest.approx(np.mean(aucs), abs=1e-15)
    assert tagger.auc.spread == pytest.approx(np.std(aucs, ddof=1), abs=1e-15)
