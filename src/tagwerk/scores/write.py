"""Scores on disk: one row per jet with its identity and variables, and their metadata."""

from pathlib import Path

import awkward as ak
import numpy as np
import numpy.typing as npt
import pandas as pd

from tagwerk.checksums import add_checksum, write_json
from tagwerk.scores.read import IDENTITY
from tagwerk.scores.tagger_run import Run
from tagwerk.training.loading import Jets


def score_table(jets: Jets, probabilities: npt.NDArray[np.float32]) -> pd.DataFrame:
    """Return identity, variables and class probabilities of each jet, one row per jet.

    The columns are `event`, `source`, `label` and `weight`; the jet's scalar variables; the number of constituents
    `n_<sequence>` of each sequence that the tagger uses, unless as a tree; and one `p_<class>` per class.
    """
    identity = ak.to_dataframe(jets.records)[IDENTITY]
    scores = pd.DataFrame(probabilities, columns=[f"p_{name}" for name in jets.schema.classes])
    variables = jets.table()
    for name, lists in jets.sequences.items():
        if name not in jets.schema.trees:
            variables[f"n_{name}"] = lists.counts.astype(np.int32)
    # ASSUME: a variable that is named like an identity or a score is not worth an error.
    variables = variables.drop(columns=[*identity, *scores], errors="ignore")
    return pd.concat([identity, variables, scores], axis=1)


def write_scores(directory: Path, run: Run) -> None:
    """Write `scores.parquet`, `validation.parquet` and `constituents.parquet` if there are any, and `about.json`."""
    tables = {"scores": run.scores, "validation": run.validation, "constituents": run.constituents}
    paths = [_write(directory / f"{name}.parquet", table) for name, table in tables.items() if table is not None]
    write_json(directory / "about.json", run.about, paths)


def _write(path: Path, table: pd.DataFrame) -> Path:
    table.to_parquet(path, compression="zstd", index=False, write_page_checksum=True)
    add_checksum(path)
    return path
