"""How scores came about: what `score` writes beside them, and `compare` reads."""

from pydantic import BaseModel, ConfigDict


class ScoreMetadata(BaseModel):
    """A tagger and seed, its training, and the time that scoring took.

    Attributes:
        tagger: the name of its card.
        engine: the library that trained it.
        drawn: how many of the training jets were chosen to learn from, whatever their class; None for all.
        parameters: how many numbers training could change.
        training_jets, training_seconds, epochs: what training took, with so many `threads`.
        jets, seconds, jets_per_second: what scoring took, with so many `threads`.
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
