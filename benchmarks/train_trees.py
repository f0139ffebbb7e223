"""Training of recursive networks on real trees against two LSTM(128) layers, on the same simulated jets.

Run: python benchmarks/train_trees.py [FOLDER] [--jets 12000] [--epochs 3] [--units 128] [--threads 2]

FOLDER holds simulated files as for `read.py`. All networks have the same number of units, see the same five features
of the constituents, the recursive ones also of the merges, and are trained by Tagwerk's engine in random batches of 128
jets. Rates are medians over the epochs except the first.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

import numpy as np
from engine import timed_training
from lstm import BATCH, FEATURES, SEED, tagger_card
from top_jets import ensure_files, ingest_all, write_card

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.input_columns import schema_of
from tagwerk.cards.tagger import Tagger
from tagwerk.summaries.summarise import summary_of
from tagwerk.training import network
from tagwerk.training.loading import load_jets
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.task import Task
from tagwerk.training.weights import JetWeights

CELLS = {
    "tree_lstm_binary": "n_ary",
    "tree_lstm_child_sum": "child_sum",
    "recnn_simple": "simple",
    "recnn_gated": "gated",
}
TOPOLOGIES = ("cambridge_aachen", "descending_pt")


def recursive_card(cell: str, topology: str, units: int) -> Tagger:
    """Return the card of a recursive network without further layers."""
    changes = {
        "architecture": "recursive",
        "inputs": {"trees": {f"constituents_{topology}": FEATURES}},
        "hyperparameters": {"cell": cell, "units": units, "dense": []},
    }
    return Tagger.model_validate(tagger_card().model_dump() | changes)


def rate(tagger: Tagger, dataset: Dataset, parts: list[Path], jets: int, epochs: int) -> float:
    """Return the training rate of a tagger in jets per second."""
    schema, jet_weights = schema_of(dataset, tagger.inputs), JetWeights(np.ones(2))
    available = load_jets(parts, ["train"], schema)
    chosen = available.take(np.random.default_rng(SEED).permutation(len(available))[:jets])
    train, validation = (SplitJets([each], schema, jet_weights) for each in (chosen, chosen.take(np.arange(BATCH))))
    _, seconds = timed_training(Task(tagger, schema, summary_of(parts, dataset), epochs, SEED), train, validation)
    return len(train) / statistics.median(seconds[1:])


def main() -> None:
    """Measure and print the rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("results/datasets/top/files"))
    parser.add_argument("--jets", type=int, default=12_000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--units", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    network.prepare(SEED, options.threads)
    with tempfile.TemporaryDirectory() as folder:
        card = write_card(Path(folder) / "card.yaml", trees=True)
        ingest_all(ensure_files(options.folder), card, Path(folder) / "records")
        dataset, parts = Dataset.load(card), sorted((Path(folder) / "records").iterdir())
        taggers = {"two LSTM layers": tagger_card()}
        for name, cell in CELLS.items():
            taggers |= {f"{name}, {tree}": recursive_card(cell, tree, options.units) for tree in TOPOLOGIES}
        rates = {}
        for name, tagger in taggers.items():
            rates[name] = rate(tagger, dataset, parts, options.jets, options.epochs)
            ratio = rates[name] / rates["two LSTM layers"]
            print(f"{name:40s} {rates[name]:8,.0f} jets/s, {ratio:5.2f} of two LSTM layers", flush=True)


if __name__ == "__main__":
    main()
