"""Whether the results of a lineage and the files that they were made of still match their recorded checksums."""

from collections.abc import Iterator
from pathlib import Path

from tagwerk.checksums import checksum_matches
from tagwerk.progress import progress
from tagwerk.provenance.digests import digest
from tagwerk.provenance.lineage import Lineage
from tagwerk.provenance.places import FILE


def verify(lineage: Lineage) -> tuple[int, list[str]]:
    """Return how many files were read, and one line for each that is missing, damaged or changed.

    Files on servers are not read.
    """
    recorded = dict(_recorded(lineage))
    problems = []
    with progress("verify", len(recorded), "files") as bar:
        for path, (expected, what) in recorded.items():
            problem = _problem(path, expected)
            problems += [] if problem is None else [f"{path}: {problem}, {what}"]
            bar.update(1)
    return len(recorded), problems


def _recorded(lineage: Lineage) -> Iterator[tuple[Path, tuple[str, str]]]:
    """Yield each file with its recorded checksum, and what it is."""
    for name, provenance in lineage.results.items():
        result = Path(name)
        folder = result if (result / FILE).is_file() else result.parent
        when = f"written by `tagwerk {provenance.stage}` on {provenance.started:%Y-%m-%d}"
        for file, expected in provenance.outputs.items():
            yield folder / file, (expected, when)
    for name, source in lineage.files.items():
        if source.sha256 is not None:
            yield Path(name), (source.sha256, "an input file")


def _problem(path: Path, expected: str) -> str | None:
    """Return what happened to a file with a recorded checksum; None if it is as it was."""
    if not path.exists():
        return "is missing"
    found = digest(path)
    if found is None:
        return "cannot be read"
    if found != expected:
        return "has changed"
    is_damaged = path.is_file() and checksum_matches(path) is False
    return "is damaged or was edited" if is_damaged else None
