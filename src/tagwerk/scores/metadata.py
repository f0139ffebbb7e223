"""The metadata of scores, which `score` writes next to them and `compare` reads."""

from pydantic import BaseModel, ConfigDict


class ScoreMetadata(BaseModel):
    """The tagger and seed, the training, and the time of scoring.

    Attributes:
        tagger: the name of the tagger card.
        engine: the library that trained it.
        drawn: number of training jets chosen to learn from, of any class; None for all.
        parameters: number of trainable parameters.
        training_jets, training_seconds, epochs: what training took, with `threads` threads.
        jets, seconds, jets_per_second: what scoring took, with `threads` threads.
        versions: of the packages used.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    tagger: str
    seed: int
    engine: str
    drawn: int | None = None
    parameters: int
    training_jets: int
    training_seconds: float
    epochs: int
    jets: int
    seconds: float
    jets_per_second: float
    threads: int
    versions: dict[str, str]
