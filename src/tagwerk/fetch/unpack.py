"""Tar archives, unpacked file by file and then removed; a note beside remembers what they held."""

import json
import shutil
from pathlib import Path

from backports import tarfile  # that of Python 3.11 has no filters before 3.11.4

from tagwerk.errors import UserError
from tagwerk.fetch.download import check_room
from tagwerk.files import whole
from tagwerk.progress import progress


def unpack(archive: Path, folder: Path) -> None:
    """Put the files of an archive into a folder, each whole or not at all; then remove the archive.

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
    except tarfile.TarError as error:
        raise UserError(f"{archive}: cannot be unpacked ({error}); remove it and run the same command again") from None
    with whole(_note(archive)) as draft:
        draft.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")
    archive.unlink()


def unpacked(archive: Path) -> bool:
    """Tell whether an archive was unpacked and all that it held is still there."""
    try:
        held = json.loads(_note(archive).read_text(encoding="utf-8"))
        return all((archive.parent / name).stat().st_size == size for name, size in held.items())
    except (FileNotFoundError, ValueError):
        return False


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
    with whole(path) as draft, draft.open("wb") as file:
        shutil.copyfileobj(content, file, 1 << 20)
    return path


def _note(archive: Path) -> Path:
    return archive.with_name(f"{archive.name}.unpacked")
