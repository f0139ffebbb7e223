"""Tar archives, unpacked file by file and then removed; a note beside remembers what they held."""

import json
import shutil
import zlib
from lzma import LZMAError
from pathlib import Path

from backports import tarfile  # that of Python 3.11 has no filters before 3.11.4

from tagwerk.errors import UserError
from tagwerk.fetch.download import check_room
from tagwerk.files import atomic_write
from tagwerk.progress import progress

_CHUNK = 1 << 20  # bytes at a time


def unpack(archive: Path, folder: Path) -> None:
    """Put the files of an archive into a folder, each atomic_write or not at all; then remove the archive.

    Files that an interrupted run has put there stay.

    Raises:
        UserError: the archive is damaged or reaches out of the folder, another file stands in the way, or there is no
            room.
    """
    folder.mkdir(parents=True, exist_ok=True)
    held = {}
    try:
        with tarfile.open(archive) as tar, progress(f"unpack {archive.name}", archive.stat().st_size, "B") as bar:
            for member in tar:
                safe = tarfile.data_filter(member, str(folder))
                if not safe.isdir():
                    path = _put(archive, tar, safe, folder)
                    held[str(path.relative_to(archive.parent))] = safe.size
                bar.update(safe.size)
            _check_end(tar)
    except (tarfile.TarError, EOFError, ValueError, zlib.error, LZMAError) as error:
        raise _damaged(archive, error) from None
    except OSError as error:
        if error.errno is None:  # what gzip and bzip2 raise at damage; no permission or no room has a number
            raise _damaged(archive, error) from None
        raise
    with atomic_write(_note(archive)) as draft:
        draft.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")
    archive.unlink()


def unpacked(archive: Path) -> bool:
    """Tell whether an archive was unpacked and all that it held is still there."""
    try:
        held = json.loads(_note(archive).read_text(encoding="utf-8"))
        return all((archive.parent / name).stat().st_size == size for name, size in held.items())
    except (FileNotFoundError, ValueError, AttributeError, TypeError):  # a note that is gone or damaged
        return False


def _check_end(tar: tarfile.TarFile) -> None:
    """Read an archive to its end, where zeros and a compression's checksum are; tarfile may stop before, silently.

    Raises:
        TarError: its end is not there.
    """
    assert tar.fileobj is not None
    tar.fileobj.seek(tar.offset)
    if tar.fileobj.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise tarfile.ReadError(f"damaged or cut off at byte {tar.offset:,}")
    while tar.fileobj.read(_CHUNK):
        pass


def _damaged(archive: Path, error: Exception) -> UserError:
    said = " ".join(str(error).split())[:80] or type(error).__name__
    return UserError(f"{archive}: cannot be unpacked ({said}); remove it and run the same command again")


def _put(archive: Path, tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> Path:
    """Write a member of an archive, unless an interrupted run has, and return where it is."""
    path = folder / str(member.name)
    content = tar.extractfile(member) if member.isfile() else None
    if content is None:
        raise UserError(f"{archive}: '{member.name}' is a link; unpack the archive by hand")
    if path.exists():
        if path.stat().st_size != member.size:
            raise UserError(f"{path}: is there and is not the one in {archive}; move it away")
        return path
    check_room(folder, member.size)
    with atomic_write(path) as draft, draft.open("wb") as file:
        shutil.copyfileobj(content, file, _CHUNK)
    return path


def _note(archive: Path) -> Path:
    return archive.with_name(f"{archive.name}.unpacked")
