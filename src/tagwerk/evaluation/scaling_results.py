"""The scaling of a tagger's loss with the number of training jets, as stored in `comparison.json`."""

from pydantic import NonNegativeInt

from tagwerk.cards.dataset import Color
from tagwerk.evaluation.frozen import Frozen


class ScalingPoint(Frozen):
    """The mean loss of a tagger's trainings on `jets` jets.

    `uncertainty` is that from the finite test sample, which all sizes share; `training` that of the mean over the
    trainings, null for a single one.
    """

    jets: NonNegativeInt
    loss: float
    uncertainty: float
    training: float | None


class FittedParameter(Frozen):
    """A parameter with its interval at 68.27 %; an end is null where the losses set none in the range of the fit."""

    value: float
    low: float | None
    high: float | None


class ScalingFit(Frozen):
    """The fit L(D) = limit + amplitude / D^exponent to a tagger's losses.

    `chi2` has `ndf` degrees of freedom, the number of sizes minus three.
    """

    tagger: str
    title: str
    color: Color
    trainings: int
    points: list[ScalingPoint]
    limit: FittedParameter
    exponent: FittedParameter
    amplitude: float
    chi2: float
    ndf: NonNegativeInt

    def loss(self, jets: float) -> float:
        """Return the fitted loss at a number of training jets."""
        return float(self.limit.value + self.amplitude * jets**-self.exponent.value)

    @property
    def determined(self) -> bool:
        """Whether the losses bound the exponent on both sides."""
        return self.exponent.low is not None and self.exponent.high is not None

    @property
    def tested(self) -> bool:
        """Whether there are more sizes than parameters, so that the law could have failed."""
        return self.ndf > 0
