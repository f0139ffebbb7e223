"""Shared by all contestants of `train.py`: the jets, the network's settings, and the format of the results."""

import json
import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tagwerk.cards.tagger import Tagger
from tagwerk.layers.schema import Schema
from tagwerk.summaries.summary import Summary
from tagwerk.training.loading import Jets

SEED, BATCH, TIMED = 1, 128, 5
FEATURES = ["log_pt_share", "log_energy_share", "delta_r", "along_axis", "across_axis"]


@dataclass(frozen=True)
class Sample:
    """Training and test jets."""

    schema: Schema
    summary: Summary
    train: Jets
    test: Jets


def tagger_card(precision: str = "float32") -> Tagger:
    """Return the card of the common network: two LSTM(128) layers, the last state, a softmax."""
    return Tagger.model_validate(
        {
            "title": "LSTM",
            "color": "#000000",
            "architecture": "recurrent",
            "inputs": {"sequences": {"constituents": FEATURES}},
            "hyperparameters": {"units": [128, 128], "pooling": "last", "dense": []},
            "training": {"batch_size": BATCH, "learning_rate": 1e-3, "patience": 100, "precision": precision},
        }
    )


def load(folder: Path) -> Sample:
    """Return the sample that `train.py` prepared."""
    sample = pickle.loads((folder / "sample.pickle").read_bytes())
    assert isinstance(sample, Sample)
    return sample


def write(folder: Path, name: str, training: object, scoring: object, scores: npt.NDArray[np.float32]) -> None:
    """Write rates in jets per second, by epoch and by scoring pass, and the scores of the test jets."""
    rates = {"training": np.asarray(training).tolist(), "scoring": np.asarray(scoring).tolist()}
    (folder / f"rates_{name}.json").write_text(json.dumps(rates), encoding="utf-8")
    np.save(folder / f"rates_{name}.npy", scores)
