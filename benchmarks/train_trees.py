"""Training of recursive networks along real trees against that of two LSTM(128) layers, on the same simulated jets.

Run: python benchmarks/train_trees.py [FOLDER] [--jets 12000] [--epochs 3] [--units 128] [--threads 2]

FOLDER holds simulated files as for `read.py`. All networks have as many units, see the same five features of the
constituents, those along trees of merges too, and are trained by Tagwerk's engine in batches of 128 jets drawn at
random. Rates are medians over the epochs but the first.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

import numpy as np
from engine import timed
from lstm import BATCH, FEATURES, SEED, settings
from top_jets import card_with, files_in, ingested

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.schema import schema_of
from tagwerk.cards.tagger import Tagger
from tagwerk.summaries.summarise import summary_of
from tagwerk.training import network
from tagwerk.training.loading import load_jets
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.task import Task
from tagwerk.training.weights import Weighing

CELLS = {
    "tree_lstm_binary": "n_ary",
    "tree_lstm_child_sum": "child_sum",
    "recnn_simple": "simple",
    "recnn_gated": "gated",
}
TOPOLOGIES = ("cambridge_aachen", "descending_pt")


def along_tree(cell: str, topology: str, units: int) -> Tagger:
    """Return the card of a recursive network without further layers."""
    own = {
        "architecture": "recursive",
        "inputs": {"trees": {f"constituents_{topology}": FEATURES}},
        "hyperparameters": {"cell": cell, "units": units, "dense": []},
    }
    return Tagger.model_validate(settings().model_dump() | own)


def rate(tagger: Tagger, dataset: Dataset, parts: list[Path], jets: int, epochs: int) -> float:
    """Return how many jets a second a tagger is trained on."""
    schema, weighing = schema_of(dataset, tagger.inputs), Weighing(np.ones(2))
    some = load_jets(parts, ["train"], schema)
    some = some.take(np.random.default_rng(SEED).permutation(len(some))[:jets])
    train, few = (SplitJets([each], schema, weighing) for each in (some, some.take(np.arange(BATCH))))
    _, seconds = timed(Task(tagger, schema, summary_of(parts, dataset), epochs, SEED), train, few)
    return len(train) / statistics.median(seconds[1:])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("results/datasets/top/files"))
    parser.add_argument("--jets", type=int, default=12_000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--units", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    network.prepare(SEED, options.threads)
    with tempfile.TemporaryDirectory() as name:
        card = card_with(Path(name) / "card.yaml", trees=True)
        ingested(files_in(options.folder), card, Path(name) / "records")
        dataset, parts = Dataset.load(card), sorted((Path(name) / "records").iterdir())
        taggers = {"two LSTM layers": settings()}
        for cell, kind in CELLS.items():
            taggers |= {f"{cell}, {each}": along_tree(kind, each, options.units) for each in TOPOLOGIES}
        rates = {}
        for tagger, card_of_it in taggers.items():
            rates[tagger] = rate(card_of_it, dataset, parts, options.jets, options.epochs)
            ratio = rates[tagger] / rates["two LSTM layers"]
            print(f"{tagger:40s} {rates[tagger]:8,.0f} jets/s, {ratio:5.2f} of two LSTM layers", flush=True)


if __name__ == "__main__":
    main()
