"""The area under the ROC curve."""

from scipy.integrate import trapezoid
from sklearn.metrics import roc_curve

from tagwerk.arrays import Floats64
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.metrics import Metric
from tagwerk.evaluation.ranking import Resampling


def auc(sample: ComparedJets, score: Floats64) -> float:
    """Return the area under the ROC curve: the probability that a signal jet scores above a background jet.

    It equals scikit-learn's `roc_auc_score`, which refuses negative weights. With these the curve is not monotonic, but
    its integral is still the weighted sum over all pairs of jets.
    """
    fpr, tpr, _ = roc_curve(sample.signal, score, sample_weight=sample.weight)
    return float(trapezoid(tpr, fpr))


def auc_replicas(resampling: Resampling) -> Floats64:
    """Return the AUC in each replica, (R,)."""
    return resampling.auc()


METRIC = Metric(
    label="AUC",
    definition="area under the ROC curve: the probability that a signal jet scores above a background jet",
    source="sklearn.metrics.roc_auc_score",
    value=auc,
    replicas=auc_replicas,
)
