"""Rates, sizes and memory of every stage on files like those of JetClass, and what they make of 125 million jets.

Run: python benchmarks/jetclass.py [--jets 20000] [--files 3] [--taggers deep_sets lstm] [--threads 1]

The files have the branches of `config/datasets/jetclass.yaml`, filled with random numbers: lists of 43 constituents on
average, at most 128. Nothing can be learnt from them; times, bytes and memory are those of real files of these sizes.
Each stage is a process of its own. Rates are jets per CPU second, which holds on a busy machine too, from the
difference between all jets and a tenth of a file: the start of a process, 2 to 10 CPU seconds, is not counted.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import awkward as ak
import numpy as np
import uproot
import yaml

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.locate import SHIPPED

JETS = {"training": 100_000_000, "validation": 5_000_000, "test": 20_000_000}
ALL = sum(JETS.values())
_MEAN, _LONGEST = 43, 128


class Cost(NamedTuple):
    """CPU seconds and peak memory of a process."""

    cpu_seconds: float
    gigabytes: float


def write_file(path: Path, card: Dataset, jets: int, seed: int) -> None:
    """Write a file of random jets, a tenth of each class."""
    random = np.random.default_rng(seed)
    counts = np.clip(random.negative_binomial(6, 6 / (6 + _MEAN), jets), 1, _LONGEST)
    pt, eta = 20 * random.exponential(size=counts.sum()), random.normal(0, 0.3, counts.sum())
    phi = random.normal(0, 0.3, counts.sum())
    momentum = {
        "part_px": pt * np.cos(phi), "part_py": pt * np.sin(phi), "part_pz": pt * np.sinh(eta),
        "part_energy": pt * np.cosh(eta),
    }  # fmt: skip
    sequence = card.sequences["constituents"]
    kind = random.integers(0, 6, len(pt))
    others = {branch: kind == index for index, branch in enumerate(sequence.extra.values())}
    others |= {f"part_{name}": random.normal(size=len(pt)) for name in ("d0val", "d0err", "dzval", "dzerr")}
    assert card.jet is not None
    scalars = {f"jet_{name}": random.uniform(500, 1000, jets) for name in ("pt", "energy")}
    scalars |= {f"jet_{name}": random.uniform(-1, 1, jets) for name in ("eta", "phi")}
    scalars |= {branch: random.uniform(0, 1, jets) for branch in card.jet.extra.values()}
    label = random.integers(0, len(card.classes), jets)
    labels = {f"label_{each.name}": (label == index).astype(np.int32) for index, each in enumerate(card.classes)}
    lists = {name: ak.unflatten(values.astype(np.float32), counts) for name, values in (momentum | others).items()}
    with uproot.recreate(path, compression=uproot.LZ4(4)) as file:
        types = (
            dict.fromkeys(scalars, "float32") | dict.fromkeys(labels, "int32") | dict.fromkeys(lists, "var * float32")
        )
        file.mktree("tree", types)
        file["tree"].extend({name: values.astype(np.float32) for name, values in scalars.items()} | labels | lists)


def tagwerk(*arguments: object) -> Cost:
    """Run a command and return its cost."""
    command = [sys.executable, "-m", "tagwerk", *map(str, arguments)]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert child.stderr is not None
    message = child.stderr.read().decode(errors="replace")
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(message)
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1e6)


def size(paths: Sequence[Path]) -> int:
    """Return the bytes of some files, and of those in some directories."""
    return sum(path.stat().st_size if path.is_file() else size(list(path.iterdir())) for path in paths)


def report(stage: str, jets: int, few: Cost, many: Cost, total: int) -> None:
    """Print the rate of a stage from the difference of two costs, memory, and the CPU hours of `total` jets."""
    rate = jets / (many.cpu_seconds - few.cpu_seconds)
    hours = total / rate / 3600
    row = f"{stage:30} {few.cpu_seconds:8.1f} {rate:12,.0f} {many.gigabytes:7.2f} {total:13,} {hours:10,.1f}"
    print(row, flush=True)


def main() -> None:
    """Print a table of rates and CPU hours, and one of bytes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jets", type=int, default=20_000)
    parser.add_argument("--files", type=int, default=3)
    parser.add_argument("--taggers", nargs="*", default=["deep_sets", "lstm"])
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tagwerk_jetclass_") as name:
        measure(Path(name), arguments)


def measure(folder: Path, arguments: argparse.Namespace) -> None:
    """Write the files, run every stage on them and print the tables."""
    card = yaml.safe_load((SHIPPED / "datasets/jetclass.yaml").read_text(encoding="utf-8"))
    card |= {"files": ["*.root"], "split": {"train": 0.8, "validation": 0.04, "test": 0.16}}
    path = folder / "jetclass.yaml"
    path.write_text(yaml.safe_dump(card, sort_keys=False))
    dataset, jets = Dataset.load(path), arguments.jets * arguments.files
    files = [folder / f"file_{index}.root" for index in range(arguments.files)]
    for index, file in enumerate(files):
        write_file(file, dataset, arguments.jets, index)
    parts = [folder / "jets" / file.stem for file in files]
    few, first = folder / "jets/few", arguments.jets // 10
    write_file(folder / "few.root", dataset, first, len(files))
    print(f"{jets:,} jets in {len(files)} files, {arguments.threads} threads")
    print(f"{'stage':30} {'start, s':>8} {'jets/CPU s':>12} {'GB':>7} {'of jets':>13} {'CPU hours':>10}")
    small = tagwerk("ingest", path, folder / "few.root", "--out", few)
    large = tagwerk("ingest", path, files[0], "--out", parts[0])
    for file, part in zip(files[1:], parts[1:], strict=True):
        tagwerk("ingest", path, file, "--out", part)
    report("ingest", arguments.jets - first, small, large, ALL)
    small, large = (tagwerk("survey", path, *of, "--out", folder / "survey") for of in ([few], parts))
    report("survey", jets - first, small, large, ALL)
    options = ["--survey", folder / "survey", "--chunk", 1, "--out", folder / "sums.json"]
    small, large = (tagwerk("summarise", path, *of, *options) for of in ([few], parts))
    report("sums of a chunk, all features", int(0.8 * (jets - first)), small, large, JETS["training"])
    summary = folder / "summary.json"
    tagwerk("summarise", path, *parts, "--out", summary)
    scored = []
    for tagger in arguments.taggers:
        model, scores = folder / tagger / "model", folder / tagger / "scores"
        train = ["train", tagger, path, summary, *parts, "--threads", arguments.threads]
        small = tagwerk(*train, "--epochs", 1, "--out", model)
        large = tagwerk(*train, "--epochs", 3, "--out", folder / tagger / "longer")
        report(f"train {tagger}, per epoch", 2 * int(0.8 * jets), small, large, JETS["training"])
        score = ["score", model, "--out", scores, "--threads", arguments.threads]
        small, large = (tagwerk(*score, *of) for of in ([few], parts))
        report(f"score {tagger}", int(0.2 * (jets - first)), small, large, ALL - JETS["training"])
        scored.append(scores / "scores.parquet")
    print(f"bytes per jet: ROOT files {size(files) / jets:,.0f}, records {size(parts) / jets:,.0f},", end=" ")
    print(f"survey {size([folder / 'survey']):,} in all, sums {size([folder / 'sums.json']):,} per chunk,", end=" ")
    print(f"scores {size(scored[:1]) / (0.16 * jets):,.0f} per test jet")


if __name__ == "__main__":
    main()
