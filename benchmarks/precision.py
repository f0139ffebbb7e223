"""Training in bfloat16 against training in single precision: same jets, networks and seeds.

Run: python benchmarks/precision.py FOLDER [TAGGER ...] [--results results] [--seeds 1 2 3] [--epochs 8] [--threads 1]

The jets are those of the study `demo`, which must have been run before. FOLDER keeps the scores of each training, so
that finished trainings are not repeated. Output: the AUC in each precision, mean and standard deviation over the seeds,
and the change, with the uncertainties from the test jets, paired, and from the trainings; the epochs' median time.
"""

import argparse
from pathlib import Path

import keras
import numpy as np
from batches import REPLICAS, STUDY

from tagwerk.arrays import Floats64
from tagwerk.cards.input_columns import schema_of
from tagwerk.cards.load_study import load_cards
from tagwerk.cards.tagger import Tagger
from tagwerk.evaluation.bootstrap import replicas
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.measured import measure
from tagwerk.evaluation.paired import difference
from tagwerk.summaries.feature_lists import features_of
from tagwerk.summaries.summarise import summary_of
from tagwerk.training import network
from tagwerk.training.loading import load_jets
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.task import Task
from tagwerk.training.weights import JetWeights

TAGGERS = ("lstm", "gru")
PRECISIONS = ("float32", "mixed_bfloat16")


def train_all(folder: Path, name: str, options: argparse.Namespace) -> None:
    """Train a tagger in both precisions with every seed, and save the scores of the test jets."""
    cards, tagger = load_cards(Path(f"config/studies/{STUDY}.yaml")), Tagger.load(Path(f"config/taggers/{name}.yaml"))
    parts = [options.results / f"datasets/{cards.study.dataset}/jets/{part}" for part in cards.parts()]
    schema, jet_weights = schema_of(cards.require_dataset(), tagger.inputs), JetWeights(np.ones(2))
    summary = summary_of(parts, cards.require_dataset(), cards.study.fold, features_of(tagger.inputs))
    train, validation, test = (load_jets(parts, [piece], schema) for piece in ("train", "validation", "test"))
    for seed in options.seeds:
        for precision in PRECISIONS:
            file = folder / f"{name}-{precision}-{seed}.npz"
            if file.exists():
                continue
            settings = tagger.training.model_copy(update={"precision": precision})
            keras.utils.set_random_seed(seed)
            task = Task(tagger.model_copy(update={"training": settings}), schema, summary, options.epochs, seed)
            jets, held_out = (SplitJets([split], schema, jet_weights) for split in (train, validation))
            model, history = network.train(task, jets, held_out)
            scores, seconds = network.scores(model, test)[:, 1], history["seconds"].median()
            np.savez(file, scores=scores, label=test.label, loss=history["val_loss"].min(), seconds=seconds)


def print_row(folder: Path, name: str, seeds: list[int]) -> None:
    """Print the results of a tagger's trainings."""
    measured, texts = {}, []
    for precision in PRECISIONS:
        runs = [np.load(folder / f"{name}-{precision}-{seed}.npz") for seed in seeds]
        signal = runs[0]["label"] == 1
        sample = ComparedJets(signal, np.ones(len(signal)), np.arange(len(signal)))
        scores: Floats64 = np.stack([run["scores"] for run in runs]).astype(np.float64)
        resampled = replicas(sample, scores, np.array([0.5]), REPLICAS, np.random.default_rng(1))
        result = measured[precision] = measure(sample, scores, np.array([0.5]), resampled)
        loss, seconds = (float(np.mean([float(run[key]) for run in runs])) for key in ("loss", "seconds"))
        value = f"{result.auc.mean():.4f} ({result.auc.std(ddof=1):.4f})"
        texts.append(f"{precision}: {value}, loss {loss:.4f}, {seconds:.2f} s")
    change = difference(measured["mixed_bfloat16"], measured["float32"])
    texts.append(f"{change.auc:+.4f} +- {change.uncertainty:.4f} (jets) +- {change.training:.4f} (trainings)")
    print(f"{name:22s} | " + " | ".join(texts), flush=True)


def main() -> None:
    """Run the missing trainings and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("taggers", nargs="*", default=list(TAGGERS))
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    network.prepare(options.seeds[0], options.threads)
    for name in options.taggers:
        train_all(options.folder, name, options)
        print_row(options.folder, name, options.seeds)


if __name__ == "__main__":
    main()
