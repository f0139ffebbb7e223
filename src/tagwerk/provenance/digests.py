"""Checksums of results and input files, without reading again what Tagwerk's own files already hold."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tagwerk.checksums import stored_checksum
from tagwerk.provenance.places import FILE


def digest(path: Path) -> str | None:
    """Return the SHA-256 of a file or a directory; None if it cannot be read again, or is on a server.

    For a file that holds its own checksum it is that one, else that of all bytes, as `sha256sum` gives it; for a
    directory it is `combined` of its files.
    """
    if "://" in str(path):
        return None
    with suppress(OSError):
        if path.is_dir():
            return combined(digests(path))
        if not path.is_file():  # a pipe is read only once, a device may never end
            return None
        if held := stored_checksum(path):
            return held
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    return None


def digests(result: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a result by its name in it, but for hidden ones and the provenance."""
    if not result.is_dir():
        return {result.name: digest(result) or ""}
    names = (path.relative_to(result) for path in sorted(result.rglob("*")) if path.is_file())
    shown = [each for each in names if each.name != FILE and not any(part.startswith(".") for part in each.parts)]
    return {name.as_posix(): digest(result / name) or "" for name in shown}


def combined(parts: Mapping[str, str | None]) -> str:
    """Return one SHA-256 for several files by name: that of lines as `sha256sum` writes them, sorted by name."""
    lines = "".join(f"{parts[name] or ''}  {name}\n" for name in sorted(parts))
    return hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()
