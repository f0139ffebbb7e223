"""Tar archives, unpacked file by file and then removed; a manifest next to them lists what they contained."""

import json
import shutil
import zlib
from lzma import LZMAError
from pathlib import Path

from backports import tarfile  # Python's own has no extraction filters before 3.11.4

from tagwerk.errors import UserError
from tagwerk.fetch.download import check_free_space
from tagwerk.files import atomic_write
from tagwerk.progress import progress

_CHUNK = 1 << 20  # bytes at a time


def unpack(archive: Path, folder: Path) -> None:
    """Extract the files of an archive into a folder, each completely or not at all; then remove the archive.

    Files that an interrupted run has extracted are kept.

    Raises:
        UserError: the archive is damaged or has members outside the folder, another file of that name exists, or there
            is not enough disk space.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sizes = {}
    try:
        with tarfile.open(archive) as tar, progress(f"unpack {archive.name}", archive.stat().st_size, "B") as bar:
            for member in tar:
                safe = tarfile.data_filter(member, str(folder))
                if safe.name != member.name:
                    raise tarfile.AbsolutePathError(member)
                if not safe.isdir():
                    path = _extract(archive, tar, safe, folder)
                    sizes[str(path.relative_to(archive.parent))] = safe.size
                bar.update(safe.size)
            _check_end(tar)
    except (tarfile.TarError, EOFError, ValueError, zlib.error, LZMAError) as error:
        raise _damaged(archive, error) from None
    except OSError as error:
        if error.errno is None:  # gzip and bzip2 raise it without errno for damage; missing permission or space has one
            raise _damaged(archive, error) from None
        raise
    with atomic_write(_manifest(archive)) as draft:
        draft.write_text(json.dumps(sizes, indent=1) + "\n", encoding="utf-8")
    archive.unlink()


def is_unpacked(archive: Path) -> bool:
    """Return whether an archive was unpacked and all its files are still there."""
    try:
        sizes = json.loads(_manifest(archive).read_text(encoding="utf-8"))
        return all((archive.parent / name).stat().st_size == size for name, size in sizes.items())
    except (FileNotFoundError, ValueError, AttributeError, TypeError):  # the manifest is missing or damaged
        return False


def _check_end(tar: tarfile.TarFile) -> None:
    """Read an archive to its end, where zeros and the compressor's checksum are; tarfile may silently stop before.

    Raises:
        TarError: the end is missing.
    """
    assert tar.fileobj is not None
    tar.fileobj.seek(tar.offset)
    if tar.fileobj.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise tarfile.ReadError(f"damaged or truncated at byte {tar.offset:,}")
    while tar.fileobj.read(_CHUNK):
        pass


def _damaged(archive: Path, error: Exception) -> UserError:
    reason = " ".join(str(error).split())[:80] or type(error).__name__
    return UserError(f"{archive}: cannot be unpacked ({reason}); remove it and run the same command again")


def _extract(archive: Path, tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> Path:
    """Write a member of an archive, unless an interrupted run already has, and return its path."""
    path = folder / str(member.name)
    content = tar.extractfile(member) if member.isfile() else None
    if content is None:
        raise UserError(f"{archive}: '{member.name}' is a link; unpack the archive by hand")
    if path.exists():
        if path.stat().st_size != member.size:
            raise UserError(f"{path}: exists but is not the one in {archive}; move it away")
        return path
    check_free_space(folder, member.size)
    with atomic_write(path) as draft, draft.open("wb") as file:
        shutil.copyfileobj(content, file, _CHUNK)
    return path


def _manifest(archive: Path) -> Path:
    return archive.with_name(f"{archive.name}.unpacked")
