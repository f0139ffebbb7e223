"""Networks trained in two ways on the same jets with the same seeds: AUC of each way, and its paired change."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np

from tagwerk.arrays import Floats64
from tagwerk.cards.input_columns import schema_of
from tagwerk.cards.load_study import load_cards
from tagwerk.cards.tagger import Tagger
from tagwerk.evaluation.bootstrap import replicas
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.measured import Performance, measure
from tagwerk.evaluation.paired import difference
from tagwerk.summaries.feature_lists import features_of
from tagwerk.summaries.summarise import summary_of
from tagwerk.training import network
from tagwerk.training.loading import load_jets
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.task import Task
from tagwerk.training.weights import JetWeights

STUDY, REPLICAS = "demo", 400

Way = Callable[[Tagger], Tagger]  # prepares a training and returns the card to train


def run(description: str | None, taggers: Sequence[str], ways: dict[str, Way]) -> None:
    """Read the command's options, run the missing trainings and print a row per tagger.

    Args:
        description: of the command.
        taggers: that are trained by default.
        ways: two, by name; the change is that from the first to the second.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("taggers", nargs="*", default=list(taggers))
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    network.prepare(options.seeds[0], options.threads)
    for name in options.taggers:
        _train(name, ways, options)
        print(_row(name, ways, options), flush=True)


def _train(name: str, ways: dict[str, Way], options: argparse.Namespace) -> None:
    """Train a tagger in both ways with every seed, and save the scores of the test jets."""
    cards, tagger = load_cards(Path(f"config/studies/{STUDY}.yaml")), Tagger.load(Path(f"config/taggers/{name}.yaml"))
    parts = [options.results / f"datasets/{cards.study.dataset}/jets/{part}" for part in cards.parts()]
    schema, jet_weights = schema_of(cards.require_dataset(), tagger.inputs), JetWeights(np.ones(2))
    summary = summary_of(parts, cards.require_dataset(), cards.study.fold, features_of(tagger.inputs))
    train, validation, test = (load_jets(parts, [piece], schema) for piece in ("train", "validation", "test"))
    for seed in options.seeds:
        for way, prepare in ways.items():
            file = _file(options.folder, name, way, seed)
            if file.exists():
                continue
            card = prepare(tagger)
            keras.utils.set_random_seed(seed)
            task = Task(card, schema, summary, options.epochs, seed)
            jets, held_out = (SplitJets([split], schema, jet_weights) for split in (train, validation))
            model, history = network.train(task, jets, held_out)
            scores, seconds = network.scores(model, test)[:, 1], history["seconds"].median()
            np.savez(file, scores=scores, label=test.label, loss=history["val_loss"].min(), seconds=seconds)


def _row(name: str, ways: dict[str, Way], options: argparse.Namespace) -> str:
    results: list[Performance] = []
    texts = []
    for way in ways:
        runs = [np.load(_file(options.folder, name, way, seed)) for seed in options.seeds]
        signal = runs[0]["label"] == 1
        sample = ComparedJets(signal, np.ones(len(signal)), np.arange(len(signal)))
        scores: Floats64 = np.stack([run["scores"] for run in runs]).astype(np.float64)
        resampled = replicas(sample, scores, np.array([0.5]), REPLICAS, np.random.default_rng(1))
        results.append(measure(sample, scores, np.array([0.5]), resampled))
        loss, seconds = (float(np.mean([float(run[key]) for run in runs])) for key in ("loss", "seconds"))
        auc = f"{results[-1].auc.mean():.4f} ({results[-1].auc.std(ddof=1):.4f})"
        texts.append(f"{way}: {auc}, loss {loss:.4f}, {seconds:.2f} s per epoch")
    first, second = results
    change = difference(second, first)
    texts.append(f"{change.auc:+.4f} +- {change.uncertainty:.4f} (jets) +- {change.training:.4f} (trainings)")
    return f"{name:22s} | " + " | ".join(texts)


def _file(folder: Path, name: str, way: str, seed: int) -> Path:
    return folder / f"{name}-{way.replace(' ', '_')}-{seed}.npz"
