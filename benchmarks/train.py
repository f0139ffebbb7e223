"""Training and scoring of two LSTM(128) layers: the lecture's recipe, PyTorch, ONNX Runtime and Tagwerk.

Run: python benchmarks/train.py [FOLDER] [--torch PYTHON] [--epochs 6] [--jets 24000] [--threads 2]

FOLDER holds simulated files as for `read.py`. PYTHON is the interpreter of another environment:

    python -m venv torch && torch/bin/pip install torch onnxruntime onnx

All train the same network on the same jets for the same number of epochs, with the same optimizer and schedule, and
score the same test jets. Training batches are drawn at random: the recipe's, as the lecture has it, of 256 jets padded
to the longest of all, with `Masking` and `model.fit`; Tagwerk's of 128, in float32 and with products in bfloat16;
PyTorch's padded to the longest of the batch or packed, with one thread or all, of 128 or 256 jets, in float32 and in
bfloat16 autocast, whatever is fastest for 3,000 jets. PyTorch with batches of jets of similar length is in the table
for comparison: they bias the training. It runs with the malloc settings that make it fastest, and scores in batches of
similar length; ONNX Runtime scores the network that PyTorch trained. Rates are medians over the epochs except the
first, and over the scoring passes. The share is the fraction of the fastest single-precision matrix product in the same
run, counting the operations of a jet's real constituents, and three times as many for training.
"""

import argparse
import json
import os
import pickle
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from arrays import constituent_arrays
from lstm import FEATURES, Sample, tagger_card
from top_jets import ensure_files, ingest_all, write_card

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.input_columns import schema_of
from tagwerk.evaluation.bootstrap import replicas
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.metrics.auc import auc
from tagwerk.summaries.summarise import summary_of
from tagwerk.training.loading import Jets, load_jets

TRIED = 3_000  # jets that each of PyTorch's settings is tried with

# By default glibc returns large blocks to the system at each step, which takes PyTorch longer than its products.
MALLOC = {
    "MALLOC_MMAP_THRESHOLD_": "17179869184",
    "MALLOC_TRIM_THRESHOLD_": "17179869184",
    "MALLOC_TOP_PAD_": "268435456",
}


def prepare(files: list[Path], folder: Path, jets: int) -> Sample:
    """Write the jets: records for Tagwerk, arrays of features for the others."""
    card = write_card(folder / "card.yaml")
    ingest_all(files, card, folder / "records")
    dataset, parts = Dataset.load(card), sorted((folder / "records").iterdir())
    schema, random = schema_of(dataset, tagger_card().inputs), np.random.default_rng(1)
    counts = {"train": jets * 3 // 4, "test": jets // 4}
    pieces = dataset.split.pieces(0)
    chosen = {}
    for name, count in counts.items():
        available = load_jets(parts, pieces[name], schema)
        chosen[name] = available.take(random.permutation(len(available))[:count])
    sample = Sample(schema, summary_of(parts, dataset, 0), **chosen)
    (folder / "sample.pickle").write_bytes(pickle.dumps(sample))
    for name, jets_of_split in chosen.items():
        np.savez(folder / f"{name}.npz", allow_pickle=False, **feature_arrays(sample, jets_of_split))
    return sample


def feature_arrays(sample: Sample, jets: Jets) -> dict[str, np.ndarray]:
    """Return normalised features of all constituents (M, F), their number per jet (N,), and labels (N,)."""
    import keras

    from tagwerk.layers.model_inputs import model_inputs

    begin = model_inputs(sample.schema, tagger_card().inputs, sample.summary)
    return constituent_arrays(keras.Model(begin.inputs, {"features": begin.sequence[0]}), jets)


def run(python: str, script: str, folder: Path, *arguments: object, **environment: str) -> None:
    """Run one contestant in its own process."""
    command = [python, str(Path(__file__).with_name(script)), str(folder), *map(str, arguments)]
    print(" ".join(command[1:2] + command[3:]), file=sys.stderr, flush=True)
    subprocess.run(command, check=True, env=os.environ | environment, stdout=sys.stderr)


def median_rates(folder: Path, kind: str = "rates") -> dict[str, dict[str, float]]:
    """Return the median rates of each contestant, in jets per second, for training and scoring."""
    medians = {}
    for file in sorted(folder.glob(f"{kind}_*.json")):
        measured = json.loads(file.read_text(encoding="utf-8"))
        rates = {stage: values[1:] or values for stage, values in measured.items() if values}
        medians[file.stem.removeprefix(f"{kind}_")] = {stage: statistics.median(each) for stage, each in rates.items()}
    return medians


def run_torch(python: str, folder: Path, epochs: int, threads: int) -> None:
    """Run PyTorch's fastest setting with random batches, and with those of similar length, in each precision."""
    for precision in ("float32", "bfloat16"):
        fastest: dict[str, tuple[Any, ...]] = {}
        for kind, ways in {"random": ("padded", "packed"), "similar": ("similar",)}.items():
            for way in ways:
                for count, size in [(1, 128), (threads, 128), (threads, 256)]:
                    run(python, "train_torch.py", folder, 2, count, way, precision, size, TRIED, **MALLOC)
                    rate = median_rates(folder, "tried")[f"torch_{way}_{precision}_{count}_{size}"]["training"]
                    print(f"{precision} {way} {count} threads, batches of {size}: {rate:,.0f} jets/s", flush=True)
                    fastest[kind] = max(fastest.get(kind, (0.0,)), (rate, count, way, precision, size))
        for _, *setting in fastest.values():
            run(python, "train_torch.py", folder, epochs, *setting, **MALLOC)


def auc_texts(folder: Path, names: list[str], label: np.ndarray) -> dict[str, str]:
    """Return each AUC with its uncertainty, and its paired difference from the first one."""
    sample = ComparedJets(label == 1, np.ones(len(label)), np.arange(len(label)))
    scores = np.stack([np.load(folder / f"rates_{name}.npy") for name in names]).astype(float)
    resampled = replicas(sample, scores, np.array([0.5]), 200, np.random.default_rng(1)).auc
    values = [auc(sample, score) for score in scores]
    texts = {}
    for name, value, replica in zip(names, values, resampled, strict=True):
        texts[name] = f"AUC {value:.4f} ± {replica.std():.4f}"
        if name != names[0]:
            texts[name] += f", {value - values[0]:+.4f} ± {(replica - resampled[0]).std():.4f} from {names[0]}"
    return texts


def print_table(folder: Path, sample: Sample, ours: str) -> None:
    """Print one row per contestant, and how much faster ours is."""
    length = sample.train.lengths().mean()
    products = 2 * length * (len(FEATURES) * 512 + 3 * 128 * 512)
    peak = max(json.loads(file.read_text(encoding="utf-8"))["rate"] for file in folder.glob("matrix_*.json"))
    print(f"\n{len(sample.train):,} jets of {length:.0f} constituents to train on, {len(sample.test):,} to score")
    print(f"fastest matrix product: {peak / 1e9:.0f} GFLOP/s; a jet takes {products / 1e6:.0f} MFLOP forward")
    rates = median_rates(folder)
    names = sorted(rates, key=lambda name: name != ours)
    aucs = auc_texts(folder, names, sample.test.label)
    for name in names:
        row = f"{name:34s}"
        for stage, factor in (("training", 3), ("scoring", 1)):
            rate = rates[name].get(stage)
            share = "" if rate is None else f"{stage} {rate:8,.0f} jets/s {rate * factor * products / peak:4.0%}"
            ratio = "" if rate is None else f" (ours: {rates[ours][stage] / rate:5.2f} times)"
            row += f"{share + ratio:52s}"
        print(row + aucs[name])


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("results/datasets/top/files"))
    parser.add_argument("--torch", help="Python of an environment with PyTorch and ONNX Runtime")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--jets", type=int, default=24_000)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sample = prepare(ensure_files(options.folder), folder, options.jets)
        run(sys.executable, "matrix.py", folder, "numpy", options.threads)
        for precision in ("float32", "mixed_bfloat16"):
            run(sys.executable, "train_tagwerk.py", folder, options.epochs, options.threads, precision)
        if options.torch is not None:
            run(options.torch, "matrix.py", folder, "torch", options.threads)
            run_torch(options.torch, folder, options.epochs, options.threads)
            run(options.torch, "score_onnx.py", folder, options.threads)
        run(sys.executable, "train_recipe.py", folder, options.epochs, options.threads)
        for precision in ("float32", "bfloat16"):
            print_table(folder, sample, f"tagwerk_{precision}_{options.threads}")


if __name__ == "__main__":
    main()
