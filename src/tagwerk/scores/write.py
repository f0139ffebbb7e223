"""Scores on disk: one row per jet with its identity, and their metadata."""

from pathlib import Path

import awkward as ak
import numpy as np
import numpy.typing as npt
import pandas as pd

from tagwerk.checksums import add_checksum, write_json
from tagwerk.scores.metadata import ScoreMetadata
from tagwerk.training.loading import Jets

_JET_VARIABLES = ("pt", "eta", "mass")


def score_table(jets: Jets, probabilities: npt.NDArray[np.float32]) -> pd.DataFrame:
    """Return event, source, label, weight, pt, eta and mass of each jet, and one column `p_<class>` per class."""
    table = ak.to_dataframe(jets.records)[["event", "source", "label", "weight"]]
    table[list(_JET_VARIABLES)] = jets.table()[list(_JET_VARIABLES)]
    table[[f"p_{name}" for name in jets.schema.classes]] = probabilities
    return table


def write_scores(directory: Path, table: pd.DataFrame, metadata: ScoreMetadata) -> None:
    """Write `scores.parquet` and `about.json` into an existing directory."""
    path = directory / "scores.parquet"
    table.to_parquet(path, compression="zstd", index=False, write_page_checksum=True)
    add_checksum(path)
    write_json(directory / "about.json", metadata)
