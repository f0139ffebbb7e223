"""Scores on disk: a row a jet with its identity, and beside it how they came about."""

from pathlib import Path
from typing import Self

import awkward as ak
import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from tagwerk.training.jets import Jets
from tagwerk.training.model import Record

_JET_VARIABLES = ("pt", "eta", "mass")


class About(BaseModel):
    """How scores came about: the tagger, its training, and the time that scoring took."""

    tagger: str
    seed: int
    engine: str
    parameters: int
    training_jets: int
    training_seconds: float
    epochs: int
    jets: int
    seconds: float
    jets_per_second: float
    threads: int
    versions: dict[str, str]

    @classmethod
    def of(cls, record: Record, threads: int, jets: int, seconds: float) -> Self:
        """Return it for a model that scored so many jets in so many seconds."""
        return cls(
            tagger=record.name,
            engine=record.tagger.engine,
            jets=jets,
            seconds=seconds,
            jets_per_second=jets / seconds,
            threads=threads,
            **record.model_dump(
                include={"seed", "parameters", "training_jets", "training_seconds", "epochs", "versions"}
            ),
        )


def write_scores(directory: Path, jets: Jets, probabilities: npt.NDArray[np.float32], about: About) -> None:
    """Write `scores.parquet` and `about.json` into a directory that exists.

    The table has event, source, label, weight, pt, eta and mass of each jet and a column `p_<class>` a class.
    """
    table = ak.to_dataframe(jets.records)[["event", "source", "label", "weight"]]
    table[list(_JET_VARIABLES)] = jets.table()[list(_JET_VARIABLES)]
    table[[f"p_{name}" for name in jets.schema.classes]] = probabilities
    table.to_parquet(directory / "scores.parquet", compression="zstd", index=False)
    (directory / "about.json").write_text(about.model_dump_json(indent=1))
