"""Scores on disk: a row a jet with its identity, and beside it how they came about."""

from pathlib import Path

import awkward as ak
import numpy as np
import numpy.typing as npt
import pandas as pd

from tagwerk.checksums import add, write_json
from tagwerk.scores.metadata import ScoreMetadata
from tagwerk.training.loading import Jets

_JET_VARIABLES = ("pt", "eta", "mass")


def table_of(jets: Jets, probabilities: npt.NDArray[np.float32]) -> pd.DataFrame:
    """Return event, source, label, weight, pt, eta and mass of each jet and a column `p_<class>` a class."""
    table = ak.to_dataframe(jets.records)[["event", "source", "label", "weight"]]
    table[list(_JET_VARIABLES)] = jets.table()[list(_JET_VARIABLES)]
    table[[f"p_{name}" for name in jets.schema.classes]] = probabilities
    return table


def write_scores(directory: Path, table: pd.DataFrame, about: ScoreMetadata) -> None:
    """Write `scores.parquet` and `about.json` into a directory that exists."""
    path = directory / "scores.parquet"
    table.to_parquet(path, compression="zstd", index=False, write_page_checksum=True)
    add(path)
    write_json(directory / "about.json", about)
