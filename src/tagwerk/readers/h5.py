"""HDF5 files and their datasets, with whatever is wrong with the file said in a line."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import awkward as ak
import h5py
import hdf5plugin  # noqa: F401  (its import teaches HDF5 to read blosc, zstd and others)
import numpy as np
import numpy.typing as npt

from tagwerk.arrays import Values
from tagwerk.cards.base import nearest
from tagwerk.errors import UserError
from tagwerk.readers import kinds
from tagwerk.readers.h5_links import DAMAGE, lookup, short, walk
from tagwerk.readers.h5_storage import check_stored


@contextmanager
def open_h5(file: Path) -> Iterator[h5py.File]:
    """Give an open HDF5 file, and close it.

    Raises:
        UserError: there is no such file, or it is empty, truncated, of another kind, or locked by who writes it.
    """
    kinds.expect(file, kinds.HDF5)
    try:
        opened = h5py.File(file, "r")
    except DAMAGE as error:
        raise UserError(f"{file}: {_why(file, str(error))}") from None
    with opened:
        yield opened


def find_dataset(opened: h5py.File, name: str, group: str = "/") -> h5py.Dataset:
    """Return the dataset of that name in a group, with all its values; `/` is the group that holds all others.

    Raises:
        UserError: there is no such group, no such dataset in it, the name is that of a group, or values are not there.
    """
    file = opened.filename
    inside = find_group(opened, group)
    found = lookup(inside, name)
    if isinstance(found, h5py.Dataset):
        with _naming_owner(opened):
            check_stored(found)
        return found
    known = datasets_in(inside)
    if found is not None:
        raise UserError(f"{file}: '{name}' is a group, not a dataset; {nearest(name, known)}")
    raise UserError(f"{file}: group '{group}' has no dataset '{name}'; {nearest(name, known)}")


def find_group(opened: h5py.File, name: str) -> h5py.Group:
    """Return the group of that name.

    Raises:
        UserError: there is no such group, or the name is that of a dataset.
    """
    found = lookup(opened, name)
    if isinstance(found, h5py.Group):
        return found
    wrong = "is a dataset, not a group" if found is not None else "there is none"
    known = ["/", *(path for path, each in walk(opened) if isinstance(each, h5py.Group))]
    raise UserError(f"{opened.filename}: key 'tree': no group '{name}' ({wrong}); {nearest(name, known)}")


def datasets_in(group: h5py.Group) -> list[str]:
    """Return the names of all datasets in a group and the groups in it."""
    return [path for path, each in walk(group) if isinstance(each, h5py.Dataset)]


def count_rows(dataset: h5py.Dataset) -> int:
    """Return how many rows a dataset has.

    Raises:
        UserError: it holds a single value, or none at all, instead of rows.
    """
    if not dataset.shape:
        what = "a single value" if dataset.shape is not None else "no value"
        raise UserError(f"{dataset.file.filename}: dataset '{dataset.name}' holds {what}, not rows; correct the card")
    return int(dataset.shape[0])


def take(dataset: h5py.Dataset, start: int, stop: int) -> Values:
    """Return the rows of a dataset from start up to stop, without it.

    Raises:
        UserError: they are damaged.
    """
    try:
        return np.asarray(dataset[start:stop])
    except DAMAGE as error:
        raise UserError(
            f"{dataset.file.filename}: dataset '{dataset.name}' is damaged near row {start} ({short(error)});"
            " copy or make it anew"
        ) from None


def numbers(values: Values) -> ak.Array:
    """Return values as Awkward takes them: in the machine's byte order, half precision made single."""
    kind = np.float32 if values.dtype == np.float16 else values.dtype.newbyteorder("=")
    return ak.from_numpy(np.ascontiguousarray(values, kind))


def row_bytes(*datasets: h5py.Dataset) -> int:
    """Return how many bytes a row of all these datasets takes."""
    return sum(each.nbytes // max(len(each), 1) for each in datasets)


def lists(values: Values, real: npt.NDArray[np.bool_]) -> ak.Array:
    """Return the real ones of padded values (N, T) as N lists."""
    return ak.unflatten(numbers(values[real]), real.sum(axis=1))


@contextmanager
def _naming_owner(opened: h5py.File) -> Iterator[None]:
    """Put the name of a file before a mistake in another one that it leads to."""
    try:
        yield
    except UserError as mistake:
        if str(mistake).startswith(f"{opened.filename}: "):
            raise
        raise UserError(f"{opened.filename}: {mistake}") from None


def _why(file: Path, said: str) -> str:
    """Return why HDF5 does not open a file, of what it says."""
    if "unable to lock file" in said:
        number = re.search(r"errno = (\d+)", said)
        if number is None or int(number[1]) == errno.EAGAIN:
            return (
                "is open for writing in another program, which locks it; wait until that closes it (where none does,"
                " set HDF5_USE_FILE_LOCKING=FALSE)"
            )
        return f"is where files cannot be locked ({os.strerror(int(number[1]))}); set HDF5_USE_FILE_LOCKING=FALSE"
    if "open for write" in said or "consistency flags" in said:
        return (
            "is marked as open for writing: a program writes it, or was stopped at it; wait, or if none does, look at"
            f" what it holds and clear the mark by `h5clear -s {file.name}`"
        )
    if "truncated" in said:
        place = re.search(r"eof = (\d+).*stored_eof = (\d+)", said)
        lack = f", the last {int(place[2]) - int(place[1]):,} of {int(place[2]):,} bytes are missing" if place else ""
        return f"is truncated{lack}; copy or make it anew"
    return f"cannot be read as an HDF5 file, it may be damaged ({' '.join(said.split())[:80]}); copy or make it anew"
