"""The simulated top jets that the benchmarks share."""

import shutil
from pathlib import Path

import yaml

from tagwerk.cli.ingest import ingest
from tagwerk.cli.simulate import simulate
from tagwerk.readers import trees

CARD = Path("config/datasets/top.yaml")
PARTS = [f"{process}_{number:04d}" for process in ("qcd", "top") for number in range(10)]


def files_in(folder: Path) -> list[Path]:
    """Return the files of all parts, simulated where they are missing."""
    files = [folder / f"{part}.root" for part in PARTS]
    for part, file in zip(PARTS, files, strict=True):
        if not file.exists():
            simulate(CARD, part, file)
    return files


def card_with(path: Path, substructure: bool = False, trees: bool = False) -> Path:
    """Write the dataset's card with or without what takes time to compute of the constituents."""
    card = yaml.safe_load(CARD.read_text(encoding="utf-8"))
    if not substructure:
        del card["substructure"]
    if not trees:
        del card["sequences"]["constituents"]["trees"]
    path.write_text(yaml.safe_dump(card), encoding="utf-8")
    return path


def ingested(files: list[Path], card: Path, folder: Path) -> int:
    """Ingest all files; return how many jets there are in them."""
    trees._opened.cache_clear()  # as in a process of its own
    for file in files:
        shutil.rmtree(folder / file.stem, ignore_errors=True)
        ingest(file, card, folder / file.stem)
    return 2500 * len(PARTS)
