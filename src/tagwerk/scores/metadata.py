"""The metadata of scores, which `score` writes next to them and `compare` reads."""

from pydantic import BaseModel, ConfigDict


class ScoreMetadata(BaseModel):
    """The tagger and seed, the training, and the time of scoring; null where score files do not tell.

    Attributes:
        tagger: the name of the tagger card.
        engine: the library that trained it, `onnx` for a model that was trained elsewhere; null for score files.
        drawn: number of training jets chosen to learn from, of any class; None for all.
        parameters: number of trainable parameters.
        training_jets, training_seconds, epochs: what training took here, with `training_threads` threads.
        limited: whether the limit on epochs, not the validation loss, ended the training.
        jets, seconds, jets_per_second: what scoring took, with `threads` threads.
        versions: of the packages used.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    tagger: str
    seed: int
    engine: str | None
    drawn: int | None = None
    parameters: int | None
    training_jets: int | None
    training_seconds: float | None
    epochs: int | None
    limited: bool | None = None
    training_threads: int | None = None
    jets: int
    seconds: float | None
    jets_per_second: float | None
    threads: int | None
    versions: dict[str, str]
