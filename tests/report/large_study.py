"""A study of many taggers, an optimum, three classes and two seeds, as written by its stages."""

import json
from pathlib import Path

import numpy as np

from tests.evaluation import study_files
from tests.evaluation.study_files import CENTRES, DATASET, write_card, write_history, write_summary

CLASSES = ["qcd", "top", "w"]
_COLORS = ("#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd")
_W = {"name": "w", "label": "W jets", "color": "#009E73", "selection": "label == 2"}


def write_large_study(root: Path, taggers: int, jets: int, seeds: tuple[int, ...]) -> tuple[Path, Path, list[Path]]:
    """Write the study below `root`; return its card, its summary and the run directories."""
    names = [*(f"tagger_{index}" for index in range(taggers)), "limit"]
    study = {
        "title": "Many <b>taggers</b> & classes", "dataset": "top", "taggers": names[:-1], "seeds": list(seeds),
        "optimum": "limit", "profiles": ["pt"],
        "epochs": 12, "signal": "top", "background": "qcd", "working_points": [0.3, 0.5, 0.777],
    }  # fmt: skip
    card = write_card_of(root, "studies/large", study)
    write_card_of(root, "datasets/top", DATASET | {"classes": [*DATASET["classes"], _W]})
    for index, name in enumerate(names):
        title = f"Tagger {index} <i>of</i> {taggers}" if index % 7 == 3 else f"Tagger {index}"
        like = study_files.TAGGERS["lstm"]
        write_card_of(root, f"taggers/{name}", like | {"title": title, "color": _COLORS[index % len(_COLORS)]})
    random = np.random.default_rng(7)
    label = random.integers(0, 3, jets)
    common = random.normal(size=(jets, 3))
    runs = []
    for index, name in enumerate(names):
        for seed in seeds:
            noise = 0.9 * common + 0.45 * random.normal(size=(jets, 3))
            logits = (1.6 + 0.04 * index) * (noise + (1.6 + 0.04 * index) * np.eye(3)[label])
            runs.append(root / f"results/{name}/seed{seed}")
            _write_run(runs[-1], name, seed, label, np.exp(logits), random)
    return card, _with_third_class(write_summary(root / "summary.json")), runs


def write_card_of(root: Path, name: str, card: dict) -> Path:
    write_card(root / f"config/{name}.yaml", card)
    return root / f"config/{name}.yaml"


def _write_run(folder: Path, name: str, seed: int, label: np.ndarray, odds: np.ndarray, random: np.random.Generator):
    """Write a run as `study_files` does for two classes, then put the probabilities of three."""
    study_files.write_scores(folder, name, seed, label, np.full(len(label), 0.5))
    table = study_files.score_table(np.minimum(label, 1), np.full(len(label), 0.5)).assign(label=label)
    probabilities = odds / odds.sum(axis=1, keepdims=True)
    table = table.assign(**{f"p_{each}": column for each, column in zip(CLASSES, probabilities.T, strict=True)})
    table.to_parquet(folder / "scores/scores.parquet")
    write_history(folder, random)


def _with_third_class(path: Path) -> Path:
    """Give the summary a third class, with the distributions of the second."""
    summary = json.loads(path.read_text())
    summary["classes"] = CLASSES
    for counts in summary["counts"].values():
        counts["w"] = counts["top"]
    for name in CENTRES:
        summary["histograms"][name]["counts"]["w"] = summary["histograms"][name]["counts"]["top"]
    path.write_text(json.dumps(summary))
    return path
