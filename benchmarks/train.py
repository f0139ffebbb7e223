"""Training and scoring of two LSTM(128) layers: the lecture's recipe, PyTorch, ONNX Runtime and Tagwerk, side by side.

Run: python benchmarks/train.py [FOLDER] [--torch PYTHON] [--epochs 6] [--jets 24000] [--threads 2]

FOLDER holds simulated files as for `read.py`. PYTHON is that of another environment:

    python -m venv torch && torch/bin/pip install torch onnxruntime onnx

All train the same network on the same jets for as many epochs, with the same optimizer and schedule, and score the
same test jets: the recipe as the lecture has it, padded to the longest jet, with `Masking`, `model.fit` and batches of
256; Tagwerk with batches of 128 jets drawn at random, PyTorch with batches of 128 jets of like length, which is fastest
for it. Rates are medians over the epochs but the first, and over the
passes of scoring. PyTorch runs with one thread and with all, with the settings of malloc that make it fastest; ONNX
Runtime scores the network that PyTorch trained. The share is that of the fastest product of matrices measured in the
same run, where a jet takes as many operations as its real constituents need, and three times as many to train.
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

import numpy as np
from arrays import arrays_of
from lstm import FEATURES, Sample, settings
from top_jets import card_with, files_in, ingested

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.schema import schema_of
from tagwerk.evaluation.bootstrap import replicas
from tagwerk.evaluation.compared_jets import Sample as Scored
from tagwerk.evaluation.metrics import auc
from tagwerk.summaries.summarise import summary_of
from tagwerk.training.loading import Jets, load_jets

# glibc returns large blocks to the system at each step otherwise, which takes PyTorch longer than its products.
MALLOC = {
    "MALLOC_MMAP_THRESHOLD_": "17179869184",
    "MALLOC_TRIM_THRESHOLD_": "17179869184",
    "MALLOC_TOP_PAD_": "268435456",
}


def prepare(files: list[Path], folder: Path, jets: int) -> Sample:
    """Write jets for all: records for Tagwerk, arrays of features for the others."""
    card = card_with(folder / "card.yaml")
    ingested(files, card, folder / "records")
    dataset, parts = Dataset.load(card), sorted((folder / "records").iterdir())
    schema, random = schema_of(dataset, settings().inputs), np.random.default_rng(1)
    counts = {"train": jets * 3 // 4, "test": jets // 4}
    pieces = dataset.split.pieces(0)
    chosen = {}
    for name, count in counts.items():
        found = load_jets(parts, pieces[name], schema)
        chosen[name] = found.take(random.permutation(len(found))[:count])
    sample = Sample(schema, summary_of(parts, dataset, 0), **chosen)
    (folder / "sample.pickle").write_bytes(pickle.dumps(sample))
    for name, some in chosen.items():
        np.savez(folder / f"{name}.npz", **arrays(sample, some))
    return sample


def arrays(sample: Sample, jets: Jets) -> dict[str, np.ndarray]:
    """Return normalised features of all constituents (M, F), how many each jet has (N,), and labels (N,)."""
    import keras

    from tagwerk.layers.model_inputs import model_inputs

    begin = model_inputs(sample.schema, settings().inputs, sample.summary)
    return arrays_of(keras.Model(begin.inputs, {"features": begin.sequence[0]}), jets)


def run(python: str, script: str, folder: Path, *arguments: object, **environment: str) -> None:
    """Run one of those that are compared in a process of its own."""
    command = [python, str(Path(__file__).with_name(script)), str(folder), *map(str, arguments)]
    print(" ".join(command[1:2] + command[3:]), file=sys.stderr, flush=True)
    subprocess.run(command, check=True, env=os.environ | environment, stdout=sys.stderr)


def rates_of(folder: Path) -> dict[str, dict[str, float]]:
    """Return the median rates of each, in jets a second, by what they do."""
    found = {}
    for file in sorted(folder.glob("rates_*.json")):
        rates = {what: each[1:] or each for what, each in json.loads(file.read_text(encoding="utf-8")).items() if each}
        found[file.stem.removeprefix("rates_")] = {what: statistics.median(each) for what, each in rates.items()}
    return found


def areas(folder: Path, names: list[str], label: np.ndarray) -> dict[str, str]:
    """Return the AUC of each with its uncertainty, and by how much it differs from the first one's on the same jets."""
    scored = Scored(label == 1, np.ones(len(label)), np.arange(len(label)))
    scores = np.stack([np.load(folder / f"rates_{name}.npy") for name in names]).astype(float)
    resampled = replicas(scored, scores, np.array([0.5]), 200, np.random.default_rng(1)).auc
    values = [auc(scored, each) for each in scores]
    text = {}
    for name, value, each in zip(names, values, resampled, strict=True):
        text[name] = f"AUC {value:.4f} ± {each.std():.4f}"
        if name != names[0]:
            text[name] += f", {value - values[0]:+.4f} ± {(each - resampled[0]).std():.4f} from {names[0]}"
    return text


def table(folder: Path, sample: Sample, ours: str) -> None:
    """Print a row for each, and how much faster ours is."""
    length = sample.train.lengths().mean()
    products = 2 * length * (len(FEATURES) * 512 + 3 * 128 * 512)
    peak = max(json.loads(file.read_text(encoding="utf-8"))["rate"] for file in folder.glob("matrix_*.json"))
    print(f"\n{len(sample.train):,} jets of {length:.0f} constituents to learn from, {len(sample.test):,} to score")
    print(f"fastest product of matrices: {peak / 1e9:.0f} GFLOP/s; a jet takes {products / 1e6:.0f} MFLOP forward")
    found = rates_of(folder)
    names = sorted(found, key=lambda name: name != ours)
    area = areas(folder, names, sample.test.label)
    for name in names:
        row = f"{name:12s}"
        for what, factor in (("training", 3), ("scoring", 1)):
            rate = found[name].get(what)
            share = "" if rate is None else f"{what} {rate:8,.0f} jets/s {rate * factor * products / peak:4.0%}"
            ratio = "" if rate is None else f" (ours: {found[ours][what] / rate:5.2f} times)"
            row += f"{share + ratio:52s}"
        print(row + area[name])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("results/datasets/top/files"))
    parser.add_argument("--torch", help="Python of an environment with PyTorch and ONNX Runtime")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--jets", type=int, default=24_000)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sample = prepare(files_in(options.folder), folder, options.jets)
        run(sys.executable, "matrix.py", folder, "numpy", options.threads)
        run(sys.executable, "train_tagwerk.py", folder, options.epochs, options.threads)
        if options.torch is not None:
            run(options.torch, "matrix.py", folder, "torch", options.threads)
            for threads in sorted({1, options.threads}):
                run(options.torch, "train_torch.py", folder, options.epochs, threads, **MALLOC)
            run(options.torch, "score_onnx.py", folder, options.threads)
        run(sys.executable, "train_recipe.py", folder, options.epochs, options.threads)
        table(folder, sample, f"tagwerk_{options.threads}")


if __name__ == "__main__":
    main()
