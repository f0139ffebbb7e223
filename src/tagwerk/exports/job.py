"""What a job of an experiment has for an exported tagger, and what it gets from it."""

from collections.abc import Mapping
from dataclasses import dataclass

from tagwerk.exports.graph import Value


@dataclass(frozen=True)
class ExportJob:
    """What the user says about the job that a tagger is exported for.

    Attributes:
        names: what the experiment's software calls a sequence or a further variable, by Tagwerk's name.
        model_name: prefix of the outputs; by default the tagger's name, of which only letters and digits remain.
        selected: whether the job feeds only constituents that pass the selections of the dataset card.
    """

    names: Mapping[str, str]
    model_name: str | None
    selected: bool


@dataclass(frozen=True)
class FedJets:
    """The inputs of an exported model as values with the columns of its training.

    Attributes:
        jet: (B, J), in GeV and radians.
        sequences: of each sequence (B, T, K), in any order; of each tree (B, T, 6).
        masks: of the same, (B, T), true where real.
        keys: of each sequence, what its constituents are sorted by in descending order, (B, T).
    """

    jet: Value
    sequences: dict[str, Value]
    masks: dict[str, Value]
    keys: dict[str, Value]


@dataclass(frozen=True)
class TaggerOutputs:
    """The results of a tagger.

    Attributes:
        scores: class probabilities, (B, classes).
        labels: of constituents as they were fed, (B, T), or (B, T, origins) with several origins; None without labels.
    """

    scores: Value
    labels: Value | None
