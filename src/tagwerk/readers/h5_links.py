"""Objects of an HDF5 file by path: links of every kind are followed, and dangling ones reported by name."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py

from tagwerk.errors import UserError

# What h5py raises on corrupt or missing bytes, or an unknown compression.
DAMAGE = (OSError, RuntimeError, ValueError, KeyError, TypeError)
_MAX_DEPTH = 16  # of links to links; HDF5 itself gives up there


def lookup(group: h5py.Group, path: str) -> Any:
    """Return the dataset or group at a path, by hard, soft or external links; None where there is none.

    Raises:
        UserError: a link on the path dangles or is circular, or the file is damaged there.
    """
    try:
        return group[path]
    except DAMAGE as error:
        file, fault = group.file.filename, _link_fault(group, path)
        if fault is not None:
            raise UserError(f"{file}: {fault}; restore its target or name another") from None
        if isinstance(error, KeyError):
            return None
        reason = first_words(error)
        raise UserError(f"{file}: is damaged at '{path}' ({reason}); copy it again or recreate it") from None


def walk(group: h5py.Group) -> Iterator[tuple[str, Any]]:
    """Yield path and object of everything below a group, by links of every kind; no group is entered twice.

    Raises:
        UserError: a group is damaged.
    """
    seen, pending = {group}, [("", group)]
    while pending:
        prefix, parent = pending.pop(0)
        try:
            names = list(parent)
        except DAMAGE as error:
            where = f"{group.file.filename}: group '{parent.name}'"
            raise UserError(f"{where} is damaged ({first_words(error)}); copy the file again or recreate it") from None
        for name in names:
            try:
                child = parent[name]
            except DAMAGE:
                continue  # reported when it is looked up
            yield f"{prefix}{name}", child
            if isinstance(child, h5py.Group) and child not in seen:
                seen.add(child)
                pending.append((f"{prefix}{name}/", child))


def find_file(owner: Path, name: str, variable: str) -> Path | None:
    """Return the file that HDF5 opens for a name given in another file, None if it finds none.

    Args:
        owner: the file that refers to it.
        name: as given there.
        variable: the environment variable with folders to search.
    """
    name = os.path.expandvars(name)
    absolute = [Path(name)] if Path(name).is_absolute() else []
    relative = Path(name).name if absolute else name
    folders = [Path(folder or ".") for folder in os.environ.get(variable, "").split(":") if folder]
    folders = [Path(str(folder).replace("${ORIGIN}", str(owner.absolute().parent))) for folder in folders]
    folders += [owner.parent, Path(), owner.resolve().parent]
    return next((path for path in (*absolute, *(folder / relative for folder in folders)) if _opens(path)), None)


def first_words(error: Exception) -> str:
    """Return the beginning of a library's error message."""
    return " ".join(str(error).split())[:80] or type(error).__name__


def _opens(file: Path) -> bool:
    try:
        h5py.File(file, "r").close()
    except DAMAGE:
        return False
    return True


def _link_fault(group: h5py.Group, path: str, depth: int = 0) -> str | None:
    """Return what is wrong with the first dangling link on a path, None if there is no such link."""
    parent: Any = group.file if path.startswith("/") else group
    for name in filter(None, path.split("/")):
        try:
            link = parent.get(name, getlink=True)
        except DAMAGE:
            return None
        try:
            parent = parent[name]
        except DAMAGE:
            return _target_fault(parent, name, link, depth)
        if not isinstance(parent, h5py.Group):
            return None
    return None


def _target_fault(group: h5py.Group, name: str, link: Any, depth: int) -> str | None:
    if isinstance(link, h5py.SoftLink):
        described = f"'{name}' is a link to '{link.path}'"
        if depth > _MAX_DEPTH:
            return f"{described} in a cycle of links"
        return _link_fault(group, link.path, depth + 1) or f"{described}, which does not exist"
    if not isinstance(link, h5py.ExternalLink):
        return None
    described = f"'{name}' is a link to '{link.path}' in the file '{link.filename}'"
    target = find_file(Path(group.file.filename), link.filename, "HDF5_EXT_PREFIX")
    if target is None:
        return f"{described}, which does not exist or cannot be opened"
    if depth > _MAX_DEPTH:
        return f"{described} in a cycle of links"
    with h5py.File(target, "r") as opened:
        return _link_fault(opened, link.path, depth + 1) or f"{described}, which does not contain it"
