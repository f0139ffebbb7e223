"""The combination of two taggers' scores."""

import numpy as np
from scipy.special import logit
from sklearn.linear_model import LogisticRegression

from tagwerk.arrays import Bools, Floats64
from tagwerk.evaluation.compared_jets import ComparedJets

_FOLDS = 2
# ASSUME: three coefficients are known well enough from this many jets.
_MOST_JETS = 5_000
_CERTAIN = 1e-9  # probabilities are at least this far from zero and one


def log_odds(score: Floats64) -> Floats64:
    """Return ln(D/(1-D)) of discriminants D, at most about 20 in size."""
    return np.asarray(logit(np.clip(score, _CERTAIN, 1 - _CERTAIN)))


def combined(sample: ComparedJets, both: Floats64, random: np.random.Generator) -> Floats64:
    """Return the log-odds of a logistic regression of two taggers' log-odds (2, B), for each jet (B,).

    The events are split into two halves; the jets of each are scored by a fit to jets of the other. Where these lack a
    class, the mean of the two log-odds is returned.
    """
    odds = both.T
    fold = (random.permutation(int(sample.event.max()) + 1) % _FOLDS)[sample.event]
    result = odds.mean(axis=1)
    for index in range(_FOLDS):
        others = np.flatnonzero(fold != index)
        fitted = others if len(others) <= _MOST_JETS else random.choice(others, _MOST_JETS, replace=False)
        held = fold == index
        if held.any() and len(np.unique(sample.signal[fitted])) == 2:
            result[held] = _fit(odds[fitted], sample.signal[fitted], sample.weight[fitted]).decision_function(
                odds[held]
            )
    return np.asarray(result)


def _fit(odds: Floats64, signal: Bools, weight: Floats64) -> LogisticRegression:
    # ASSUME: negative weights count as positive here. Any combination is allowed; only its evaluation must be unbiased.
    size = np.abs(weight)
    # A weak prior on the coefficients keeps them finite where the classes are separated.
    regression = LogisticRegression(C=100.0, solver="newton-cholesky")
    return regression.fit(odds, signal, sample_weight=size / size.mean())
