"""The scaling of a tagger's loss with the number of training jets, as stored in `comparison.json`."""

from pydantic import NonNegativeInt

from tagwerk.cards.dataset import Color
from tagwerk.evaluation.frozen import Frozen


class ScalingPoint(Frozen):
    """The mean loss of a tagger's trainings on a number of jets.

    Attributes:
        jets: number of training jets.
        loss: cross-entropy on the test jets, the mean over the trainings.
        uncertainty: one standard deviation from the finite test sample, which all sizes share.
        training: that of the mean over the trainings; null for a single one.
    """

    jets: NonNegativeInt
    loss: float
    uncertainty: float
    training: float | None


class FittedParameter(Frozen):
    """A fitted parameter with its interval at 68.27 %.

    Attributes:
        value: at the minimum of χ².
        low: lower end; null where the losses set none in the range of the fit.
        high: upper end; null where the losses set none in the range of the fit.
    """

    value: float
    low: float | None
    high: float | None


class ScalingFit(Frozen):
    """The fit L(D) = limit + amplitude / D^exponent to a tagger's losses at D training jets.

    Attributes:
        tagger: its name.
        title: in tables and figures.
        color: in figures, as #rrggbb.
        trainings: number of trainings at each size.
        points: the losses.
        limit: the loss with infinitely many jets.
        exponent: of the number of jets.
        amplitude: of the part that falls.
        chi2: χ² at the minimum.
        ndf: its degrees of freedom, the number of sizes minus three.
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
