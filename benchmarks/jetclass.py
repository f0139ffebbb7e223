"""Cost of every stage on files like those of JetClass, from which docs/scale.md estimates that of all 125 million jets.

Run: python benchmarks/jetclass.py [--jets 100000] [--taggers deep_sets lstm] [--training-jets 20000] [--threads 1]

The files have the branches of `config/datasets/jetclass.yaml`, filled with random numbers: lists of 43 constituents on
average, at most 128. Nothing can be learnt from them; times, bytes and memory are those of real files of these sizes.

Each stage runs as a process of its own on few jets and on many. The difference gives its rate in jets per CPU second,
which holds on a busy machine too, and what is left is the cost of its start. Of two runs on few jets the cheaper one
counts: the first may compile and fill caches. A row without a rate needs more jets: its difference is smaller than half
the start. CPU seconds do not include waiting for a disk. Memory is the peak on few jets and on many.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import awkward as ak
import numpy as np
import uproot
import yaml
from process_cost import Cost, measured

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.locate import SHIPPED
from tagwerk.scores.tagger_run import read_run
from tagwerk.scores.write import write_scores

_MEAN, _LONGEST = 43, 128
_FEW = 2000  # jets of a small file
_PARTS = 64  # of a chunk
_COPIES = 20  # of the large files in the survey, which is fast
_CHUNKS = 60  # of scores that are joined
_EPOCHS = 3
_SPLITS = ("train", "validation", "test")


def write_file(path: Path, card: Dataset, jets: int, seed: int) -> Path:
    """Write a file of random jets, a tenth of each class, and return its path."""
    random = np.random.default_rng(seed)
    counts = np.clip(random.negative_binomial(6, 6 / (6 + _MEAN), jets), 1, _LONGEST)
    pt, eta = 20 * random.exponential(size=counts.sum()), random.normal(0, 0.3, counts.sum())
    phi = random.normal(0, 0.3, counts.sum())
    momentum = {
        "part_px": pt * np.cos(phi), "part_py": pt * np.sin(phi), "part_pz": pt * np.sinh(eta),
        "part_energy": pt * np.cosh(eta),
    }  # fmt: skip
    kind = random.integers(0, 6, len(pt))
    others = {branch: kind == index for index, branch in enumerate(card.sequences["constituents"].extra.values())}
    others |= {f"part_{name}": random.normal(size=len(pt)) for name in ("d0val", "d0err", "dzval", "dzerr")}
    assert card.jet is not None
    scalars = {f"jet_{name}": random.uniform(500, 1000, jets) for name in ("pt", "energy")}
    scalars |= {f"jet_{name}": random.uniform(-1, 1, jets) for name in ("eta", "phi")}
    scalars |= {branch: random.uniform(0, 1, jets) for branch in card.jet.extra.values()}
    label = random.integers(0, len(card.classes), jets)
    labels = {f"label_{each.name}": (label == index).astype(np.int32) for index, each in enumerate(card.classes)}
    lists = {name: ak.unflatten(values.astype(np.float32), counts) for name, values in (momentum | others).items()}
    types = dict.fromkeys(scalars, "float32") | dict.fromkeys(labels, "int32") | dict.fromkeys(lists, "var * float32")
    with uproot.recreate(path, compression=uproot.LZ4(4)) as file:
        file.mktree("tree", types)
        file["tree"].extend({name: values.astype(np.float32) for name, values in scalars.items()} | labels | lists)
    return path


def tagwerk(*arguments: object) -> Cost:
    """Run a command and return its cost."""
    return measured(sys.executable, "-m", "tagwerk", *map(str, arguments))


def size(*paths: Path) -> int:
    """Return the bytes of some files, and of those in some directories."""
    return sum(path.stat().st_size if path.is_file() else size(*path.iterdir()) for path in paths)


def report(stage: str, few: Sequence[object], jets: int, many: Sequence[object], more: int) -> None:
    """Print start, rate and memory of a stage from its commands on few jets and on `more` jets than those."""
    small = min(tagwerk(*few) for _ in range(2))
    large = tagwerk(*many)
    rate = more / (large.cpu_seconds - small.cpu_seconds)
    certain = large.cpu_seconds > 1.5 * small.cpu_seconds
    start = small.cpu_seconds - jets / rate if certain else small.cpu_seconds
    row = f"{stage:20} {start:8.1f} {f'{rate:,.0f}' if certain else '-':>12} {more:12,}"
    print(f"{row} {small.gigabytes:6.2f} {large.gigabytes:6.2f}", flush=True)


def link(folder: Path, parts: Sequence[Path], copies: int) -> list[Path]:
    """Return links to these directories under many names."""
    folder.mkdir()
    links = [folder / f"{part.name}_{copy}" for part in parts for copy in range(copies)]
    for path in links:
        path.symlink_to(parts[0].parent / path.name.rpartition("_")[0], target_is_directory=True)
    return links


def write_run(folder: Path, run: Path, classes: list[str], jets: int) -> Path:
    """Write a run with as many test jets, copies of those of another run with events of their own."""
    original = read_run(run, classes)
    rows = np.resize(np.arange(len(original.scores)), jets)
    (folder / "scores").mkdir(parents=True)
    (folder / "model").symlink_to(run / "model", target_is_directory=True)
    scores = original.scores.iloc[rows].assign(event=np.arange(jets, dtype=np.uint64)).reset_index(drop=True)
    write_scores(folder / "scores", replace(original, scores=scores))
    return folder


def main() -> None:
    """Print a table of costs, and bytes per jet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jets", type=int, default=100_000, help="of a file, as in JetClass")
    parser.add_argument("--training-jets", type=int, default=20_000)
    parser.add_argument("--compared-jets", type=int, nargs=2, default=[100_000, 1_000_000])
    parser.add_argument("--taggers", nargs="*", default=["deep_sets", "lstm"])
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tagwerk_jetclass_") as name:
        measure(Path(name), arguments)


def measure(folder: Path, arguments: argparse.Namespace) -> None:
    """Write the files, run every stage on them and print the table."""
    content = yaml.safe_load((SHIPPED / "datasets/jetclass.yaml").read_text(encoding="utf-8"))
    pieces = {split: [f"{folder}/{split}_*.root"] for split in _SPLITS}
    content |= {"files": [f"{folder}/*.root"], "split": {"files": pieces}, "checks": {"duplicates": "warning"}}
    card = folder / "jetclass.yaml"
    card.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    dataset, threads = Dataset.load(card), ["--threads", arguments.threads]
    print(f"{'':20} {'start, s':>8} {'jets/CPU s':>12} {'of jets':>12} {'GB':>6} {'GB':>6}")

    few_files = [write_file(folder / f"{split}_few.root", dataset, _FEW, 1) for split in _SPLITS]
    many_files = [write_file(folder / f"{split}_many.root", dataset, arguments.jets, 2) for split in ("train", "test")]
    few, many = ([folder / "jets" / file.stem for file in files] for files in (few_files, many_files))
    for files, parts in ((few_files, few), (many_files, many)):
        for file, part in zip(files[1:], parts[1:], strict=True):
            tagwerk("ingest", card, file, "--out", part)
    ingest = (["ingest", card, files[0], "--out", parts[0]] for files, parts in ((few_files, few), (many_files, many)))
    report("ingest", next(ingest), _FEW, next(ingest), arguments.jets - _FEW)

    survey, copies = ["--out", folder / "survey"], [*few, *link(folder / "links", many, _COPIES)]
    surveyed = 2 * _COPIES * arguments.jets
    report("survey", ["survey", card, *few, *survey], 3 * _FEW, ["survey", card, *copies, *survey], surveyed)
    sums = ["--survey", folder / "survey", "--chunk", 1, "--out", folder / "sums.json"]
    few_sums, many_sums = (["summarise", card, *parts, *sums] for parts in (few, [*few, *many]))
    report("sums, all features", few_sums, _FEW, many_sums, arguments.jets)
    summary = folder / "summary.json"
    tagwerk("summarise", card, *few, *many, "--out", summary)

    for tagger in arguments.taggers:
        of_tagger = folder / tagger
        train = ["train", tagger, card, summary, *few, *many, *threads, "--training-jets", arguments.training_jets]
        once, often = (
            [*train, "--epochs", epochs, "--out", of_tagger / out]
            for epochs, out in ((1, "model"), (_EPOCHS, "longer"))
        )
        more = (_EPOCHS - 1) * arguments.training_jets
        report(f"train {tagger}", once, arguments.training_jets, often, more)
        score = ["score", of_tagger / "model", *threads, "--out", of_tagger / "scores"]
        report(f"score {tagger}", [*score, *few], 2 * _FEW, [*score, *few, *many], arguments.jets)

    run = folder / arguments.taggers[0]
    (folder / "chunks").mkdir()
    for number in range(1, _CHUNKS + 1):
        (folder / f"chunks/{number}").symlink_to(run / "scores", target_is_directory=True)
    join = ["score", run / "model", "--chunks", folder / "chunks", "--out", folder / "joined"]
    one, all_chunks = ([*join, *[few[0]] * _PARTS * count] for count in (1, _CHUNKS))
    jets = arguments.jets + 2 * _FEW
    report("join scores", one, jets, all_chunks, (_CHUNKS - 1) * jets)

    study = folder / "study.yaml"
    content = {"title": "JetClass", "dataset": "jetclass", "taggers": arguments.taggers}
    content |= {"epochs": 1, "training_jets": [arguments.training_jets]}
    study.write_text(yaml.safe_dump(content | {"signal": "Hbb", "background": "QCD"}))
    few_jets, many_jets = arguments.compared_jets
    classes = [each.name for each in dataset.classes]
    compare = [
        ["compare", study, summary, "--out", folder / f"comparison_{jets}"]
        + [write_run(folder / f"{tagger}_{jets}", folder / tagger, classes, jets) for tagger in arguments.taggers]
        for jets in (few_jets, many_jets)
    ]
    report(f"compare {len(arguments.taggers)} taggers", compare[0], few_jets, compare[1], many_jets - few_jets)

    jets = 3 * _FEW + 2 * arguments.jets
    records, tested = size(*few, *many) / jets, arguments.jets + _FEW
    scores = run / "scores/scores.parquet"
    print(f"bytes per jet: ROOT {size(*few_files, *many_files) / jets:,.0f}, records {records:,.0f},", end=" ")
    print(
        f"scores {size(scores) / tested:,.0f}; survey {size(folder / 'survey'):,}, sums {size(folder / 'sums.json'):,}"
    )


if __name__ == "__main__":
    main()
