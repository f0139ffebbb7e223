"""HDF5 files and their datasets, with whatever is wrong with the file said in a line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import awkward as ak
import h5py
import hdf5plugin  # noqa: F401  (its import teaches HDF5 to read blosc, zstd and others)
import numpy as np
import numpy.typing as npt

from tagwerk.cards.base import nearest
from tagwerk.errors import UserError

Values = npt.NDArray[Any]
# What h5py raises where bytes are wrong or missing, or where it does not know a compression.
_DAMAGE = (OSError, RuntimeError, ValueError, KeyError)


@contextmanager
def open_h5(file: Path) -> Iterator[h5py.File]:
    """Give an open HDF5 file, and close it.

    Raises:
        UserError: there is no such file, or it is empty, truncated or of another kind.
    """
    if not file.exists():
        raise UserError(f"{file}: no such file; make it or correct the card's key 'files'")
    if file.is_file() and file.stat().st_size == 0:
        raise UserError(f"{file}: is empty (0 bytes); copy or make it anew")
    try:
        opened = h5py.File(file, "r")
    except _DAMAGE as error:
        said = _short(error)
        what = "is truncated" if "truncated" in said else "cannot be read as an HDF5 file, it may be truncated"
        raise UserError(f"{file}: {what} ({said}); copy or make it anew") from None
    with opened:
        yield opened


def find_dataset(opened: h5py.File, name: str, group: str = "/") -> h5py.Dataset:
    """Return the dataset of that name in a group; `/` is the group that holds all others.

    Raises:
        UserError: there is no such group, no such dataset in it, or the name is that of a group.
    """
    file = opened.filename
    inside = find_group(opened, group)
    found = _get(inside, name)
    if isinstance(found, h5py.Dataset):
        return found
    known = _within(inside, h5py.Dataset)
    if found is not None:
        raise UserError(f"{file}: '{name}' is a group, not a dataset; {nearest(name, known)}")
    raise UserError(f"{file}: group '{group}' has no dataset '{name}'; {nearest(name, known)}")


def find_group(opened: h5py.File, name: str) -> h5py.Group:
    """Return the group of that name.

    Raises:
        UserError: there is no such group, or the name is that of a dataset.
    """
    found = _get(opened, name)
    if isinstance(found, h5py.Group):
        return found
    wrong = "is a dataset, not a group" if found is not None else "there is none"
    known = ["/", *_within(opened, h5py.Group)]
    raise UserError(f"{opened.filename}: key 'tree': no group '{name}' ({wrong}); {nearest(name, known)}")


def count_rows(dataset: h5py.Dataset) -> int:
    """Return how many rows a dataset has.

    Raises:
        UserError: it has none.
    """
    if not dataset.shape or dataset.shape[0] == 0:
        file = dataset.file.filename
        raise UserError(f"{file}: dataset '{dataset.name}' is empty; make the file anew or leave it out of the card")
    return int(dataset.shape[0])


def take(dataset: h5py.Dataset, start: int, stop: int) -> Values:
    """Return the rows of a dataset from start up to stop, without it.

    Raises:
        UserError: they are damaged, or compressed in an unknown way.
    """
    try:
        return np.asarray(dataset[start:stop])
    except _DAMAGE as error:
        raise UserError(
            f"{dataset.file.filename}: dataset '{dataset.name}' is damaged near row {start},"
            f" or compressed in a way that hdf5plugin does not know ({_short(error)}); copy or make it anew"
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


def _get(group: h5py.Group, name: str) -> Any:
    try:
        return group.get(name)
    except _DAMAGE as error:
        file = group.file.filename
        raise UserError(f"{file}: is damaged at '{name}' ({_short(error)}); copy or make it anew") from None


def datasets_in(group: h5py.Group) -> list[str]:
    """Return the names of all datasets in a group and the groups in it."""
    return _within(group, h5py.Dataset)


def _within(group: h5py.Group, kind: type) -> list[str]:
    found: list[str] = []
    group.visititems(lambda name, each: found.append(name) if isinstance(each, kind) else None)
    return found


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:80] or type(error).__name__
