"""Score files of every format, with the same scores of the same jets, and the cards that describe them."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import uproot

CARD: dict[str, Any] = {
    "title": "Theirs", "color": "#3f90da", "score": "score", "label": "label", "classes": {"qcd": 0, "top": 1},
    "event": "event", "weight": "weight",
}  # fmt: skip
JETS = 60


def jets(count: int = JETS, seed: int = 1) -> pd.DataFrame:
    """Return jets of two classes, one per event, with two seeds of a score and of the probability of a top jet."""
    random = np.random.default_rng(seed)
    label = np.arange(count) % 2
    scores = {f"score_{number}": 2 * label + random.normal(size=count) for number in (1, 2)}
    return pd.DataFrame(
        {"event": 1000 + np.arange(count), "label": label, "weight": random.uniform(0.5, 1.5, count)}
        | {"pt": random.uniform(500, 600, count), "eta": random.normal(size=count)}
        | scores
        | {"score": scores["score_1"], "p_top": 1 / (1 + np.exp(-scores["score_1"]))}
    ).assign(p_qcd=lambda table: 1 - table["p_top"])


def write(path: Path, table: pd.DataFrame, kind: str) -> Path:
    """Write a table as csv, csv.gz, parquet, npz, ttree, rntuple, hdf5 datasets or an hdf5 table."""
    columns = {name: table[name].to_numpy() for name in table}
    if kind.startswith("csv"):
        path = path.with_suffix(f".{kind}")
        table.to_csv(path, index=False)
    elif kind == "parquet":
        path = path.with_suffix(".parquet")
        table.to_parquet(path)
    elif kind == "npz":
        path = path.with_suffix(".npz")
        np.savez(path, **columns)
    elif kind in ("ttree", "rntuple"):
        path = path.with_suffix(".root")
        with uproot.recreate(path) as file:
            (file.mktree if kind == "ttree" else file.mkrntuple)("jets", columns)
    else:
        path = path.with_suffix(".h5")
        with h5py.File(path, "w") as file:
            if kind == "hdf5 table":
                file["scores/jets"] = table.to_records(index=False)
            else:
                for name, values in columns.items():
                    file[name] = values
    return path


FORMATS = ("csv", "csv.gz", "parquet", "npz", "ttree", "rntuple", "hdf5 datasets", "hdf5 table")
