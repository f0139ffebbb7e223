"""Reading rates in jets per second: uproot alone, `tagwerk ingest`, training batches, and weaver-core's loader.

Run: python benchmarks/read.py [FOLDER] [--weaver PYTHON] [--repeats 5]

FOLDER holds the files qcd_0000.root to qcd_0009.root and top_0000.root to top_0009.root of the dataset `top`, as
`tagwerk simulate` or the study `top` writes them; missing files are simulated, which takes minutes.

PYTHON is the interpreter of another environment, with weaver-core, which needs PyTorch:

    python -m venv weaver && weaver/bin/pip install torch weaver-core

Everything runs in one process and from files in the page cache; the contestants alternate, and rates are medians over
the repeats. weaver-core's rate is the best of its passes and of the settings tried, once reading files and once with
all jets in memory.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import awkward as ak
import numpy as np
import uproot
import yaml
from top_jets import CARD, ensure_files, ingest_all, write_card

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.input_columns import schema_of
from tagwerk.cards.tagger import Tagger
from tagwerk.readers import root_trees
from tagwerk.readers.branches import branches
from tagwerk.readers.reading import JetReader
from tagwerk.training.batches import training_batches
from tagwerk.training.split_jets import SplitJets, read_split
from tagwerk.training.weights import JetWeights

TAGGER = Path("config/taggers/lstm.yaml")
COMPRESSIONS = {"LZ4": uproot.LZ4(4), "Zstandard": uproot.ZSTD(3), "zlib": uproot.ZLIB(1)}
# What weaver-core fetches at a time: a fraction of every file, or a number of files.
FETCHES = [("share", "0.1"), ("share", "0.5"), ("share", "1"), ("files", "5"), ("files", "20")]
IN_MEMORY = ("memory", "1")
LENGTHS = (128, 200)
BATCH = 128

Task = Callable[[], int]


def merge_files(files: list[Path], target: Path, compression: object) -> Path:
    """Write the jets of all files to one file, in baskets of 5,000."""
    jets = ak.concatenate([uproot.open(file)["jets"].arrays() for file in files])
    jets = jets[np.random.default_rng(1).permutation(len(jets))]
    with uproot.recreate(target, compression=compression) as root:
        lists = {name for name in jets.fields if jets[name].ndim == 2}
        types = {name: f"var * {ak.to_numpy(ak.flatten(jets[name])).dtype}" for name in lists}
        root.mktree("jets", {name: types.get(name) or ak.to_numpy(jets[name]).dtype for name in jets.fields})
        for start in range(0, len(jets), 5000):
            root["jets"].extend({name: jets[name][start : start + 5000] for name in jets.fields})
    return target


def read_with_uproot(files: list[Path], dataset: Dataset, step: int | None) -> int:
    """Read the card's branches with uproot alone, `step` entries or a file at a time; return the number of jets."""
    jets = 0
    for file in files:
        tree = uproot.open(file, object_cache=None, array_cache=None)["jets"]
        for start in range(0, tree.num_entries, step or tree.num_entries):
            jets += len(
                tree.arrays(branches(dataset), entry_start=start, entry_stop=start + (step or tree.num_entries))
            )
    return jets


def check_files(files: list[Path], card: Path, dataset: Dataset) -> int:
    """Check all files without writing anything; return the number of jets."""
    root_trees._opened.cache_clear()
    return sum(len(jets) for file in files for jets in JetReader(card, dataset, file, file.stem))


def load_records(folder: Path, dataset: Dataset) -> SplitJets:
    """Read jet records into memory."""
    schema = schema_of(dataset, Tagger.load(TAGGER).inputs)
    files, splits = sorted(folder.iterdir()), list(dataset.split.shares())
    return read_split(files, splits, schema, JetWeights(np.ones(2)), 1_000_000_000)


def make_batches(jets: SplitJets) -> int:
    """Make one epoch of padded, masked, shuffled batches; return the number of jets."""
    jets_made = 0
    for batch in training_batches(jets, BATCH, np.random.default_rng(1)):
        batch.inputs()
        jets_made += len(batch.targets()["label"])
    return jets_made


def rates(tasks: dict[str, Task], repeats: int) -> dict[str, float]:
    """Return the median jets per second of each task, which alternate; the first round is a warm-up."""
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    jets = {}
    for repeat in range(repeats + 1):
        for name, task in tasks.items():
            start = perf_counter()
            jets[name] = task()
            if repeat:
                seconds[name].append(perf_counter() - start)
    return {name: jets[name] / statistics.median(seconds[name]) for name in tasks}


def print_reading(files: list[Path], scratch: Path, repeats: int) -> None:
    """Print the rates of uproot, ingest and check on these files."""
    dataset = Dataset.load(CARD)
    plain = write_card(scratch / "plain.yaml")
    shapes = write_card(scratch / "shapes.yaml", substructure=True)
    trees = write_card(scratch / "trees.yaml", trees=True)
    measured = rates(
        {
            "uproot, whole files": lambda: read_with_uproot(files, dataset, None),
            "uproot, 10,000 entries at a time": lambda: read_with_uproot(files, dataset, 10_000),
            "tagwerk check": lambda: check_files(files, plain, Dataset.load(plain)),
            "tagwerk ingest": lambda: ingest_all(files, plain, scratch / "plain"),
            "tagwerk ingest, with the card's substructure": lambda: ingest_all(files, shapes, scratch / "shapes"),
            "tagwerk ingest, with the card's six trees": lambda: ingest_all(files, trees, scratch / "trees"),
        },
        repeats,
    )
    best = max(rate for name, rate in measured.items() if name.startswith("uproot"))
    for name, rate in measured.items():
        print(f"{name:46s} {rate:10,.0f} jets/s {rate / best:6.2f}")


def weaver(python: str, files: list[Path], scratch: Path) -> tuple[float, float]:
    """Print the best rate of weaver-core's loader by length and setting; return the best from files and from memory.

    With all jets in memory the first pass, which reads them, does not count.
    """
    best: dict[bool, float] = {False: 0, True: 0}
    for length in LENGTHS:
        config = scratch / f"weaver_{length}.yaml"
        config.write_text(yaml.safe_dump(weaver_config(length)), encoding="utf-8")
        for by, step in [*FETCHES, IN_MEMORY]:
            script = str(Path(__file__).with_name("weaver_loader.py"))
            command = [python, script, str(config), by, step, *map(str, files)]
            run = subprocess.run(command, capture_output=True, text=True, check=True)
            passes = [float(line) for line in run.stdout.splitlines()[-3:]]
            in_memory = by == "memory"
            rate = max(passes[1:] if in_memory else passes)
            print(f"weaver-core, length {length}, fetch {step} by {by}".ljust(46), f"{rate:10,.0f} jets/s", flush=True)
            best[in_memory] = max(best[in_memory], rate)
    return best[False], best[True]


def weaver_config(length: int) -> dict[str, object]:
    """Return weaver-core's data configuration: four-momenta padded to a length, a mask and the class."""
    names = [f"constituents_{name}" for name in ("pt", "eta", "phi", "energy")]
    return {
        "treename": "jets",
        "new_variables": {"pf_mask": f"ak.ones_like({names[0]})", "qcd": "jet_top == 0", "top": "jet_top == 1"},
        "inputs": {
            "pf_features": {"length": length, "vars": [[name, None] for name in names]},
            "pf_mask": {"length": length, "vars": [["pf_mask", None]]},
        },
        "labels": {"type": "simple", "value": ["qcd", "top"]},
        "preprocess": {"method": "manual"},
    }


def print_loading(files: list[Path], scratch: Path, repeats: int, python: str | None) -> None:
    """Print the rates of batches made from jet records and from jets in memory."""
    dataset, records = Dataset.load(scratch / "plain.yaml"), scratch / "records"
    ingest_all(files, scratch / "plain.yaml", records)
    jets = load_records(records, dataset)
    names = ("tagwerk, jet records to batches", "tagwerk, jets in memory to batches")
    measured = rates(
        {names[0]: lambda: make_batches(load_records(records, dataset)), names[1]: lambda: make_batches(jets)}, repeats
    )
    for name, rate in measured.items():
        print(f"{name:46s} {rate:10,.0f} jets/s")
    if python is None:
        print("weaver-core: not measured; needs --weaver", file=sys.stderr)
        return
    for name, best in zip(names, weaver(python, files, scratch), strict=True):
        print(f"{name}: {measured[name] / best:.1f} times weaver-core's best")


def main() -> None:
    """Measure and print the rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("results/datasets/top/files"))
    parser.add_argument("--weaver", help="Python of an environment with weaver-core")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    files = ensure_files(options.folder)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        print("\nTwenty files of 2,500 jets, as simulated (LZ4)")
        print_reading(files, scratch, options.repeats)
        for name, compression in COMPRESSIONS.items():
            print(f"\nOne file of 50,000 jets, {name}")
            print_reading([merge_files(files, scratch / f"{name}.root", compression)], scratch, options.repeats)
        print("\nBatches of 128: padded, masked, shuffled")
        print_loading(files, scratch, options.repeats, options.weaver)


if __name__ == "__main__":
    main()
