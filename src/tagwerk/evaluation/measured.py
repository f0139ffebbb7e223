"""The performance of one tagger: seed by seed, and averaged over the seeds in every replica."""

from dataclasses import dataclass

import numpy as np

from tagwerk.arrays import Floats64
from tagwerk.evaluation.bootstrap import Replicas
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.cuts import points
from tagwerk.evaluation.intervals import efficiency_interval
from tagwerk.evaluation.metrics import RANKED_BY, metrics
from tagwerk.evaluation.quantities import Quantity, Rejection
from tagwerk.evaluation.seed_spread import spread


@dataclass(frozen=True)
class Performance:
    """A tagger's S seeds at P signal efficiencies, with R replicas.

    Attributes:
        metrics: of each metric by name, (S,).
        background_efficiency: (S, P).
        background_jets: the effective number of jets that pass, (S, P).
        replicas: means over the seeds: (R,) and (R, P).
        jets: the effective number of background jets of the sample.
    """

    metrics: dict[str, Floats64]
    background_efficiency: Floats64
    background_jets: Floats64
    replicas: Replicas
    jets: float

    @property
    def auc(self) -> Floats64:
        """AUC of each seed, (S,)."""
        return self.metrics[RANKED_BY]

    def interval(self) -> tuple[Floats64, Floats64]:
        """Return the ends of the interval on the mean background efficiency, (P,) each."""
        variance = self.replicas.background_efficiency.var(axis=0, ddof=1)
        return efficiency_interval(self.background_efficiency.mean(axis=0), variance, self.jets)


PerformanceBySize = dict[int | None, dict[str, Performance]]  # by number of training jets, ascending, and by tagger


def measure(sample: ComparedJets, scores: Floats64, signal_efficiency: Floats64, replicas: Replicas) -> Performance:
    """Return the performance of one tagger's seeds (S, B) at signal efficiencies (P,), given their replicas."""
    passing = [points(sample, score, signal_efficiency) for score in scores]
    return Performance(
        metrics={name: np.array([each.value(sample, score) for score in scores]) for name, each in metrics().items()},
        background_efficiency=np.stack([each.background_efficiency for each in passing]),
        background_jets=np.stack([each.background_jets for each in passing]),
        replicas=replicas.mean(),
        jets=sample.effective(signal=False),
    )


def quantities(tagger: Performance, probabilities: bool) -> dict[str, Quantity | None]:
    """Return all metrics by name, None where one needs probabilities and the scores are none."""
    return {
        name: quantity(seeds, tagger.replicas.metrics[name])
        if probabilities or not metrics()[name].needs_probabilities
        else None
        for name, seeds in tagger.metrics.items()
    }


def quantity(seeds: Floats64, replicas: Floats64) -> Quantity:
    """Return the mean over seeds (S,), and its standard deviations over the replicas (R,) and over the seeds."""
    return Quantity(value=float(seeds.mean()), uncertainty=float(replicas.std(ddof=1)), spread=spread(seeds))


def rejections(tagger: Performance, signal_efficiency: Floats64) -> list[Rejection]:
    """Return the rejections at the given signal efficiencies, which are the first ones measured."""
    efficiency, jets = tagger.background_efficiency.mean(axis=0), tagger.background_jets.mean(axis=0)
    low, high = tagger.interval()
    return [
        Rejection(
            signal_efficiency=float(point),
            background_efficiency=float(efficiency[index]),
            value=inverse_or_none(efficiency[index]),
            low=float(1 / high[index]),
            high=inverse_or_none(low[index]),
            spread=_rejection_spread(tagger.background_efficiency[:, index]),
            background_jets=float(jets[index]),
        )
        for index, point in enumerate(signal_efficiency)
    ]


def inverse_or_none(efficiency: float) -> float | None:
    """Return the rejection 1/ε, or None where it is infinite."""
    return float(1 / efficiency) if efficiency > 0 else None


def _rejection_spread(efficiency: Floats64) -> float | None:
    return spread(1 / efficiency) if (efficiency > 0).all() else None
