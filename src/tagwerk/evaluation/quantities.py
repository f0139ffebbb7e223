"""Results with their uncertainties, of which the sections of a comparison consist."""

from tagwerk.evaluation.frozen import Frozen


class Quantity(Frozen):
    """A mean over a tagger's seeds with its uncertainties.

    Attributes:
        value: the mean over the seeds.
        uncertainty: from the finite test sample: the standard deviation over bootstrap replicas of its events.
        spread: standard deviation over the seeds; null for a single one.
    """

    value: float
    uncertainty: float
    spread: float | None


class Rejection(Frozen):
    """1/ε_B at a signal efficiency, with a central 68.27 % interval from the finite test sample.

    Attributes:
        signal_efficiency: ε_S of the cut, on the test jets.
        background_efficiency: ε_B, the mean over the seeds.
        value: its inverse; null where no background jet passes.
        low: lower end of the interval on 1/ε_B; where less than one effective jet passes, a lower limit at 84.13 % CL.
        high: upper end; null where less than one effective jet passes.
        spread: standard deviation of 1/ε_B over the seeds; null for a single one, or where one has no background jet.
        background_jets: number of background jets that pass, the mean over the seeds; the effective number (Σw)²/Σw²
            where they have weights.
    """

    signal_efficiency: float
    background_efficiency: float
    value: float | None
    low: float
    high: float | None
    spread: float | None
    background_jets: float
