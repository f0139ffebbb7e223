"""Objects of an HDF5 file by their paths: links of every kind are followed, and named where they lead nowhere."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py

from tagwerk.errors import UserError

# What h5py raises where bytes are wrong or missing, or where it does not know a compression.
DAMAGE = (OSError, RuntimeError, ValueError, KeyError, TypeError)
_DEPTH = 16  # links that lead to links; HDF5 itself gives up there


def lookup(group: h5py.Group, path: str) -> Any:
    """Return the dataset or group at a path, by hard, soft or external links; None where there is none.

    Raises:
        UserError: a link on the way leads nowhere or in a circle, or the file is damaged there.
    """
    try:
        return group[path]
    except DAMAGE as error:
        file, broken = group.file.filename, _broken(group, path)
        if broken is not None:
            raise UserError(f"{file}: {broken}; bring its target back or name another") from None
        if isinstance(error, KeyError):
            return None
        raise UserError(f"{file}: is damaged at '{path}' ({short(error)}); copy or make it anew") from None


def walk(group: h5py.Group) -> Iterator[tuple[str, Any]]:
    """Yield path and object of all that is below a group, by links of every kind; what is in a group, once.

    Raises:
        UserError: a group is damaged.
    """
    seen, waiting = {group}, [("", group)]
    while waiting:
        prefix, inside = waiting.pop(0)
        try:
            names = list(inside)
        except DAMAGE as error:
            where = f"{group.file.filename}: group '{inside.name}'"
            raise UserError(f"{where} is damaged ({short(error)}); copy or make it anew") from None
        for name in names:
            try:
                found = inside[name]
            except DAMAGE:
                continue  # it is named when it is asked for
            yield f"{prefix}{name}", found
            if isinstance(found, h5py.Group) and found not in seen:
                seen.add(found)
                waiting.append((f"{prefix}{name}/", found))


def find_file(owner: Path, name: str, variable: str) -> Path | None:
    """Return the file that HDF5 opens where another one names it, None where it finds none.

    Args:
        owner: the file that names it.
        name: as it stands there.
        variable: the environment variable with folders to look into.
    """
    name = os.path.expandvars(name)
    given = [Path(name)] if Path(name).is_absolute() else []
    loose = Path(name).name if given else name
    folders = [Path(each or ".") for each in os.environ.get(variable, "").split(":") if each]
    folders = [Path(str(each).replace("${ORIGIN}", str(owner.absolute().parent))) for each in folders]
    tried = [*given, *(each / loose for each in (*folders, owner.parent, Path(), owner.resolve().parent))]
    return next((each for each in tried if _opens(each)), None)


def short(error: Exception) -> str:
    """Return the first words of what a library says."""
    return " ".join(str(error).split())[:80] or type(error).__name__


def _opens(file: Path) -> bool:
    try:
        h5py.File(file, "r").close()
    except DAMAGE:
        return False
    return True


def _broken(group: h5py.Group, path: str, depth: int = 0) -> str | None:
    """Return what is wrong with the first link on a path that leads nowhere; None where there is no such link."""
    at: Any = group.file if path.startswith("/") else group
    for name in filter(None, path.split("/")):
        try:
            link = at.get(name, getlink=True)
        except DAMAGE:
            return None
        try:
            at = at[name]
        except DAMAGE:
            return _told(at, name, link, depth)
        if not isinstance(at, h5py.Group):
            return None
    return None


def _told(group: h5py.Group, name: str, link: Any, depth: int) -> str | None:
    if isinstance(link, h5py.SoftLink):
        said = f"'{name}' is a link to '{link.path}'"
        if depth > _DEPTH:
            return f"{said}, and so on in a circle"
        return _broken(group, link.path, depth + 1) or f"{said}, which is not there"
    if not isinstance(link, h5py.ExternalLink):
        return None
    said = f"'{name}' is a link to '{link.path}' in the file '{link.filename}'"
    target = find_file(Path(group.file.filename), link.filename, "HDF5_EXT_PREFIX")
    if target is None:
        return f"{said}, which is not there or cannot be opened"
    if depth > _DEPTH:
        return f"{said}, and so on in a circle"
    with h5py.File(target, "r") as opened:
        return _broken(opened, link.path, depth + 1) or f"{said}, which does not hold it"
