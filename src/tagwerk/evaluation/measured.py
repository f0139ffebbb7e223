"""One tagger measured: its numbers seed by seed, and their mean over the seeds in every replica."""

from dataclasses import dataclass

import numpy as np

from tagwerk.arrays import Floats64
from tagwerk.evaluation import metrics
from tagwerk.evaluation.bootstrap import Replicas
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.comparison import Quantity, Rejection
from tagwerk.evaluation.intervals import efficiency_interval


@dataclass(frozen=True)
class Measured:
    """S seeds at P signal efficiencies, R replicas.

    Attributes:
        auc: (S,).
        accuracy: (S,).
        background_efficiency: (S, P).
        background_jets: the effective number of jets that pass, (S, P).
        replicas: means over the seeds: (R,), (R,) and (R, P).
        jets: the effective number of background jets of the sample.
    """

    auc: Floats64
    accuracy: Floats64
    background_efficiency: Floats64
    background_jets: Floats64
    replicas: Replicas
    jets: float

    def interval(self) -> tuple[Floats64, Floats64]:
        """Return the ends of the interval on the mean background efficiency, (P,) each."""
        variance = self.replicas.background_efficiency.var(axis=0, ddof=1)
        return efficiency_interval(self.background_efficiency.mean(axis=0), variance, self.jets)


BySize = dict[int | None, dict[str, Measured]]  # by number of training jets, the largest last, and by tagger


def measure(sample: ComparedJets, scores: Floats64, signal_efficiency: Floats64, replicas: Replicas) -> Measured:
    """Return what one tagger's seeds (S, B) reach at signal efficiencies (P,), given their replicas."""
    points = [metrics.points(sample, score, signal_efficiency) for score in scores]
    return Measured(
        auc=np.array([metrics.auc(sample, score) for score in scores]),
        accuracy=np.array([metrics.accuracy(sample, score) for score in scores]),
        background_efficiency=np.stack([each.background_efficiency for each in points]),
        background_jets=np.stack([each.background_jets for each in points]),
        replicas=Replicas(*(values.mean(axis=0) for values in vars(replicas).values())),
        jets=sample.effective(signal=False),
    )


def quantity(seeds: Floats64, replicas: Floats64) -> Quantity:
    """Return the mean over seeds (S,), its deviation over the replicas (R,) and from seed to seed."""
    return Quantity(value=float(seeds.mean()), uncertainty=float(replicas.std(ddof=1)), spread=spread(seeds))


def spread(seeds: Floats64) -> float | None:
    """Return the standard deviation from seed to seed (S,), None where there is one seed or an infinite value."""
    return float(seeds.std(ddof=1)) if len(seeds) > 1 and np.isfinite(seeds).all() else None


def rejections(tagger: Measured, signal_efficiency: Floats64) -> list[Rejection]:
    """Return the rejections at the first signal efficiencies."""
    efficiency, jets = tagger.background_efficiency.mean(axis=0), tagger.background_jets.mean(axis=0)
    low, high = tagger.interval()
    return [
        Rejection(
            signal_efficiency=float(at),
            background_efficiency=float(efficiency[index]),
            value=inverse(efficiency[index]),
            low=float(1 / high[index]),
            high=inverse(low[index]),
            spread=_spread_of_rejection(tagger.background_efficiency[:, index]),
            background_jets=float(jets[index]),
        )
        for index, at in enumerate(signal_efficiency)
    ]


def inverse(efficiency: float) -> float | None:
    """Return the rejection 1/ε, or None where it is infinite."""
    return float(1 / efficiency) if efficiency > 0 else None


def _spread_of_rejection(efficiency: Floats64) -> float | None:
    return spread(1 / efficiency) if (efficiency > 0).all() else None
