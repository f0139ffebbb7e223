"""ParticleNet-Lite from weaver-core, its authors' code, against the taggers of a study.

Run: python benchmarks/particle_net.py STUDY --torch PYTHON [--results results] [--epochs E] [--threads 2]

STUDY is a card in config/studies that has been run. PYTHON is the interpreter of another environment:

    python -m venv torch && torch/bin/pip install numpy torch && torch/bin/pip install --no-deps weaver-core

weaver's network gets the same training, validation and test jets, all their constituents, the normalised features of
config/taggers/particle_net.yaml, the settings under `training` there, and the study's seeds and number of epochs; the
epoch of lowest validation loss counts. Output: its AUC and rejections, and the difference of its AUC from those of the
study's taggers, paired over the test jets.
"""

import argparse
import json
import os
import subprocess
import tempfile
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from arrays import constituent_arrays
from train import MALLOC

from tagwerk.arrays import Floats64
from tagwerk.cards.input_columns import schema_of
from tagwerk.cards.load_study import load_cards
from tagwerk.cards.study_cards import Cards
from tagwerk.cards.tagger import Tagger
from tagwerk.evaluation.bootstrap import replicas
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.measured import Performance, measure
from tagwerk.evaluation.paired import difference
from tagwerk.layers.model_inputs import model_inputs
from tagwerk.summaries.feature_lists import features_of
from tagwerk.summaries.summarise import summary_of
from tagwerk.training.loading import load_jets

TAGGER, REPLICAS = Path("config/taggers/particle_net.yaml"), 400


def prepare(folder: Path, cards: Cards, parts: list[Path], epochs: int | None) -> None:
    """Write the input of weaver's training: arrays of all splits, and the settings."""
    tagger = Tagger.load(TAGGER)
    schema = schema_of(cards.require_dataset(), tagger.inputs)
    summary = summary_of(parts, cards.require_dataset(), cards.study.fold, features_of(tagger.inputs))
    begin = model_inputs(schema, tagger.inputs, summary)
    outputs = {"features": begin.sequence[0], "points": begin.raw("delta_eta", "delta_phi")}
    for split, pieces in cards.require_dataset().split.pieces(cards.study.fold).items():
        arrays = constituent_arrays(keras.Model(begin.inputs, outputs), load_jets(parts, pieces, schema))
        np.savez(folder / f"{split}.npz", allow_pickle=False, **arrays)
    settings = tagger.training.model_dump() | {"epochs": epochs or cards.study.epochs}
    (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")


def train_weaver(folder: Path, python: str, seeds: list[int], threads: int) -> Floats64:
    """Return the scores of weaver's network, (seeds, test jets)."""
    script = str(Path(__file__).with_name("particle_net_weaver.py"))
    for seed in seeds:
        subprocess.run([python, script, str(folder), str(seed), str(threads)], check=True, env=os.environ | MALLOC)
    return np.stack([np.load(folder / f"scores_{seed}.npy") for seed in seeds]).astype(np.float64)


def measure_all(cards: Cards, study: Path, weaver: Floats64) -> dict[str, Performance]:
    """Return the performance of weaver's network and of each tagger of the study on the same test jets."""
    seeds, signal = cards.study.seeds, cards.study.signal
    folders = {tagger: [study / f"{tagger}/seed{seed}/scores" for seed in seeds] for tagger in cards.study.taggers}
    tables = {tagger: [pd.read_parquet(run / "scores.parquet") for run in runs] for tagger, runs in folders.items()}
    first = next(iter(tables.values()))[0]
    is_signal = first["label"].to_numpy() == [jet_class.name for jet_class in cards.classes].index(signal)
    sample = ComparedJets(is_signal, first["weight"].to_numpy(np.float64), np.arange(len(first)))
    points = np.array(cards.study.working_points)
    scores = {"weaver": weaver}
    scores |= {name: np.stack([run[f"p_{signal}"] for run in runs]).astype(float) for name, runs in tables.items()}
    resampled = replicas(sample, np.concatenate(list(scores.values())), points, REPLICAS, np.random.default_rng(1))
    measured = {}
    for index, (name, score) in enumerate(scores.items()):
        rows = range(index * len(seeds), (index + 1) * len(seeds))
        of_tagger = resampled.of_runs(rows)
        measured[name] = measure(sample, score, points, of_tagger)
    return measured


def main() -> None:
    """Train weaver's network and print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study")
    parser.add_argument("--torch", required=True)
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    cards = load_cards(Path(f"config/studies/{options.study}.yaml"))
    study = options.results / "studies" / options.study
    parts = [options.results / f"datasets/{cards.study.dataset}/jets/{part}" for part in cards.parts()]
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name), cards, parts, options.epochs)
        weaver = train_weaver(Path(name), options.torch, cards.study.seeds, options.threads)
    measured = measure_all(cards, study, weaver)
    for name, result in measured.items():
        rejections = 1 / result.background_efficiency.mean(axis=0)
        row = f"{name:22s} AUC {result.auc.mean():.5f} ± {result.replicas.auc.std(ddof=1):.5f}; 1/eps_B "
        row += ", ".join(
            f"{value:.0f} at {at}" for value, at in zip(rejections, cards.study.working_points, strict=True)
        )
        if name != "weaver":
            gain = difference(measured["weaver"], result)
            row += f"; weaver {gain.auc:+.5f} ± {gain.uncertainty:.5f}"
        print(row)


if __name__ == "__main__":
    main()
