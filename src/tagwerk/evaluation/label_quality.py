"""How well constituents are labelled: confusion matrix of their origins, purities, AUCs, and the accuracy.

The constituents of one event fluctuate together, above all those of one jet. So the variance of each fraction is that
of a ratio of sums over events, and that of an AUC is summed over events too.
"""

from dataclasses import dataclass

import numpy as np

from tagwerk.arrays import Bools, Floats32, Floats64, Ints
from tagwerk.evaluation.class_results import ConfusionCell
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.delong import from_placements, placements
from tagwerk.evaluation.intervals import efficiency_interval
from tagwerk.evaluation.label_results import LabelFraction, OriginResult
from tagwerk.evaluation.quantities import Quantity
from tagwerk.evaluation.seed_spread import spread
from tagwerk.jets.effective import effective_sample_size


@dataclass(frozen=True)
class LabelledConstituents:
    """M constituents of K origins, with the probabilities that a tagger's S seeds give them.

    Attributes:
        truth: index of the true origin, (M,).
        weight: of their jets, (M,).
        event: index of their event from 0, (M,).
        probabilities: (S, M, K).
    """

    truth: Ints
    weight: Floats64
    event: Ints
    probabilities: Floats32

    @property
    def label(self) -> Ints:
        """The most probable origin, of equal ones the first, (S, M)."""
        return np.asarray(self.probabilities.argmax(axis=2))

    @property
    def most_frequent(self) -> int:
        """The origin with the largest sum of weights."""
        return int(np.bincount(self.truth, self.weight, self.probabilities.shape[2]).argmax())


def accuracy(constituents: LabelledConstituents) -> LabelFraction | None:
    """Return the fraction of correct labels; None where the weights do not sum to over zero."""
    return event_fraction(constituents, constituents.label == constituents.truth)


def baseline(constituents: LabelledConstituents) -> LabelFraction | None:
    """Return the fraction of correct labels if all constituents have that of the most frequent origin."""
    # ASSUME: the baseline knows the fractions of the test sample itself, which favours it slightly.
    return event_fraction(constituents, (constituents.truth == constituents.most_frequent)[None])


def gain(constituents: LabelledConstituents) -> Quantity:
    """Return the accuracy minus the baseline, on the same constituents."""
    correct = (constituents.label == constituents.truth).astype(np.float64)
    gains = correct - (constituents.truth == constituents.most_frequent)
    share = constituents.weight / constituents.weight.sum()
    seeds = gains @ share
    by_event = np.bincount(constituents.event, share * (gains.mean(axis=0) - seeds.mean()))
    return Quantity(value=float(seeds.mean()), uncertainty=float((by_event**2).sum() ** 0.5), spread=spread(seeds))


def confusion(constituents: LabelledConstituents, names: list[str]) -> list[ConfusionCell]:
    """Return which fractions of the constituents of each origin (rows) have which labels (columns), row by row."""
    label, cells = constituents.label, []
    for row, truth in enumerate(names):
        for column, predicted in enumerate(names):
            found = event_fraction(constituents, label == column, (constituents.truth == row)[None])
            numbers = dict.fromkeys(LabelFraction.model_fields) if found is None else found.model_dump()
            cells.append(ConfusionCell(truth=truth, predicted=predicted, **numbers))
    return cells


def origin_results(constituents: LabelledConstituents, names: list[str]) -> list[OriginResult]:
    """Return number, purity and AUC of each origin."""
    label, truth = constituents.label, constituents.truth
    return [
        OriginResult(
            origin=name,
            constituents=int((truth == origin).sum()),
            purity=event_fraction(constituents, (truth == origin)[None], label == origin),
            auc=origin_auc(constituents, origin),
        )
        for origin, name in enumerate(names)
    ]


def event_fraction(
    constituents: LabelledConstituents, passing: Bools, chosen: Bools | None = None
) -> LabelFraction | None:
    """Return which fraction of the chosen constituents passes, None where a seed chooses none.

    The value is the mean over the seeds. Its variance is Σ_e (Σ w (δ - ε)/W)², summed over the events e, where the
    inner sum is over an event's chosen constituents and averaged over the seeds, and W is the sum of all their weights.
    The interval is that of Jeffreys for the number with this variance (`efficiency_interval`); where none passes, the
    bound is that for the effective number of events.

    Args:
        constituents: all, M.
        passing: (S, M), or (1, M) for all seeds.
        chosen: as `passing`; all by default.
    """
    weight = constituents.weight * (np.ones_like(passing) if chosen is None else chosen)
    total = weight.sum(axis=1, keepdims=True)
    if not (total > 0).all():
        return None
    seeds = (weight * passing).sum(axis=1, keepdims=True) / total
    residual = (weight / total * (passing - seeds)).mean(axis=0)
    variance = (np.bincount(constituents.event, residual) ** 2).sum()
    events = effective_sample_size(np.bincount(constituents.event, weight.mean(axis=0)).astype(np.float64))
    low, high = efficiency_interval(np.atleast_1d(seeds.mean()), np.atleast_1d(variance), events)
    return LabelFraction(value=float(seeds.mean()), low=float(low[0]), high=float(high[0]), spread=spread(seeds[:, 0]))


def origin_auc(constituents: LabelledConstituents, origin: int) -> Quantity | None:
    """Return the AUC of an origin's probability against all other origins, None where one of both is missing.

    Each seed's is scikit-learn's `roc_auc_score(truth == origin, probability, sample_weight=weight)`; the uncertainty
    is that of DeLong for sums over events (Obuchowski, Biometrics 53 (1997) 567).
    """
    sample = ComparedJets(constituents.truth == origin, constituents.weight, constituents.event)
    if not all(sample.effective(signal) > 0 for signal in (True, False)):
        return None
    placed = np.stack([placements(sample, seed[:, origin]) for seed in constituents.probabilities])
    mean = from_placements(sample, placed.mean(axis=0)[None])
    variance = float(mean.covariance[0, 0])
    if np.isnan(variance):
        return None
    seeds = from_placements(sample, placed).auc
    return Quantity(value=float(mean.auc[0]), uncertainty=max(variance, 0.0) ** 0.5, spread=spread(seeds))
