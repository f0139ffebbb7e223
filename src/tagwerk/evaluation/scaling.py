"""The scaling of each tagger's loss with the number of training jets: the losses on the test jets and their fit."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm, t

from tagwerk.arrays import Floats64, Ints
from tagwerk.cards.tagger import Tagger
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.power_law import PARAMETERS, Interval, fit_power_law
from tagwerk.evaluation.scaling_results import FittedParameter, ScalingFit, ScalingPoint

_SMALLEST = 1e-7  # probability, as in Keras's cross-entropy


def scaling_fits(
    tables: Mapping[int | None, Mapping[str, Sequence[pd.DataFrame]]],
    sample: ComparedJets,
    classes: Sequence[str],
    cards: Mapping[str, Tagger],
) -> list[ScalingFit]:
    """Return the fit of each tagger that was trained at three sizes or more, the largest of them last.

    Args:
        tables: the scores of each training on the B jets of the sample, by size and tagger, in ascending order.
        sample: the jets.
        classes: of the dataset, in the order of the labels.
        cards: of Tagwerk's own taggers.
    """
    sizes = [size for size in tables if size is not None]
    complete = [name for name in cards if all(name in tables[size] for size in sizes)]
    if len(sizes) < PARAMETERS:
        return []
    return [
        _fit(name, cards[name], sizes, [tables[size][name] for size in sizes], sample, classes) for name in complete
    ]


def jet_losses(scores: pd.DataFrame, classes: Sequence[str]) -> Floats64:
    """Return the cross-entropy of each jet, −ln of the probability of its class, (B,)."""
    probabilities = scores[[f"p_{name}" for name in classes]].to_numpy(np.float64)
    label: Ints = scores["label"].to_numpy(np.int64)
    truth = probabilities[np.arange(len(label)), label] / probabilities.sum(axis=1)
    return np.asarray(-np.log(np.maximum(truth, _SMALLEST)))


def covariance_of_means(losses: Floats64, sample: ComparedJets) -> Floats64:
    """Return the covariance of K weighted means over the sample's jets, of losses (K, B), from its events."""
    weight = sample.weight / sample.weight.sum()
    deviation = losses - (losses @ weight)[:, None]
    influence = np.stack([np.bincount(sample.event, weight * each) for each in deviation])
    return np.asarray(influence @ influence.T)


def training_variances(losses: Sequence[Floats64]) -> tuple[Floats64, int] | None:
    """Return the variance of the mean over trainings at each size, (N,), and its degrees of freedom.

    Args:
        losses: of the trainings at each of N sizes, (S,) each; None is returned where no size has two.
    """
    freedom = sum(len(each) - 1 for each in losses)
    if freedom == 0:
        return None
    # ASSUME: the relative spread over trainings is the same at all sizes; two trainings at each could not tell.
    relative = sum(((each / each.mean() - 1) ** 2).sum() for each in losses) / freedom
    return np.array([relative * each.mean() ** 2 / len(each) for each in losses]), freedom


def _fit(
    name: str,
    card: Tagger,
    sizes: list[int],
    tables: Sequence[Sequence[pd.DataFrame]],
    sample: ComparedJets,
    classes: Sequence[str],
) -> ScalingFit:
    losses = [np.stack([jet_losses(table, classes) for table in seeds]) for seeds in tables]
    weight = sample.weight / sample.weight.sum()
    by_seed = [each @ weight for each in losses]
    means = np.array([each.mean() for each in by_seed])
    of_jets = covariance_of_means(np.stack([each.mean(axis=0) for each in losses]), sample)
    variances, freedom = training_variances(by_seed) or (np.zeros(len(sizes)), None)
    # One standard deviation of Student's t, where the spread is estimated from few trainings.
    width = 1.0 if freedom is None else float(t.isf(norm.sf(1), freedom))
    found = fit_power_law(np.array(sizes), means, of_jets + np.diag(variances), width)
    return ScalingFit(
        tagger=name,
        title=card.title,
        color=card.color,
        trainings=min(map(len, by_seed)),
        points=[
            ScalingPoint(
                jets=size,
                loss=float(mean),
                uncertainty=float(of_jet**0.5),
                training=None if freedom is None else float(variance**0.5),
            )
            for size, mean, of_jet, variance in zip(sizes, means, np.diag(of_jets), variances, strict=True)
        ],
        limit=_parameter(found.limit),
        exponent=_parameter(found.exponent),
        amplitude=found.amplitude,
        chi2=found.chi2,
        ndf=len(sizes) - PARAMETERS,
    )


def _parameter(interval: Interval) -> FittedParameter:
    return FittedParameter(value=interval.value, low=interval.low, high=interval.high)
