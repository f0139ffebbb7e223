"""A dataset of tau candidates with tracks, clusters and high-level variables, and random candidates of it."""

from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.tagger import Tagger

CARDS = {
    path.stem: Tagger.load(path)
    for path in sorted((Path(__file__).parents[2] / "config/taggers").glob("tau_*.yaml"))
    if path.stem != "tau_core_rnn"  # for the dataset `tau_core`
}
NETWORKS = {name: card for name, card in CARDS.items() if card.engine == "keras"}
_SCALARS = [name for name in CARDS["tau_dense"].inputs.scalars if name != "pt"]
_MOMENTUM = ("pt", "eta", "phi", "energy")
_EXTRA = {
    "tracks": ("charge", "d0", "z0_sin_theta", "d0_error", "z0_sin_theta_error"),
    "clusters": ("em_fraction", "spread"),
}
FIELDS = {name: [*_MOMENTUM, *extra] for name, extra in _EXTRA.items()}
DATASET = Dataset.model_validate(
    {
        "title": "Hadronic taus",
        "files": ["tau.root"],
        "event": ["event"],
        "jet": {name: f"jet_{name}" for name in ("pt", "eta", "phi", "mass")}
        | {"extra": {name: f"jet_{name}" for name in _SCALARS}},
        "classes": [
            {"name": "qcd", "label": "Jets", "color": "#5790fc", "selection": "jet_tau == 0"},
            {"name": "tau", "label": "Hadronic taus", "color": "#e42536", "selection": "jet_tau == 1"},
        ],
        "sequences": {
            name: {each: f"{name}_{each}" for each in _MOMENTUM}
            | {"extra": {each: f"{name}_{each}" for each in extra}, "trees": ["cambridge_aachen"], "max_length": 30}
            for name, extra in _EXTRA.items()
        },
    }
)  # fmt: skip


def candidates(count: int = 60, lengths: dict[str, list[int]] | None = None) -> dict[str, Any]:
    """Branches of random candidates, every other a tau, with tracks and clusters in descending order of pT.

    Args:
        count: of the candidates.
        lengths: numbers of tracks and clusters of each; up to 12 by default.
    """
    random = np.random.default_rng(7)
    jet = {"pt": random.uniform(20, 100, count), "eta": random.uniform(-2, 2, count)}
    jet |= {"phi": random.uniform(-3, 3, count), "mass": random.uniform(1, 10, count)}
    jet |= {name: random.normal(0, 1, count) for name in _SCALARS}
    branches: dict[str, Any] = {"event": np.arange(count), "jet_tau": np.arange(count) % 2}
    branches |= {f"jet_{name}": values.astype(np.float32) for name, values in jet.items()}
    for name in FIELDS:
        counts = np.array(lengths[name]) if lengths is not None else random.integers(0, 13, count)
        values = _constituents(name, counts, jet, random)
        lists = {field: ak.unflatten(each.astype(np.float32), counts) for field, each in values.items()}
        order = ak.argsort(lists["pt"], ascending=False)
        branches |= {f"{name}_{field}": each[order] for field, each in lists.items()}
    return branches


def _constituents(name: str, counts: Any, jet: dict[str, Any], random: np.random.Generator) -> dict[str, Any]:
    """Random tracks or clusters around the axes of their jets, concatenated."""
    size = counts.sum()
    values = {"pt": random.exponential(10, size) + 0.5}
    values |= {axis: np.repeat(jet[axis], counts) + random.normal(0, 0.1, size) for axis in ("eta", "phi")}
    values["energy"] = values["pt"] * np.cosh(values["eta"])
    if name == "clusters":
        return values | {"em_fraction": random.uniform(0, 1, size), "spread": random.exponential(0.02, size)}
    values |= {"charge": random.choice([-1.0, 1.0], size)}
    return values | {
        field: random.exponential(0.1, size) if field.endswith("error") else random.normal(0, 0.1, size)
        for field in _EXTRA["tracks"][1:]
    }
