"""What goes into the archive of a study, and what is left out of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from os.path import relpath
from pathlib import Path
from typing import Any

import yaml

from tagwerk.cards.locate import SHIPPED
from tagwerk.errors import UserError
from tagwerk.provenance.lineage import Lineage, trace
from tagwerk.provenance.places import find_provenance
from tagwerk.provenance.provenance_record import Provenance

# Of the folder in which the study was run, or of the checkout of Tagwerk: the workflow and the environment.
_PROJECT = ("Snakefile", "workflow", "environment.yml", "environment.post-deploy.sh", "requirements.lock")
_UNREAD = ("publication", "export")  # keys of a study card on which no result depends
_MB = 1_000_000  # bytes


@dataclass(frozen=True)
class LeftOut:
    """A file that the study was made of and the archive lacks; its size in bytes is null where it is not known."""

    path: str
    sha256: str | None
    size: int | None
    why: str


@dataclass(frozen=True)
class Contents:
    """The content of an archive.

    Attributes:
        folder: of the study's results, relative to the working directory.
        files: to copy, by their path in the archive.
        cards: texts of the cards, by their path in the archive.
        left_out: what is not there.
        lineage: of the study's results.
        comparison: the provenance of the comparison.
    """

    folder: Path
    files: dict[str, Path]
    cards: dict[str, str]
    left_out: list[LeftOut]
    lineage: Lineage
    comparison: Provenance


def collect(folder: Path, own_files: list[Path], limit: float) -> Contents:
    """Return what goes into the archive of a study; paths in it are relative to the working directory.

    The study's folder, the user's own files and other results in JSON go in, and all provenance. What else the results
    were made of, input files and jet records, goes in if that is at most `limit` MB together.

    Args:
        folder: of the study's results, as the workflow writes it, below the working directory.
        own_files: of scores and of trained models that the study compares.
        limit: in MB.

    Raises:
        UserError: the folder is elsewhere or without a comparison, or a card has changed since.
    """
    folder = _below(folder)
    lineage = trace([folder])
    comparison = lineage.results.get(str(folder / "comparison"))
    if comparison is None:
        raise UserError(f"{folder / 'comparison'}: no such result; run `tagwerk compare` first, or snakemake")
    files = {path.as_posix(): path for path in _files(folder)}
    files |= {_named(path): path for path in own_files if _named(path)}
    files |= {name: Path(name) for name in lineage.results if name.endswith(".json") and Path(name).is_file()}
    inputs = _inputs(lineage, folder, files)
    size = sum(path.stat().st_size for path in inputs.values())
    fits = size <= limit * _MB
    files |= inputs if fits else {}
    files |= {path.as_posix(): path for name in lineage.results if (path := find_provenance(Path(name)))}
    why = f"the inputs together have {size / _MB:,.1f} MB, more than {limit:g} MB"
    left_out = list(_left_out(lineage, files, why))
    files |= dict(_project_files())
    return Contents(folder, files, _cards(comparison), left_out, lineage, comparison)


def _below(folder: Path) -> Path:
    """Return the folder relative to the working directory."""
    relative = Path(relpath(folder))
    if relative.parts[0] == ".." or not relative.name:
        raise UserError(f"{folder}: is not below the working directory; run `tagwerk archive` where the study was run")
    return relative


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder, except hidden ones."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden:
            yield path


def _named(path: Path | str) -> str:
    """Return the name of a file in the archive; empty for a file elsewhere, or on a server."""
    text = str(path)
    if "://" in text or Path(text).is_absolute() or ".." in Path(text).parts or text.startswith("~"):
        return ""
    return Path(text).as_posix()


def _inputs(lineage: Lineage, folder: Path, known: dict[str, Path]) -> dict[str, Path]:
    """Return the files that the results were made of and that are not known yet, by their name in the archive."""
    found: dict[str, Path] = {}
    for name in [*lineage.results, *lineage.files]:
        path = Path(name)
        if not _named(name) or path.is_relative_to(folder):
            continue
        found |= {each.as_posix(): each for each in (_files(path) if path.is_dir() else [path]) if each.is_file()}
    return {name: path for name, path in found.items() if name not in known}


def _left_out(lineage: Lineage, files: dict[str, Path], why: str) -> Iterator[LeftOut]:
    """Yield what the results were made of and the archive lacks: `why` for what is there, but too large."""
    for name, provenance in lineage.results.items():
        for part, sha256 in provenance.outputs.items():
            path = Path(name) / part if Path(name).is_dir() or part != Path(name).name else Path(name)
            if path.as_posix() not in files:
                size = path.stat().st_size if path.is_file() else None
                yield LeftOut(path.as_posix(), sha256, size, why if path.is_file() else "it no longer exists")
    for name, source in lineage.files.items():
        if _named(name) not in files:
            elsewhere = "it is not below the folder in which the study was run"
            yield LeftOut(name, source.sha256, source.size, why if _named(name) else elsewhere)


def _project_files() -> Iterator[tuple[str, Path]]:
    """Yield the files of the workflow and the environment, by their name in the archive."""
    for name in _PROJECT:
        found = next((path for path in (Path(name), SHIPPED.parent / name) if path.exists()), None)
        if found is not None and found.is_dir():
            yield from ((f"{name}/{path.relative_to(found).as_posix()}", path) for path in _files(found))
        elif found is not None:
            yield name, found


def _cards(comparison: Provenance) -> dict[str, str]:
    """Return the cards that the comparison read, as they are now; those elsewhere, such as Tagwerk's own, as it was."""
    cards = {}
    for name, text in comparison.cards.items():
        path = Path(name)
        now = path.read_text(encoding="utf-8") if _named(name) and path.is_file() else text
        if _content(now) != _content(text):
            raise UserError(f"{path}: has changed since {comparison.result} was made of it; run snakemake first")
        cards[f"config/{'/'.join(path.parts[-2:])}"] = now
    return cards


def _content(text: str) -> Any:
    values = yaml.safe_load(text)
    return {key: value for key, value in values.items() if key not in _UNREAD} if isinstance(values, dict) else values
