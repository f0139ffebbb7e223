"""The fraction of jets classified correctly."""

import numpy as np
from sklearn.metrics import accuracy_score

from tagwerk.arrays import Floats64
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.metrics import Metric
from tagwerk.evaluation.ranking import Resampling


def accuracy(sample: ComparedJets, score: Floats64) -> float:
    """Return the fraction of jets classified correctly: signal above a score of one half."""
    return float(accuracy_score(sample.signal, score > 0.5, sample_weight=sample.weight))


def accuracy_replicas(resampling: Resampling) -> Floats64:
    """Return the accuracy in each replica, (R,)."""
    ranking = resampling.ranking
    correct, wrong = resampling.sums((ranking.score > 0.5) == ranking.signal)
    return np.asarray(correct / (correct + wrong))


METRIC = Metric(
    label="Accuracy",
    definition="fraction of jets classified correctly, by a score above one half; depends on the class mix",
    source="sklearn.metrics.accuracy_score",
    value=accuracy,
    replicas=accuracy_replicas,
)
