"""The kind of a file, by its first bytes, and whether it can be read at all."""

import os
from pathlib import Path
from stat import S_ISDIR

import h5py

from tagwerk.errors import UserError
from tagwerk.remote import RemoteFile

ROOT, HDF5, ARCHIVE = "a ROOT file", "an HDF5 file", "a zip archive"
PARQUET, GZIP, TEXT = "Parquet", "gzip-compressed and must be decompressed first", "text"
_ZIP = b"PK\x03\x04"
_MAGIC = {
    b"PK\x05\x06": ARCHIVE,
    b"\x93NUMPY": "a NumPy array",
    b"PAR1": PARQUET,
    b"\x1f\x8b": GZIP,
    b"\x28\xb5\x2f\xfd": "zstd-compressed and must be decompressed first",
    b"BZh": "bzip2-compressed and must be decompressed first",
    b"\xfd7zXZ\x00": "xz-compressed and must be decompressed first",
    b"%PDF": "a PDF",
    b"version https://git-lfs": "a Git LFS pointer without its content; run `git lfs pull`",
    b"/annex/objects/": "a git-annex pointer without its content; run `git annex get`",
}
_MARKUP = {b"<!doctype html": "HTML", b"<html": "HTML", b"<?xml": "XML", b"{": "JSON"}
_HEAD_BYTES = 512


def kind_of(file: Path) -> str:
    """Return the kind of a file: `ROOT`, `HDF5`, `ARCHIVE`, `PARQUET`, `GZIP`, `TEXT`, or words for a message.

    Raises:
        UserError: there is no such file, it is empty or a directory, or there is no permission to read it.
    """
    check_readable(file)
    with file.open("rb") as opened:
        head = opened.read(_HEAD_BYTES)
    if head.startswith(b"root"):
        return ROOT
    if _ZIP.startswith(head[: len(_ZIP)]):
        return ARCHIVE
    if head.startswith(b"\x89HDF") or h5py.is_hdf5(file):
        return HDF5
    if head[257:262] == b"ustar":
        return "a tar archive and must be unpacked first"
    known = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)
    return known or _text(head) or "of unknown type"


def check_readable(file: Path) -> None:
    """Check that a file exists, is not empty and may be read; of a remote file, permission is known when it is opened.

    Raises:
        UserError: it does not, is empty, or may not.
    """
    if not isinstance(file, RemoteFile):
        _check_local(file)
    status = file.stat()
    if S_ISDIR(status.st_mode):
        raise UserError(f"{file}: is a directory; name the files in it, such as {file}/*.root")
    if status.st_size == 0:
        raise UserError(f"{file}: is empty (0 bytes); copy it again or recreate it")


def _check_local(file: Path) -> None:
    if file.is_symlink() and not file.exists():
        raise UserError(f"{file}: is a link to {file.readlink()}, which does not exist; create it or correct the link")
    if not file.exists():
        raise UserError(f"{file}: no such file; create it or correct the card's key 'files'")
    if not file.is_file() and not file.is_dir():
        raise UserError(f"{file}: is a pipe or device, not a file; copy its content to one")
    if not file.is_dir() and not os.access(file, os.R_OK, effective_ids=os.access in os.supports_effective_ids):
        raise UserError(f"{file}: permission denied; ask its owner for read permission")


def expect(file: Path, wanted: str, called: str = "") -> None:
    """Check that a file is of the wanted kind.

    Raises:
        UserError: it is of another kind, or as for `kind_of`.
    """
    kind = kind_of(file)
    if kind != wanted:
        raise UserError(
            f"{file}: cannot be read as {called or wanted}, it is {kind}; copy it again or recreate it, or correct"
            " the card's keys 'files' and 'layout'"
        )


def _text(head: bytes) -> str | None:
    """Return the kind of text that a file begins with, None if it is not text."""
    if not head.strip(b"\0"):
        return "nothing but zero bytes at its start, as after an interrupted copy"
    text = head.decode("utf-8", errors="ignore")
    if len(text) <= 0.9 * len(head) or not all(char.isprintable() or char.isspace() for char in text):
        return None
    markup = next((name for tag, name in _MARKUP.items() if head.lstrip().lower().startswith(tag)), None)
    return f"{markup}, perhaps a server's answer in place of the file" if markup else TEXT
