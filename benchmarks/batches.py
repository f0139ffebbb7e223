"""Training on batches drawn at random against batches of jets of like length: the same jets, networks and seeds.

Run: python benchmarks/batches.py FOLDER [TAGGER ...] [--results results] [--seeds 1 2 3] [--epochs 8] [--threads 1]

The jets are those of the study `demo`, which has to be run before. FOLDER keeps the scores of each training, so that
what is there is not trained again; several runs at once may share it. Printed are the AUC of each way of batching,
mean and standard deviation over the seeds, and the gain, with the uncertainty from the test jets, paired, and from the
trainings. Batches of like length are of one of eight buckets, as many as pad least; the order of the batches is random.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np

from tagwerk.arrays import Floats64
from tagwerk.cards.schema import schema_of
from tagwerk.cards.study import load_cards
from tagwerk.cards.tagger import Tagger
from tagwerk.evaluation.bootstrap import Replicas, replicas
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.measured import measure
from tagwerk.evaluation.paired import difference
from tagwerk.summaries.summary import Summary
from tagwerk.training import fit, network
from tagwerk.training.batches import Batch, epoch
from tagwerk.training.buckets import bucket_edges, bucket_of
from tagwerk.training.loading import load_jets
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.task import Task
from tagwerk.training.weights import Weighing

STUDY = "demo"
TAGGERS = ("lstm", "gru", "tree_lstm_child_sum", "deep_sets", "transformer", "particle_net")
BUCKETS, REPLICAS = 8, 400


def like_length(split: SplitJets, size: int, random: np.random.Generator) -> Iterator[Batch]:
    """Yield batches of jets of like length; what fills none of a bucket joins the next longer one."""
    (jets,) = split.pools(random)
    lengths = jets.lengths()
    edges = bucket_edges(np.bincount(lengths), BUCKETS)
    buckets, rest, batches = bucket_of(lengths, edges), np.empty(0, np.int64), []
    for bucket, edge in enumerate(edges):
        rows = random.permutation(np.concatenate([rest, np.flatnonzero(buckets == bucket)]))
        full = len(rows) - len(rows) % size
        batches += [Batch(jets, rows[start : start + size], int(edge)) for start in range(0, full, size)]
        rest = rows[full:]
    batches += [Batch(jets, rest, int(edges[-1]))] if len(rest) else []
    yield from (batches[index] for index in random.permutation(len(batches)))


WAYS = {"like length": like_length, "at random": epoch}


def trained(folder: Path, name: str, tagger: Tagger, options: argparse.Namespace) -> None:
    """Train a tagger in both ways with every seed, and keep the scores of the test jets."""
    cards = load_cards(Path(f"config/studies/{STUDY}.yaml"))
    parts = [options.results / f"datasets/{cards.study.dataset}/jets/{part}" for part in cards.parts()]
    schema, weighing = schema_of(cards.dataset, tagger.inputs), Weighing(np.ones(2))
    summary = Summary.load(options.results / f"studies/{STUDY}/summary.json")
    train, validation, test = (load_jets(parts, [piece], schema) for piece in ("train", "validation", "test"))
    for seed in options.seeds:
        for way, batches in WAYS.items():
            file = folder / f"{name}-{way.replace(' ', '_')}-{seed}.npz"
            if file.exists():
                continue
            keras.utils.set_random_seed(seed)
            fit.epoch = batches
            splits = [SplitJets([jets], schema, weighing) for jets in (train, validation)]
            model, history = network.train(Task(tagger, schema, summary, options.epochs, seed), *splits)
            np.savez(
                file,
                scores=network.scores(model, test)[:, 1],
                label=test.label,
                loss=history["val_loss"].min(),
                seconds=history["seconds"].sum(),
            )


def table(folder: Path, names: list[str], seeds: list[int]) -> None:
    """Print what the trainings reach."""
    for name in names:
        measured, losses, seconds = {}, {}, {}
        for way in WAYS:
            runs = [np.load(folder / f"{name}-{way.replace(' ', '_')}-{seed}.npz") for seed in seeds]
            signal = runs[0]["label"] == 1
            sample = ComparedJets(signal, np.ones(len(signal)), np.arange(len(signal)))
            scores: Floats64 = np.stack([run["scores"] for run in runs]).astype(np.float64)
            drawn: Replicas = replicas(sample, scores, np.array([0.5]), REPLICAS, np.random.default_rng(1))
            measured[way] = measure(sample, scores, np.array([0.5]), drawn)
            losses[way] = np.array([float(run["loss"]) for run in runs])
            seconds[way] = float(np.mean([float(run["seconds"]) for run in runs]))
        gain = difference(measured["at random"], measured["like length"])
        row = [f"{name:22s}"]
        row += [f"{each.auc.mean():.4f} ({each.auc.std(ddof=1):.4f})" for each in measured.values()]
        row += [f"{gain.auc:+.4f} +- {gain.uncertainty:.4f} (jets) +- {gain.training:.4f} (trainings)"]
        row += [f"loss {each.mean():.4f}" for each in losses.values()]
        row += [f"{each:.0f} s" for each in seconds.values()]
        print(" | ".join(row), flush=True)


def main() -> None:
    """Train what is missing, and print."""
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
        trained(options.folder, name, Tagger.load(Path(f"config/taggers/{name}.yaml")), options)
    table(options.folder, options.taggers, options.seeds)


if __name__ == "__main__":
    main()
