"""HDF5 files and their datasets; any fault of the file is reported in one line."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import awkward as ak
import h5py
import hdf5plugin  # noqa: F401  (importing it registers the filters of blosc, zstd and others)
import numpy as np
import numpy.typing as npt

from tagwerk.arrays import Values
from tagwerk.cards.base import suggestion
from tagwerk.errors import UserError
from tagwerk.readers import kinds
from tagwerk.readers.h5_links import DAMAGE, first_words, lookup, walk
from tagwerk.readers.h5_storage import check_stored
from tagwerk.remote import require_local


@contextmanager
def open_h5(file: Path) -> Iterator[h5py.File]:
    """Open an HDF5 file, and close it on exit.

    Raises:
        UserError: there is no such file, or it is empty, truncated, of another kind, or locked by its writer.
    """
    require_local(file, "an HDF5 file")
    kinds.expect(file, kinds.HDF5)
    try:
        opened = h5py.File(file, "r")
    except DAMAGE as error:
        raise UserError(f"{file}: {_open_error(file, str(error))}") from None
    with opened:
        yield opened


def find_dataset(opened: h5py.File, name: str, group: str = "/") -> h5py.Dataset:
    """Return the dataset of that name in a group, checked to have all its values; `/` is the root group.

    Raises:
        UserError: there is no such group, no such dataset in it, the name is that of a group, or values are missing.
    """
    file = opened.filename
    parent = find_group(opened, group)
    dataset = lookup(parent, name)
    if isinstance(dataset, h5py.Dataset):
        with _naming_owner(opened):
            check_stored(dataset)
        return dataset
    known = datasets_in(parent)
    if dataset is not None:
        raise UserError(f"{file}: '{name}' is a group, not a dataset; {suggestion(name, known)}")
    raise UserError(f"{file}: group '{group}' has no dataset '{name}'; {suggestion(name, known)}")


def find_group(opened: h5py.File, name: str) -> h5py.Group:
    """Return the group of that name.

    Raises:
        UserError: there is no such group, or the name is that of a dataset.
    """
    group = lookup(opened, name)
    if isinstance(group, h5py.Group):
        return group
    fault = f"'{name}' is a dataset, not a group" if group is not None else f"there is no group '{name}'"
    known = ["/", *(path for path, child in walk(opened) if isinstance(child, h5py.Group))]
    raise UserError(f"{opened.filename}: key 'tree': {fault}; {suggestion(name, known)}")


def datasets_in(group: h5py.Group) -> list[str]:
    """Return the paths of all datasets in a group and its subgroups."""
    return [path for path, child in walk(group) if isinstance(child, h5py.Dataset)]


def count_rows(dataset: h5py.Dataset) -> int:
    """Return the number of rows of a dataset.

    Raises:
        UserError: it holds a single value, or none at all, instead of rows.
    """
    if not dataset.shape:
        what = "a single value" if dataset.shape is not None else "no value"
        raise UserError(f"{dataset.file.filename}: dataset '{dataset.name}' holds {what}, not rows; correct the card")
    return int(dataset.shape[0])


def read_rows(dataset: h5py.Dataset, start: int, stop: int) -> Values:
    """Return the rows of a dataset from `start` up to `stop`.

    Raises:
        UserError: they are damaged.
    """
    try:
        return np.asarray(dataset[start:stop])
    except DAMAGE as error:
        raise UserError(
            f"{dataset.file.filename}: dataset '{dataset.name}' is damaged near row {start} ({first_words(error)});"
            " copy the file again or recreate it"
        ) from None


def to_awkward(values: Values) -> ak.Array:
    """Return values as an Awkward array, in native byte order and with half precision converted to single."""
    kind = np.float32 if values.dtype == np.float16 else values.dtype.newbyteorder("=")
    return ak.from_numpy(np.ascontiguousarray(values, kind))


def row_bytes(*datasets: h5py.Dataset) -> int:
    """Return the number of bytes per row of all these datasets."""
    return sum(dataset.nbytes // max(len(dataset), 1) for dataset in datasets)


def unpad(values: Values, real: npt.NDArray[np.bool_]) -> ak.Array:
    """Return padded values (N, T) as N lists of those that are real."""
    return ak.unflatten(to_awkward(values[real]), real.sum(axis=1))


@contextmanager
def _naming_owner(opened: h5py.File) -> Iterator[None]:
    """Prefix an error about a linked file with the name of the file that links to it."""
    try:
        yield
    except UserError as mistake:
        if str(mistake).startswith(f"{opened.filename}: "):
            raise
        raise UserError(f"{opened.filename}: {mistake}") from None


def _open_error(file: Path, message: str) -> str:
    """Return why a file cannot be opened, given HDF5's error message."""
    if "unable to lock file" in message:
        code = re.search(r"errno = (\d+)", message)
        if code is None or int(code[1]) == errno.EAGAIN:
            return (
                "is open for writing in another program, which locks it; wait until it is closed (if there is no such"
                " program, set HDF5_USE_FILE_LOCKING=FALSE)"
            )
        reason = os.strerror(int(code[1]))
        return f"is on a file system that cannot lock files ({reason}); set HDF5_USE_FILE_LOCKING=FALSE"
    if "open for write" in message or "consistency flags" in message:
        return (
            "is marked as open for writing: a program is writing it, or was killed while writing; wait, or if there is"
            f" none, check its contents and clear the mark with `h5clear -s {file.name}`"
        )
    if "truncated" in message:
        ends = re.search(r"eof = (\d+).*stored_eof = (\d+)", message)
        missing = f", the last {int(ends[2]) - int(ends[1]):,} of {int(ends[2]):,} bytes are missing" if ends else ""
        return f"is truncated{missing}; copy it again or recreate it"
    short = " ".join(message.split())[:80]
    return f"cannot be read as an HDF5 file, it may be damaged ({short}); copy it again or recreate it"
