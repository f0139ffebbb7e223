"""Where the provenance of a result is: in its directory, or next to it if the result is a single file."""

import os
from collections.abc import Iterator
from pathlib import Path

FILE = "provenance.json"


def provenance_path(result: Path, is_directory: bool) -> Path:
    """Return where the provenance of a result is."""
    return result / FILE if is_directory else result.parent / f"{result.name}.{FILE}"


def find_provenance(result: Path) -> Path | None:
    """Return the file with the provenance of a result, None if there is none."""
    candidates = (provenance_path(result, is_directory) for is_directory in (True, False))
    # `Path.is_file` raises an error where the name of the provenance would be too long.
    return next((path for path in candidates if os.path.isfile(path)), None)  # noqa: PTH113


def result_at(path: Path) -> Path | None:
    """Return the result that a path is, is a file of, or is the provenance of; None if there is none."""
    if path.name == FILE:
        path = path.parent
    elif path.name.endswith(f".{FILE}"):
        path = path.with_name(path.name.removesuffix(f".{FILE}"))
    folders = [each for each in path.parents if find_provenance(each) == each / FILE] if path.is_file() else []
    return next((each for each in (path, *folders) if find_provenance(each)), None)


def results_below(folder: Path, deep: bool = True) -> Iterator[Path]:
    """Yield the results in a folder, and in those below it; if not `deep`, its own files and directories alone."""
    patterns = (f"**/*{FILE}",) if deep else (f"*.{FILE}", f"*/{FILE}")
    for path in sorted(path for pattern in patterns for path in folder.glob(pattern)):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        result = None if hidden else result_at(path)
        if result is not None:
            yield result
