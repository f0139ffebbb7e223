"""Results with their uncertainties, of which the sections of a comparison consist."""

from tagwerk.evaluation.frozen import Frozen


class Quantity(Frozen):
    """A mean over a tagger's seeds, its uncertainty from the finite test sample, its standard deviation over seeds."""

    value: float
    uncertainty: float
    spread: float | None


class Rejection(Frozen):
    """1/ε_B at a signal efficiency, with a central 68.27 % interval from the finite test sample.

    `background_efficiency` is the mean over the seeds and `value` its inverse, null where no background jet
    passes. Where less than one effective jet does, `high` is null, and `low` a bound at 84.13 % CL. `spread` is the
    standard deviation of 1/ε_B over the seeds. `background_jets` is the mean number of background jets that pass, the
    effective number (Σw)²/Σw² where they have weights.
    """

    signal_efficiency: float
    background_efficiency: float
    value: float | None
    low: float
    high: float | None
    spread: float | None
    background_jets: float
