"""Training on random batches against batches of jets of similar length: same jets, networks and seeds.

Run: python benchmarks/batches.py FOLDER [TAGGER ...] [--results results] [--seeds 1 2 3] [--epochs 8] [--threads 1]

The jets are those of the study `demo`, which must have been run before. FOLDER keeps the scores of each training, so
that finished trainings are not repeated; several runs may share it at the same time. Output: the AUC with each kind of
batch, mean and standard deviation over the seeds, and the gain, with the uncertainties from the test jets, paired, and
from the trainings. Batches of similar length come from one of eight buckets, chosen for the least padding; the order of
the batches is random.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
from buckets import bucket_edges, bucket_index

from tagwerk.arrays import Floats64
from tagwerk.cards.input_columns import schema_of
from tagwerk.cards.load_study import load_cards
from tagwerk.cards.tagger import Tagger
from tagwerk.evaluation.bootstrap import Replicas, replicas
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.measured import measure
from tagwerk.evaluation.paired import difference
from tagwerk.summaries.feature_lists import features_of
from tagwerk.summaries.summarise import summary_of
from tagwerk.training import fit, network
from tagwerk.training.batches import Batch, training_batches
from tagwerk.training.loading import load_jets
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.task import Task
from tagwerk.training.weights import JetWeights

STUDY = "demo"
TAGGERS = ("lstm", "gru", "tree_lstm_child_sum", "deep_sets", "transformer", "particle_net")
BUCKETS, REPLICAS = 8, 400


def bucketed_batches(split: SplitJets, size: int, random: np.random.Generator) -> Iterator[Batch]:
    """Yield batches of jets of similar length; the jets left over in a bucket move to the next longer one."""
    (jets,) = split.pools(random)
    lengths = jets.lengths()
    edges = bucket_edges(np.bincount(lengths), BUCKETS)
    buckets, rest, batches = bucket_index(lengths, edges), np.empty(0, np.int64), []
    for bucket, edge in enumerate(edges):
        rows = random.permutation(np.concatenate([rest, np.flatnonzero(buckets == bucket)]))
        full = len(rows) - len(rows) % size
        batches += [Batch(jets, rows[start : start + size], int(edge)) for start in range(0, full, size)]
        rest = rows[full:]
    batches += [Batch(jets, rest, int(edges[-1]))] if len(rest) else []
    yield from (batches[index] for index in random.permutation(len(batches)))


BATCHING = {"like length": bucketed_batches, "at random": training_batches}


def train_all(folder: Path, name: str, tagger: Tagger, options: argparse.Namespace) -> None:
    """Train a tagger on both kinds of batches with every seed, and save the scores of the test jets."""
    cards = load_cards(Path(f"config/studies/{STUDY}.yaml"))
    parts = [options.results / f"datasets/{cards.study.dataset}/jets/{part}" for part in cards.parts()]
    schema, jet_weights = schema_of(cards.require_dataset(), tagger.inputs), JetWeights(np.ones(2))
    summary = summary_of(parts, cards.require_dataset(), cards.study.fold, features_of(tagger.inputs))
    train, validation, test = (load_jets(parts, [piece], schema) for piece in ("train", "validation", "test"))
    for seed in options.seeds:
        for way, batches in BATCHING.items():
            file = folder / f"{name}-{way.replace(' ', '_')}-{seed}.npz"
            if file.exists():
                continue
            keras.utils.set_random_seed(seed)
            fit.training_batches = batches
            task = Task(tagger, schema, summary, options.epochs, seed)
            jets, held_out = (SplitJets([split], schema, jet_weights) for split in (train, validation))
            model, history = network.train(task, jets, held_out)
            np.savez(
                file,
                scores=network.scores(model, test)[:, 1],
                label=test.label,
                loss=history["val_loss"].min(),
                seconds=history["seconds"].sum(),
            )


def print_table(folder: Path, names: list[str], seeds: list[int]) -> None:
    """Print the results of the trainings."""
    for name in names:
        measured, losses, seconds = {}, {}, {}
        for way in BATCHING:
            runs = [np.load(folder / f"{name}-{way.replace(' ', '_')}-{seed}.npz") for seed in seeds]
            signal = runs[0]["label"] == 1
            sample = ComparedJets(signal, np.ones(len(signal)), np.arange(len(signal)))
            scores: Floats64 = np.stack([run["scores"] for run in runs]).astype(np.float64)
            resampled: Replicas = replicas(sample, scores, np.array([0.5]), REPLICAS, np.random.default_rng(1))
            measured[way] = measure(sample, scores, np.array([0.5]), resampled)
            losses[way] = np.array([float(run["loss"]) for run in runs])
            seconds[way] = float(np.mean([float(run["seconds"]) for run in runs]))
        gain = difference(measured["at random"], measured["like length"])
        row = [f"{name:22s}"]
        row += [f"{result.auc.mean():.4f} ({result.auc.std(ddof=1):.4f})" for result in measured.values()]
        row += [f"{gain.auc:+.4f} +- {gain.uncertainty:.4f} (jets) +- {gain.training:.4f} (trainings)"]
        row += [f"loss {loss.mean():.4f}" for loss in losses.values()]
        row += [f"{time:.0f} s" for time in seconds.values()]
        print(" | ".join(row), flush=True)


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
        train_all(options.folder, name, Tagger.load(Path(f"config/taggers/{name}.yaml")), options)
    print_table(options.folder, options.taggers, options.seeds)


if __name__ == "__main__":
    main()
