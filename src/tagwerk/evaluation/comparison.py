"""What a comparison found, as `comparison.json` keeps it: finite numbers only, null where one does not exist."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError, model_validator

from tagwerk.cards.dataset import Color
from tagwerk.checksums import read_json
from tagwerk.errors import UserError

Outcome = Literal["winner", "ahead", "undecided", "alone"]
Judgement = Literal["holds", "not told apart", "contradicted"]


class Frozen(BaseModel):
    """A frozen group of numbers; infinities and NaN are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Quantity(Frozen):
    """A mean over a tagger's seeds; its uncertainty from the finite test sample; the deviation from seed to seed."""

    value: float
    uncertainty: float
    spread: float | None


class Rejection(Frozen):
    """1/ε_B at a signal efficiency, with a central 68.27 % interval from the finite test sample.

    `background_efficiency` is the mean over the seeds and `value` its inverse, null where no background jet
    passes. Where less than one effective jet does, `high` is null, and `low` a bound at 84.13 % CL. `spread` is the
    deviation of 1/ε_B from seed to seed. `background_jets` is the mean number of background jets behind it, with
    weights the effective one, (Σw)²/Σw².
    """

    signal_efficiency: float
    background_efficiency: float
    value: float | None
    low: float
    high: float | None
    spread: float | None
    background_jets: float


class TrainingResult(Frozen):
    """One seed's numbers; a rejection is null where no background jet passes."""

    seed: int
    auc: float
    accuracy: float
    rejections: list[float | None]
    training_seconds: float
    epochs: int | None
    jets_per_second: float


class Curve(Frozen):
    """A ROC curve, all lists of one length; the last three compare it with the best tagger's, jet by jet."""

    signal_efficiency: list[float]
    background_efficiency: list[float]
    low: list[float]
    high: list[float]
    background_jets: list[float]
    ratio: list[float | None]
    ratio_low: list[float]
    ratio_high: list[float | None]

    @model_validator(mode="after")
    def _has_lists_of_one_length(self) -> Self:
        if len({len(values) for values in vars(self).values()}) > 1:
            raise ValueError("its lists differ in length")
        return self


class Ratio(Frozen):
    """This tagger's rejection over the best one's, on the same jets, with a central 68.27 % interval.

    `ahead` is the share of replicas in which this tagger rejects more; `background_jets` the fewer of the two
    taggers' numbers.
    """

    signal_efficiency: float
    value: float | None
    low: float
    high: float | None
    ahead: float
    background_jets: float


class Difference(Frozen):
    """This tagger's AUC less the best one's, on the same jets.

    `training` is the uncertainty of the difference from the spread over seeds, null where seeds are single;
    `significance` the difference in standard deviations, of both uncertainties together and brought down where few
    seeds tell their spread; `ahead` the share of replicas in which this tagger's AUC is the higher.
    """

    auc: float
    uncertainty: float
    training: float | None
    significance: float
    ahead: float
    ratios: list[Ratio]


class TaggerResult(Frozen):
    """All that was found of one tagger; `difference` is null for the best."""

    name: str
    title: str
    color: Color
    engine: str
    parameters: int | None
    training_jets: int
    training_seconds: float
    epochs: float | None
    jets_per_second: float
    threads: int | None
    auc: Quantity
    accuracy: Quantity
    rejections: list[Rejection]
    difference: Difference | None
    trainings: list[TrainingResult]
    curve: Curve
    versions: dict[str, str]


class AtSize(Frozen):
    """One tagger trained on so many jets; the rejection is that at the middle working point.

    `difference` compares with the best tagger of the largest size, at this size; it is null for that tagger.
    """

    tagger: str
    title: str
    color: Color
    jets: NonNegativeInt
    trainings: int
    auc: Quantity
    rejection: Rejection
    difference: Difference | None


class Pair(Frozen):
    """The AUC of the tagger that is expected to be better less the other's, on so many training jets, null for all."""

    jets: int | None
    better: str
    worse: str
    difference: Difference
    judgement: Judgement


class Expected(Frozen):
    """An expectation of the study's card, and what became of it pair by pair.

    `sizes` are the numbers of training jets, null for all, those on which no pair was trained among them.
    """

    better: list[str]
    worse: list[str]
    source: str
    at_least: bool
    sizes: list[int | None]
    pairs: list[Pair]


class Comparison(Frozen):
    """A study's taggers on the same test jets; `best` is the name of the one of highest AUC.

    `titles` are those of all taggers of the study, by name, also of taggers that were not measured.

    Of a study with several sizes of the training sample, `taggers` and `outcome` are those of the largest.
    """

    study: str
    dataset: str
    signal: str
    background: str
    signal_jets: NonNegativeInt
    background_jets: NonNegativeInt
    effective_background_jets: float
    replicas: int
    seed: int
    best: str
    outcome: Outcome
    titles: dict[str, str]
    taggers: list[TaggerResult]
    sizes: list[AtSize]
    expectations: list[Expected]
    versions: dict[str, str]

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        named = {each.name: each for each in self.taggers}
        if self.best not in named or len(named) < len(self.taggers):
            raise ValueError("its taggers do not each have a name of their own, or the best is not among them")
        points = {tuple(each.signal_efficiency for each in tagger.rejections) for tagger in self.taggers}
        if len(points) > 1 or not all(points):
            raise ValueError("its taggers are not measured at the same working points")
        if not {name for each in self.expectations for name in (*each.better, *each.worse)} <= self.titles.keys():
            raise ValueError("an expectation is on a tagger that has no title")
        if any(each.difference is None and each.name != self.best for each in self.taggers):
            raise ValueError("a tagger is not compared with the best")
        pairs = [pair for each in self.expectations for pair in each.pairs]
        known = {*named, *(each.tagger for each in self.sizes)}
        if not {name for pair in pairs for name in (pair.better, pair.worse)} <= known:
            raise ValueError("an expectation is on a tagger that was not measured")
        return self

    @classmethod
    def load(cls, path: Path) -> "Comparison":
        """Return the comparison in a JSON file.

        Raises:
            UserError: the file is missing or holds no comparison.
        """
        try:
            return cls.model_validate_json(read_json(path, "tagwerk compare"))
        except ValidationError as error:
            mistake = error.errors()[0]
            where = ".".join(map(str, mistake["loc"])) or "the file"
            raise UserError(f"{path}: {where}: {mistake['msg']}; run `tagwerk compare` again") from None
