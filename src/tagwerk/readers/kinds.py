"""What a file is, by its first bytes; and whether it can be read at all."""

import os
from pathlib import Path

import h5py

from tagwerk.errors import UserError

ROOT, HDF5, ARCHIVE = "a ROOT file", "an HDF5 file", "a zip archive"
_ZIP = b"PK\x03\x04"
_MAGIC = {
    b"PK\x05\x06": ARCHIVE,
    b"\x93NUMPY": "a NumPy array",
    b"PAR1": "Parquet",
    b"\x1f\x8b": "compressed by gzip, to be unpacked first",
    b"\x28\xb5\x2f\xfd": "compressed by zstd, to be unpacked first",
    b"BZh": "compressed by bzip2, to be unpacked first",
    b"\xfd7zXZ\x00": "compressed by xz, to be unpacked first",
    b"%PDF": "a PDF",
    b"version https://git-lfs": "a Git LFS pointer without its content; run `git lfs pull`",
    b"/annex/objects/": "a git-annex pointer without its content; run `git annex get`",
}
_MARKUP = {b"<!doctype html": "HTML", b"<html": "HTML", b"<?xml": "XML", b"{": "JSON"}
_START = 512


def kind_of(file: Path) -> str:
    """Return what a file is, such as `ROOT`, `HDF5`, `ARCHIVE`, or in words for a message.

    Raises:
        UserError: there is no such file, it is empty or a directory, or it must not be read.
    """
    check_readable(file)
    with file.open("rb") as opened:
        start = opened.read(_START)
    if start.startswith(b"root"):
        return ROOT
    if _ZIP.startswith(start[: len(_ZIP)]):
        return ARCHIVE
    if start.startswith(b"\x89HDF") or h5py.is_hdf5(file):
        return HDF5
    if start[257:262] == b"ustar":
        return "a tar archive, to be unpacked first"
    known = next((said for magic, said in _MAGIC.items() if start.startswith(magic)), None)
    return known or _text(start) or "of a kind that is not known here"


def check_readable(file: Path) -> None:
    """Make sure that there is a file with something in it, and that it may be read.

    Raises:
        UserError: there is not.
    """
    if file.is_symlink() and not file.exists():
        raise UserError(f"{file}: is a link to {file.readlink()}, which is not there; make it or correct the link")
    if not file.exists():
        raise UserError(f"{file}: no such file; make it or correct the card's key 'files'")
    if file.is_dir():
        raise UserError(f"{file}: is a directory; name the files in it, such as {file}/*.root")
    if not file.is_file():
        raise UserError(f"{file}: is a pipe or device, not a file; copy its content to one")
    if not os.access(file, os.R_OK, effective_ids=os.access in os.supports_effective_ids):
        raise UserError(f"{file}: permission denied; ask its owner for the right to read it")
    if file.stat().st_size == 0:
        raise UserError(f"{file}: is empty (0 bytes); copy or make it anew")


def expect(file: Path, wanted: str, called: str = "") -> None:
    """Make sure that a file is of a kind.

    Raises:
        UserError: it is of another, or as `kind_of`.
    """
    kind = kind_of(file)
    if kind != wanted:
        raise UserError(
            f"{file}: cannot be read as {called or wanted}, it is {kind}; copy or make it anew, or correct the card's"
            " keys 'files' and 'layout'"
        )


def _text(start: bytes) -> str | None:
    """Return what kind of text a file begins with, None if it is none."""
    if not start.strip(b"\0"):
        return "nothing but zero bytes at its beginning, as interrupted copies leave it"
    text = start.decode("utf-8", errors="ignore")
    if len(text) <= 0.9 * len(start) or not all(each.isprintable() or each.isspace() for each in text):
        return None
    markup = next((name for sign, name in _MARKUP.items() if start.lstrip().lower().startswith(sign)), None)
    return f"{markup}, perhaps a server's answer in place of the file" if markup else "text"
