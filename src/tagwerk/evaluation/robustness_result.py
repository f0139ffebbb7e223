"""The results of probing a trained tagger with changed inputs, as stored in its `robustness.json`."""

from pathlib import Path
from typing import Self

from pydantic import NonNegativeInt, ValidationError

from tagwerk.checksums import read_json, unusable_file
from tagwerk.evaluation.frozen import Frozen

_MADE_BY = "tagwerk probe"


class NominalRejection(Frozen):
    """1/ε_B at a signal efficiency without any change, with a central 68.27 % interval.

    Attributes:
        signal_efficiency: ε_S of the cut.
        value: 1/ε_B; null where it is infinite.
        low: lower end of the interval; a limit at 84.13 % CL where less than one effective jet passes.
        high: upper end; null where it is infinite.
        background_jets: effective number of background jets that pass.
    """

    signal_efficiency: float
    value: float | None
    low: float
    high: float | None
    background_jets: float


class ChangedRejection(Frozen):
    """1/ε_B after a change of the input, and its ratio to that before, on the same jets.

    Attributes:
        signal_efficiency: ε_S of the cut, which is chosen anew after the change.
        value: 1/ε_B after the change; null where it is infinite.
        ratio: to that before; null where it is infinite or undefined.
        low: lower end of the ratio's central 68.27 % interval (`tagwerk.evaluation.paired.rejection_ratios`).
        high: its upper end; null where it is infinite.
        background_jets: the smaller one of the two effective numbers that pass.
    """

    signal_efficiency: float
    value: float | None
    ratio: float | None
    low: float
    high: float | None
    background_jets: float


class Nominal(Frozen):
    """A tagger's performance without any change of its input.

    Attributes:
        auc: its AUC on the probed jets.
        uncertainty: of the AUC, one standard deviation from the finite sample.
        rejections: at each working point.
    """

    auc: float
    uncertainty: float
    rejections: list[NominalRejection]


class Effect(Frozen):
    """A tagger's performance after one change of its input.

    Attributes:
        auc: after the change.
        difference: the AUC after the change minus that before, on the same jets.
        uncertainty: of the difference, one standard deviation from the finite sample.
        unchanged: whether every score is that before, bit by bit.
        rejections: at each working point.
    """

    auc: float
    difference: float
    uncertainty: float
    unchanged: bool
    rejections: list[ChangedRejection]


class Change(Effect):
    """One change of the input with its effect.

    Attributes:
        name: of the change.
        title: in tables.
        sequence: the one that was changed; null for all or for none.
    """

    name: str
    title: str
    sequence: str | None

    @property
    def full_title(self) -> str:
        """The title, after the name of the sequence if only one changes."""
        return self.title if self.sequence is None else f"{self.sequence}: {self.title}"


class TaggerRobustness(Frozen):
    """What one training of a tagger loses with perturbed jets, and which of its inputs it relies on.

    Attributes:
        tagger: its name.
        seed: of the training.
        drawn: number of training jets chosen to learn from; null for all.
        signal: the signal class.
        backgrounds: the background classes with their fractions in the discriminant.
        signal_jets: number of signal jets probed.
        background_jets: number of background jets probed.
        replicas: number of bootstrap replicas.
        random_seed: of the perturbations and replicas.
        nominal: the performance without any change.
        perturbations: changes of the jets.
        inputs: exchanges between jets of variables and of columns of constituents.
        ranks: exchanges between jets of the constituents of some ranks.
        versions: of the packages that probed it, by name.
    """

    tagger: str
    seed: int
    drawn: int | None
    signal: str
    backgrounds: dict[str, float]
    signal_jets: NonNegativeInt
    background_jets: NonNegativeInt
    replicas: int
    random_seed: int
    nominal: Nominal
    perturbations: list[Change]
    inputs: list[Change]
    ranks: list[Change]
    versions: dict[str, str]

    @property
    def middle(self) -> int:
        """The index of the middle one of the working points."""
        points = [each.signal_efficiency for each in self.nominal.rejections]
        return sorted(range(len(points)), key=lambda index: points[index])[len(points) // 2]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return the results in a JSON file.

        Raises:
            UserError: the file is missing, damaged or holds something else.
        """
        try:
            return cls.model_validate_json(read_json(path, _MADE_BY))
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(map(str, first["loc"])) or "the file"
            raise unusable_file(path, f"{key}: {first['msg']}", _MADE_BY) from None
