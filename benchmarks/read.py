"""Jets per second of reading: uproot alone, `tagwerk ingest`, batches for training, and weaver-core's loader.

Run: python benchmarks/read.py [FOLDER] [--weaver PYTHON] [--repeats 5]

FOLDER holds the files qcd_0000.root to qcd_0009.root and top_0000.root to top_0009.root of the dataset `top`, as
`tagwerk simulate` or the study `top` writes them; what is missing is simulated, which takes minutes.

PYTHON is that of another environment with weaver-core in it, which wants PyTorch:

    python -m venv weaver && weaver/bin/pip install torch weaver-core

Everything runs in one process and from files that the system has in memory already; rates are medians over the repeats,
and all things compared take turns. weaver-core's is the best of its passes and of the settings tried, once where it
reads files and once where it keeps all jets.
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
from top_jets import CARD, card_with, files_in, ingested

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.schema import schema_of
from tagwerk.cards.tagger import Tagger
from tagwerk.readers import trees
from tagwerk.readers.branches import branches
from tagwerk.readers.reading import Reading
from tagwerk.training.batches import epoch
from tagwerk.training.split_jets import SplitJets, read_split
from tagwerk.training.weights import Weighing

TAGGER = Path("config/taggers/lstm.yaml")
COMPRESSIONS = {"LZ4": uproot.LZ4(4), "Zstandard": uproot.ZSTD(3), "zlib": uproot.ZLIB(1)}
# What weaver-core reads at a time: a share of every file, or so many files.
FETCHES = [("share", "0.1"), ("share", "0.5"), ("share", "1"), ("files", "5"), ("files", "20")]
KEPT = ("memory", "1")
LENGTHS = (128, 200)
BATCH = 128

Work = Callable[[], int]


def joined(files: list[Path], target: Path, compression: object) -> Path:
    """Write the jets of all files into one, in baskets of 5,000."""
    jets = ak.concatenate([uproot.open(file)["jets"].arrays() for file in files])
    jets = jets[np.random.default_rng(1).permutation(len(jets))]
    with uproot.recreate(target, compression=compression) as root:
        lists = {name for name in jets.fields if jets[name].ndim == 2}
        kinds = {name: f"var * {ak.to_numpy(ak.flatten(jets[name])).dtype}" for name in lists}
        root.mktree("jets", {name: kinds.get(name) or ak.to_numpy(jets[name]).dtype for name in jets.fields})
        for start in range(0, len(jets), 5000):
            root["jets"].extend({name: jets[name][start : start + 5000] for name in jets.fields})
    return target


def raw(files: list[Path], dataset: Dataset, step: int | None) -> int:
    """Read the card's branches with uproot alone, whole files or so many entries at a time; return how many jets."""
    jets = 0
    for file in files:
        tree = uproot.open(file, object_cache=None, array_cache=None)["jets"]
        for start in range(0, tree.num_entries, step or tree.num_entries):
            jets += len(
                tree.arrays(branches(dataset), entry_start=start, entry_stop=start + (step or tree.num_entries))
            )
    return jets


def checked(files: list[Path], card: Path, dataset: Dataset) -> int:
    """Check all files without writing anything."""
    trees._opened.cache_clear()
    return sum(len(jets) for file in files for jets in Reading(file, card, dataset, file.stem))


def loaded(folder: Path, dataset: Dataset) -> SplitJets:
    """Read jet records into memory."""
    schema = schema_of(dataset, Tagger.load(TAGGER).inputs)
    return read_split(sorted(folder.iterdir()), list(dataset.split.shares()), schema, Weighing(np.ones(2)), 1e9)


def batched(jets: SplitJets) -> int:
    """Make an epoch of padded, masked, shuffled batches; return how many jets."""
    jets_made = 0
    for batch in epoch(jets, 6, BATCH, np.random.default_rng(1)):
        batch.inputs()
        jets_made += len(batch.targets()["label"])
    return jets_made


def rates(works: dict[str, Work], repeats: int) -> dict[str, float]:
    """Return jets per second of each work, the median of several turns after a first one that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    jets = {}
    for turn in range(repeats + 1):
        for name, work in works.items():
            start = perf_counter()
            jets[name] = work()
            if turn:
                seconds[name].append(perf_counter() - start)
    return {name: jets[name] / statistics.median(seconds[name]) for name in works}


def reading(files: list[Path], scratch: Path, repeats: int) -> None:
    """Print the rates of uproot, ingest and check on these files."""
    dataset = Dataset.load(CARD)
    plain = card_with(scratch / "plain.yaml")
    whole = card_with(scratch / "whole.yaml", substructure=True)
    grown = card_with(scratch / "grown.yaml", trees=True)
    found = rates(
        {
            "uproot, whole files": lambda: raw(files, dataset, None),
            "uproot, 10,000 entries at a time": lambda: raw(files, dataset, 10_000),
            "tagwerk check": lambda: checked(files, plain, Dataset.load(plain)),
            "tagwerk ingest": lambda: ingested(files, plain, scratch / "plain"),
            "tagwerk ingest, with the card's substructure": lambda: ingested(files, whole, scratch / "whole"),
            "tagwerk ingest, with the card's six trees": lambda: ingested(files, grown, scratch / "grown"),
        },
        repeats,
    )
    best = max(rate for name, rate in found.items() if name.startswith("uproot"))
    for name, rate in found.items():
        print(f"{name:46s} {rate:10,.0f} jets/s {rate / best:6.2f}")


def weaver(python: str, files: list[Path], scratch: Path) -> tuple[float, float]:
    """Print the best rate of weaver-core's loader by length and setting; return the best from files, and from memory.

    With all jets kept the first pass, which reads them, does not count.
    """
    best: dict[bool, float] = {False: 0, True: 0}
    for length in LENGTHS:
        config = scratch / f"weaver_{length}.yaml"
        config.write_text(yaml.safe_dump(weaver_config(length)), encoding="utf-8")
        for by, step in [*FETCHES, KEPT]:
            script = str(Path(__file__).with_name("weaver_loader.py"))
            command = [python, script, str(config), by, step, *map(str, files)]
            run = subprocess.run(command, capture_output=True, text=True, check=True)
            passes = [float(line) for line in run.stdout.splitlines()[-3:]]
            kept = by == "memory"
            rate = max(passes[1:] if kept else passes)
            print(f"weaver-core, length {length}, fetch {step} by {by}".ljust(46), f"{rate:10,.0f} jets/s", flush=True)
            best[kept] = max(best[kept], rate)
    return best[False], best[True]


def weaver_config(length: int) -> dict[str, object]:
    """Return what weaver-core is to make of a jet: four-momenta, padded to a length, a mask and the class."""
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


def loading(files: list[Path], scratch: Path, repeats: int, python: str | None) -> None:
    """Print the rates at which batches are made, of jets read for it and of jets in memory."""
    dataset, records = Dataset.load(scratch / "plain.yaml"), scratch / "records"
    ingested(files, scratch / "plain.yaml", records)
    jets = loaded(records, dataset)
    names = ("tagwerk, jet records to batches", "tagwerk, jets in memory to batches")
    found = rates({names[0]: lambda: batched(loaded(records, dataset)), names[1]: lambda: batched(jets)}, repeats)
    for name, rate in found.items():
        print(f"{name:46s} {rate:10,.0f} jets/s")
    if python is None:
        print("weaver-core: not measured; give --weaver", file=sys.stderr)
        return
    for name, best in zip(names, weaver(python, files, scratch), strict=True):
        print(f"{name}: {found[name] / best:.1f} times weaver-core's best")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("results/datasets/top/files"))
    parser.add_argument("--weaver", help="Python of an environment with weaver-core")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    files = files_in(options.folder)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        print("\nTwenty files of 2,500 jets, as simulated (LZ4)")
        reading(files, scratch, options.repeats)
        for name, compression in COMPRESSIONS.items():
            print(f"\nOne file of 50,000 jets, {name}")
            reading([joined(files, scratch / f"{name}.root", compression)], scratch, options.repeats)
        print("\nBatches of 128: padded, masked, shuffled")
        loading(files, scratch, options.repeats, options.weaver)


if __name__ == "__main__":
    main()
