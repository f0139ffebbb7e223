"""Which input files one job ingests: each its own, or in a dataset of many small files a block of neighbours.

A job takes seconds to start, and Snakemake takes time for every file that a job reads or writes.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from tagwerk.remote import RemoteFile

_MAX_JOBS = 200  # datasets of up to as many files have one job per file
_MEAN_FILES, _MAX_FILES = 64, 128  # of a block
_MAX_BYTES = 100_000_000  # of the files of a block, unless it is one file
_MAX_LENGTH = 60_000  # characters of the paths: they are arguments of a command, which has at most 128 KiB


def blocks(parts: Mapping[str, Path]) -> dict[str, list[Path]]:
    """Return the files of each block by its name, from the files of a dataset by the names of their parts.

    A block is named after its first part. Where it ends is decided by names and sizes nearby, so that one more file
    changes the blocks around it and no others.
    """
    if len(parts) <= _MAX_JOBS:
        return {name: [file] for name, file in parts.items()}
    return {_name(names): [parts[name] for name in names] for names in _grouped(parts)}


def _grouped(parts: Mapping[str, Path]) -> Iterator[list[str]]:
    """Yield the names of the parts of each block."""
    block: list[str] = []
    room = length = 0
    for name, file in parts.items():
        size, starts = _size(file), int(sha256(name.encode()).hexdigest()[:8], 16) % _MEAN_FILES == 0
        length += len(str(file)) + 3
        if block and (starts or len(block) == _MAX_FILES or size > room or length > _MAX_LENGTH):
            yield block
            block = []
        if not block:
            room, length = _MAX_BYTES, len(str(file)) + 3
        room -= size
        block.append(name)
    yield block


def _name(parts: list[str]) -> str:
    """Return the name of a block; `~` is in no part's name."""
    return parts[0] if len(parts) == 1 else f"{parts[0]}~{len(parts)}"


def _size(file: Path) -> int:
    """Return the size of a file in bytes; one whose size is unknown is a block of its own."""
    if isinstance(file, RemoteFile):  # not asked for: a dataset may have thousands
        return _MAX_BYTES
    try:
        return file.stat().st_size
    except OSError:
        return _MAX_BYTES
