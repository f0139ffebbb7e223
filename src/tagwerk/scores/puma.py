"""Scores in the layout that puma (umami-hep/puma) reads: an HDF5 file with one structured dataset, `jets`.

puma finds a tagger's probabilities as `<tagger>_p<flavour>`, takes pt and mass in MeV, and selects the jets of a
flavour by `HadronConeExclTruthLabelID`, or by any other field that the `cuts` of a `Label` name, such as `label`.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import pandas as pd

from tagwerk.cards.split import SPLITS
from tagwerk.scores.identifier import identifier
from tagwerk.scores.tagger_run import Run

DATASET = "jets"
_TRUTH = "HadronConeExclTruthLabelID"
# ASSUME: classes of these names are ATLAS's jet flavours: the name of the probability, and the truth label.
_FLAVOURS = {"b": ("pb", 5), "c": ("pc", 4), "light": ("pu", 0), "u": ("pu", 0), "tau": ("ptau", 15)}
_MEV_PER_GEV = 1000


def puma_table(table: pd.DataFrame, classes: Sequence[str], tagger: str) -> npt.NDArray[np.void]:
    """Return jets (N,) as puma reads them.

    The fields are `<tagger>_p<class>`; `pt`, `mass` (MeV) and `eta`; and as far as the table has them `event`,
    `weight`, `label` (the index of the class, -1 for none), `split` (0, 1 and 2 for training, validation and test jets,
    -1 for others) and, if all classes are b, c, light or tau, `HadronConeExclTruthLabelID`. The probability of light
    jets is then `<tagger>_pu`.

    Args:
        table: one row per jet, with `p_<class>`, in GeV.
        classes: in the order of the labels.
        tagger: its name.
    """
    flavours = _flavours(classes)
    names = {each: flavours[each][0] if flavours else f"p{each}" for each in classes}
    columns: dict[str, Any] = {
        f"{tagger}_{name}": table[f"p_{each}"].to_numpy(np.float32) for each, name in names.items()
    }
    columns |= {name: (_MEV_PER_GEV * table[name].to_numpy(np.float64)).astype(np.float32) for name in ("pt", "mass")}
    columns["eta"] = table["eta"].to_numpy(np.float32)
    for name, dtype in {"event": np.uint64, "weight": np.float32, "label": np.int32}.items():
        if name in table:
            columns[name] = table[name].to_numpy(dtype)
    if "split" in table:
        columns["split"] = pd.Categorical(table["split"], list(SPLITS)).codes.astype(np.int32)
    if flavours and "label" in table:
        truth = np.array([*(flavours[each][1] for each in classes), -1], np.int32)
        columns[_TRUTH] = truth[columns["label"]]
    jets = np.empty(len(table), [(name, values.dtype) for name, values in columns.items()])
    for name, values in columns.items():
        jets[name] = values
    return jets


def write_run(path: Path, run: Run, classes: Sequence[str]) -> None:
    """Write the scores of a run."""
    write_tables(path, [puma_table(run.scores, classes, identifier(run.about.tagger))])


def write_tables(path: Path, tables: Iterable[npt.NDArray[np.void]]) -> None:
    """Write the jets of several tables, of which there must be one, to one dataset."""
    with h5py.File(path, "w") as file:
        for table in tables:
            if DATASET not in file:
                file.create_dataset(DATASET, (0,), table.dtype, maxshape=(None,), chunks=(10_000,), compression="lzf")
            jets = file[DATASET]
            jets.resize(len(jets) + len(table), axis=0)
            jets[len(jets) - len(table) :] = table


def _flavours(classes: Sequence[str]) -> dict[str, tuple[str, int]]:
    """Return probability and truth label of each class; empty unless all are flavours, each another one."""
    found = {name: _FLAVOURS[name] for name in classes if name in _FLAVOURS}
    return found if len(set(found.values())) == len(classes) else {}
