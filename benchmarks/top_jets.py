"""Simulated top jets, shared by the benchmarks."""

import shutil
from pathlib import Path

import yaml

from tagwerk.cli.simulate import simulate
from tagwerk.readers import root_trees
from tagwerk.records.ingest import ingest

CARD = Path("config/datasets/top.yaml")
PARTS = [f"{process}_{number:04d}" for process in ("qcd", "top") for number in range(10)]


def ensure_files(folder: Path) -> list[Path]:
    """Return the files of all parts; simulate those that are missing."""
    files = [folder / f"{part}.root" for part in PARTS]
    for part, file in zip(PARTS, files, strict=True):
        if not file.exists():
            simulate(CARD, part, file)
    return files


def write_card(path: Path, substructure: bool = False, trees: bool = False) -> Path:
    """Write the dataset card with or without the slow variables: substructure and trees."""
    card = yaml.safe_load(CARD.read_text(encoding="utf-8"))
    if not substructure:
        del card["substructure"]
    if not trees:
        del card["sequences"]["constituents"]["trees"]
    path.write_text(yaml.safe_dump(card), encoding="utf-8")
    return path


def ingest_all(files: list[Path], card: Path, folder: Path) -> int:
    """Ingest all files; return the number of jets."""
    root_trees._opened.cache_clear()  # as in a new process
    for file in files:
        shutil.rmtree(folder / file.stem, ignore_errors=True)
        ingest(card, file, folder / file.stem)
    return 2500 * len(PARTS)
