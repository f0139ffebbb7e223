"""Sets, graphs and attention: Tagwerk's networks against weaver-core's of the same size, on the same jets and cores.

Run: python benchmarks/rivals.py FOLDER --torch PYTHON [--study demo] [--results results] [--cards CARD ...]
     [--threads 2] [--seconds 3] [--epochs 0] [--jets 12000]

FOLDER keeps what was measured: a card that is there is not measured again, so that each can have a run of its own, and
the table has all of them. The study's jets must have been ingested. PYTHON is the interpreter of another environment:

    python -m venv torch && torch/bin/pip install torch weaver-core

Both networks of a card have the same layers, widths and features, see all constituents, and are trained with the same
optimizer, with batches of 128, 256 or 512 jets, in float32 or bfloat16 (Tagwerk's `mixed_bfloat16`, PyTorch's
autocast), whichever is fastest. Tagwerk has its packed constituents, computes the features from the momenta, and has
all threads; weaver-core gets the features computed, and has one thread or all, pair features for all slots or for real
constituents only, and the malloc settings that make PyTorch fastest. Training is on batches drawn at random, which
weaver-core pads to the longest jet, and from which it leaves out constituents of the longest jets at random, as its
networks do by default; *untrimmed* are the rates without that, and *similar length* those of batches of jets of similar
length, which harm the training. The ratio is to the fastest setting for random batches. In scoring, batches are of jets
of similar length for both. Rates are medians over passes over the same jets, without the first. The share is of the
fastest matrix product in the same run, counting the operations of the products of the authors' network on a jet without
padding, and three times as many for training.

With `--epochs`, each network is also trained for that many epochs on this number of jets with the batches and the
schedule of its card, in float32, and the AUCs are compared on the study's test jets.
"""

import argparse
import json
import pickle
import statistics
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
from arrays import constituent_arrays
from keras import ops
from parity import request
from rivals_tagwerk import Contest
from train import MALLOC, auc_texts, run

from tagwerk.cards.input_columns import schema_of
from tagwerk.cards.load_study import load_cards
from tagwerk.cards.tagger import Tagger
from tagwerk.layers.model_inputs import ModelInputs, model_inputs
from tagwerk.summaries.feature_lists import features_of
from tagwerk.summaries.summarise import summary_of
from tagwerk.training.loading import load_jets
from tagwerk.training.task import Task

CARDS = ("deep_sets", "particle_net", "transformer", "particle_transformer")


def prepare(folder: Path, tagger: Tagger, options: argparse.Namespace) -> None:
    """Write the jets: records for Tagwerk, arrays of features for weaver-core, and how to build its network."""
    cards = load_cards(Path(f"config/studies/{options.study}.yaml"))
    dataset, fold = cards.require_dataset(), cards.study.fold
    parts = [options.results / f"datasets/{cards.study.dataset}/jets/{part}" for part in cards.parts()]
    schema, random = schema_of(dataset, tagger.inputs), np.random.default_rng(1)
    jets = {name: load_jets(parts, pieces, schema) for name, pieces in dataset.split.pieces(fold).items()}
    jets["train"] = jets["train"].take(random.permutation(len(jets["train"]))[: options.jets])
    summary, epochs = summary_of(parts, dataset, fold, features_of(tagger.inputs)), max(options.epochs, 1)
    training = tagger.training.model_copy(update={"patience": epochs})
    task = Task(tagger.model_copy(update={"training": training}), schema, summary, epochs, seed=1)
    (folder / "contest.pickle").write_bytes(pickle.dumps(Contest(task, **jets, seconds=options.seconds)))
    model = weaver_inputs(tagger, model_inputs(schema, tagger.inputs, summary))
    for name, of_split in jets.items():
        arrays = constituent_arrays(model, of_split)
        columns = {each: arrays.pop(each) for each in model.output}
        features = np.concatenate(list(columns.values()), axis=1)
        np.savez(folder / f"{name}.npz", allow_pickle=False, features=features, **arrays)
    case = {
        "request": request(tagger, tagger.all_hyperparameters["dropout"]),
        "columns": {name: each.shape[1] for name, each in columns.items()},
        "training": training.model_dump() | {"epochs": epochs},
        "seconds": options.seconds,
        "seed": task.seed,
    }
    (folder / "case.json").write_text(json.dumps(case), encoding="utf-8")


def weaver_inputs(tagger: Tagger, begin: ModelInputs) -> keras.Model:
    """Return the model from Tagwerk's inputs to what weaver-core's network of this card takes."""
    chosen, outputs = tagger.all_hyperparameters, {"features": begin.sequence[0]}
    if "neighbours" in chosen:
        outputs["points"] = begin.raw("delta_eta", "delta_phi")
    if chosen.get("pairs") or chosen.get("infrared_safe"):
        pt, eta, phi, energy = ops.split(begin.raw("pt", "eta", "phi", "energy"), 4, axis=-1)
        momenta = [pt * ops.cos(phi), pt * ops.sin(phi), pt * ops.sinh(eta), energy]
        outputs["momenta"] = ops.concatenate(momenta, axis=-1)
    return keras.Model(begin.inputs, outputs)


def measure(folder: Path, tagger: Tagger, options: argparse.Namespace) -> None:
    """Measure what is missing for a card."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [] if (folder / "rates_weaver.json").exists() else ["rates"]
    if options.epochs and not (folder / "rates_weaver.npy").exists():
        missing.append("scores")
    if missing:
        prepare(folder, tagger, options)
    for what in missing:
        if what == "rates":
            run(sys.executable, "matrix.py", folder, "numpy", options.threads)
            run(options.torch, "matrix.py", folder, "torch", options.threads)
        run(sys.executable, "rivals_tagwerk.py", folder, what, options.threads)
        run(options.torch, "rivals_weaver.py", folder, what, options.threads, **MALLOC)


def median(results: dict[str, Any], name: str) -> float | None:
    """Return a contestant's median rate, if it was measured."""
    return statistics.median(results[name]["rates"]) if name in results else None


def row(folder: Path) -> str:
    """Return a row of the table."""
    ours, theirs = (
        json.loads((folder / f"rates_{name}.json").read_text(encoding="utf-8")) for name in ("tagwerk", "weaver")
    )
    peak = max(json.loads(file.read_text(encoding="utf-8"))["rate"] for file in folder.glob("matrix_*.json"))

    def cell(rate: float | None, factor: int) -> str:
        return "" if rate is None else f"{rate:,.0f} ({rate * factor * theirs['operations'] / peak:.0%})"

    stages = []
    for mine, other, factor in (("training", "random", 3), ("scoring", "scoring", 1)):
        rate, peer = median(ours, mine), median(theirs, other)
        stages.append([cell(rate, factor), cell(peer, factor), f"{rate / peer:.2f}" if rate and peer else ""])
    training, scoring = stages
    training[2:2] = [cell(median(theirs, name), 3) for name in ("untrimmed", "similar")]
    training.insert(1, cell(median(ours, "float32"), 3))
    parameters = f"{ours['parameters']:,}, {theirs['parameters']:,}"
    cells = [f"`{folder.name}`", parameters, f"{theirs['operations'] / 1e6:.1f}", f"{peak / 1e9:.0f}"]
    return f"| {' | '.join([*cells, *training, *scoring])} |"


def settings(folder: Path) -> str:
    """Return the fastest settings of a card as text."""
    chosen = []
    for name in ("tagwerk", "weaver"):
        results = json.loads((folder / f"rates_{name}.json").read_text(encoding="utf-8"))
        chosen += [f"{name}, {key}: {value['setting']}" for key, value in results.items() if isinstance(value, dict)]
    return f"{folder.name}: " + "; ".join(text for text in chosen if not text.endswith(": "))


def print_tables(folders: list[Path]) -> None:
    """Print rates and AUCs of all cards that have them."""
    rated = [folder for folder in folders if (folder / "rates_weaver.json").exists()]
    columns = (
        "parameters",
        "MFLOP",
        "GFLOP/s",
        "Tagwerk",
        "in float32",
        "weaver-core",
        "untrimmed",
        "similar length",
        "ratio",
    )
    print(f"| card | {' | '.join(columns)} | Tagwerk | weaver-core | ratio |")
    print(f"|---|{'---:|' * (len(columns) + 3)}")
    print("\n".join(map(row, rated)), "\n".join(map(settings, rated)), sep="\n\n")
    for folder in folders:
        if (folder / "rates_weaver.npy").exists():
            texts = auc_texts(folder, ["weaver", "tagwerk"], np.load(folder / "test.npz")["label"])
            print(f"{folder.name}: " + "; ".join(f"{name} {text}" for name, text in texts.items()))


def main() -> None:
    """Measure what is missing, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--torch", required=True)
    parser.add_argument("--study", default="demo")
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--cards", nargs="+", default=list(CARDS))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--epochs", type=int, default=0)
    parser.add_argument("--jets", type=int, default=12_000)
    options = parser.parse_args()
    for name in options.cards:
        measure(options.folder / name, Tagger.load(Path(f"config/taggers/{name}.yaml")), options)
    print_tables([options.folder / name for name in options.cards])


if __name__ == "__main__":
    main()
