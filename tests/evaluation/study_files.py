"""A small study on disk, as written by its stages: cards, a summary, and runs with correlated Gaussian scores."""

import json
from collections.abc import Iterable
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from scipy.special import expit

DATASET = {
    "title": "Top against QCD jets, simulated",
    "files": ["jets.root"],
    "event": ["event"],
    "jet": {
        "pt": "jet_pt", "eta": "jet_eta", "phi": "jet_phi", "mass": "jet_mass",
        "extra": {
            name: name for name in ("multiplicity", "width", "pt_dispersion", "tau21", "tau32")
        },
    },
    "classes": [
        {"name": "qcd", "label": "QCD jets", "color": "#0072B2", "selection": "label == 0"},
        {"name": "top", "label": "Top jets", "color": "#D55E00", "selection": "label == 1"},
    ],
    "sequences": {"constituents": {"pt": "c_pt", "eta": "c_eta", "phi": "c_phi", "energy": "c_energy"}},
}  # fmt: skip
TAGGERS = {
    "lstm": {
        "title": "LSTM", "color": "#E69F00", "architecture": "recurrent",
        "inputs": {"sequences": {"constituents": ["log_pt_share", "delta_eta", "delta_phi"]}},
        "hyperparameters": {"units": [64, 64]},
    },
    "boosted_trees": {
        "title": "Boosted trees", "color": "#009E73", "architecture": "boosted_trees",
        "inputs": {"scalars": ["mass", "tau32", "multiplicity"]},
    },
    "lstm_wide": {
        "title": "LSTM, twice as wide", "color": "#CC79A7", "architecture": "recurrent",
        "inputs": {"sequences": {"constituents": ["log_pt_share", "delta_eta", "delta_phi"]}},
        "hyperparameters": {"units": [128, 128]},
    },
}  # fmt: skip
SEPARATION = {"lstm": 2.0, "boosted_trees": 2.3, "lstm_wide": 2.02}
CENTRES = {
    "pt": (600, 600, 25), "eta": (0, 0, 0.9), "phi": (0, 0, 1.8), "mass": (90, 170, 30), "multiplicity": (50, 75, 15),
    "width": (0.1, 0.2, 0.04), "pt_dispersion": (0.4, 0.3, 0.07), "tau21": (0.5, 0.45, 0.12), "tau32": (0.75, 0.5, 0.1),
}  # fmt: skip


def write_study(
    root: Path,
    jets: int = 2000,
    seeds: Iterable[int] = (1,),
    taggers: Iterable[str] = TAGGERS,
    sizes: Iterable[int | None] = (None,),
    **keys: object,
) -> tuple[Path, Path, list[Path]]:
    """Write a study below `root`; return its card, which has any further `keys`, its summary and the run directories.

    With several training-sample sizes, the separation of the classes increases with the size.
    """
    taggers, seeds, sizes = list(taggers), list(seeds), list(sizes)
    study = {
        "title": "Demo", "dataset": "top", "taggers": taggers, "seeds": seeds, "epochs": 12,
        "signal": "top", "background": "qcd",
    }  # fmt: skip
    study |= {"training_jets": [size for size in sizes if size]} | keys
    write_card(root / "config/studies/demo.yaml", study)
    write_card(root / "config/datasets/top.yaml", DATASET)
    for name in taggers:
        write_card(root / f"config/taggers/{name}.yaml", TAGGERS[name])
    random = np.random.default_rng(7)
    label = random.integers(0, 2, jets)
    common = random.normal(size=jets)
    runs = []
    for name in taggers:
        for size, seed in product(sizes, seeds):
            own = random.normal(size=jets)
            separation = SEPARATION[name] + (0.03 * random.normal() if len(seeds) > 1 else 0)
            separation *= 1 - 10 / size**0.5 if size else 1
            log_odds = separation * (0.9 * common + np.sqrt(1 - 0.9**2) * own + separation * (label - 0.5))
            folder = root / f"results/studies/demo/{name}" / (f"jets{size}/seed{seed}" if size else f"seed{seed}")
            write_scores(folder, name, seed, label, expit(log_odds), size)
            write_validation_scores(folder, separation, seed)
            if name != "boosted_trees":
                write_history(folder, random)
            runs.append(folder)
    return root / "config/studies/demo.yaml", write_summary(root / "results/top/summary.json"), runs


def write_card(path: Path, card: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(card, sort_keys=False))


def score_table(label: np.ndarray, score: np.ndarray, first_event: int = 0) -> pd.DataFrame:
    """Return a table of scores; the same labels have the same jet variables."""
    jets, random = len(label), np.random.default_rng(5)
    variables = {
        name: random.normal(np.where(label, top, qcd), width).astype(np.float32)
        for name, (qcd, top, width) in CENTRES.items()
    }
    return pd.DataFrame(
        {
            "event": np.arange(first_event, first_event + jets, dtype=np.uint64),
            "source": pd.array(["toy"] * jets, dtype="string[pyarrow]"),
            "label": label.astype(np.int64),
            "weight": np.ones(jets, np.float32),
            "p_qcd": (1 - score).astype(np.float32),
            "p_top": score.astype(np.float32),
        }
        | variables
        | {"n_constituents": variables["multiplicity"].round()}
    )


def write_validation_scores(folder: Path, separation: float, seed: int, jets: int = 1000) -> None:
    """Write scores of jets of other events; their discriminant has the same law."""
    random = np.random.default_rng([11, seed])
    label = np.arange(jets) % 2
    log_odds = separation * (random.normal(size=jets) + separation * (label - 0.5))
    score_table(label, expit(log_odds), first_event=1_000_000).to_parquet(folder / "scores/validation.parquet")


def write_scores(
    folder: Path, name: str, seed: int, label: np.ndarray, score: np.ndarray, size: int | None = None
) -> None:
    jets = len(label)
    (folder / "scores").mkdir(parents=True, exist_ok=True)
    score_table(label, score).to_parquet(folder / "scores/scores.parquet")
    is_trees = name == "boosted_trees"
    about = {
        "tagger": name, "seed": seed, "engine": "scikit-learn" if is_trees else "keras", "jets": jets,
        "seconds": 1.5, "jets_per_second": jets / 1.5, "parameters": 9300 if is_trees else 57_000,
        "drawn": size, "training_jets": size or 18_000,
        "training_seconds": 0.31 if is_trees else 431.7 + seed, "epochs": 100 if is_trees else 12,
        "threads": 1, "versions": {"tagwerk": "0.1.0", "python": "3.11.2", "tensorflow": "2.21.0"},
    }  # fmt: skip
    (folder / "scores/about.json").write_text(json.dumps(about))


def write_history(folder: Path, random: np.random.Generator) -> None:
    epoch = np.arange(1, 13)
    loss = 0.25 + 0.4 * np.exp(-epoch / 3) + 0.003 * random.normal(size=12)
    val_loss = loss + 0.015 * np.log(epoch) + 0.006 * random.normal(size=12)
    history = pd.DataFrame({"epoch": epoch, "loss": loss, "accuracy": 1 - loss / 2, "val_loss": val_loss})
    history = history.assign(val_accuracy=1 - val_loss / 2, learning_rate=1e-3, seconds=30.0)
    (folder / "model").mkdir(parents=True, exist_ok=True)
    history.to_csv(folder / "model/history.csv", index=False)


def write_summary(path: Path) -> Path:
    random = np.random.default_rng(3)
    histograms: dict = {}
    for name, (qcd, top, width) in CENTRES.items():
        low, high = min(qcd, top) - 3 * width, max(qcd, top) + 3 * width
        edges = np.linspace(low, high, 51)
        counts = {
            label: np.histogram(random.normal(centre, width, 9000), edges)[0].tolist()
            for label, centre in (("qcd", qcd), ("top", top))
        }
        histograms[name] = {"edges": edges.tolist(), "counts": counts}
    summary = {
        "dataset": DATASET["title"], "classes": ["qcd", "top"],
        "counts": {"train": {"qcd": 9000, "top": 9000}, "validation": {"qcd": 3000, "top": 3000},
                   "test": {"qcd": 3000, "top": 3000}},
        "moments": {"jet": {"mass": [130.0, 50.0]}},
        "lengths": {"constituents": [0, 0, 3, 40, 300]},
        "histograms": histograms,
    }  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(summary))
    return path
