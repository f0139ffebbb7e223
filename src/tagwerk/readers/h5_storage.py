"""Whether a file holds all values of an HDF5 dataset; HDF5 itself returns the fill value for missing ones."""

import os
from math import ceil, prod
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from tagwerk.errors import UserError
from tagwerk.readers.h5_links import DAMAGE, first_words
from tagwerk.readers.h5_virtual import check_virtual

_UNLIMITED = 2**64 - 1


def check_stored(dataset: h5py.Dataset) -> None:
    """Check that every value of a dataset was written and is available.

    Raises:
        UserError: some were not written, are in a missing file, or are compressed with an unknown filter.
    """
    try:
        _check(dataset, ())
    except DAMAGE as error:
        raise UserError(
            f"{dataset.file.filename}: dataset '{dataset.name}' is damaged ({first_words(error)});"
            " copy the file again or recreate it"
        ) from None


def _check(dataset: h5py.Dataset, owners: tuple[h5py.Dataset, ...]) -> None:
    if dataset.is_virtual:
        if dataset in owners:
            raise _fault(dataset, "is virtual and a source of itself; recreate it")
        check_virtual(dataset, lambda source: _check(source, (*owners, dataset)))
    elif dataset.size and dataset.external:
        _check_external(dataset)
    elif dataset.size:
        _check_filters(dataset)
        _check_written(dataset)


def _check_written(dataset: h5py.Dataset) -> None:
    if dataset.chunks is None:
        if dataset.id.get_storage_size() == 0:
            raise _unwritten(dataset, "its values were")
        return
    grid = [ceil(size / chunk) for size, chunk in zip(dataset.shape, dataset.chunks, strict=True)]
    if dataset.id.get_num_chunks() >= prod(grid):
        return
    written = np.zeros(grid[0], np.int64)

    def count(chunk: Any) -> None:
        written[chunk.chunk_offset[0] // dataset.chunks[0]] += 1

    dataset.id.chunk_iter(count)
    (absent,) = np.nonzero(written < prod(grid[1:]))
    first = int(absent[0])
    last = first + int(np.argmin(np.append(np.diff(absent) == 1, False)))
    stop = min((last + 1) * dataset.chunks[0], dataset.shape[0])
    more = " and others" if last != absent[-1] else ""
    raise _unwritten(dataset, f"rows {first * dataset.chunks[0]:,} to {stop - 1:,}{more} were")


def _check_external(dataset: h5py.Dataset) -> None:
    """Check the external files of raw values, which HDF5 looks for from the working directory.

    A file cannot make its reader take any other file, such as a private key, for values.
    """
    needed, prefix = dataset.size * dataset.id.get_type().get_size(), os.environ.get("HDF5_EXTFILE_PREFIX", "")
    owner = Path(dataset.file.filename).absolute()
    prefix = prefix.replace("${ORIGIN}", str(owner.parent))
    folders = [owner.resolve().parent, *([Path(prefix).resolve()] if prefix else [])]
    for name, offset, size in dataset.external:
        path = Path(prefix) / name
        if not any(path.resolve().is_relative_to(folder) for folder in folders):
            raise _fault(
                dataset,
                f"has its values in the file '{path}', which is in another folder and may be anything; move it next to"
                " this file, or set HDF5_EXTFILE_PREFIX to its folder",
            )
        expected = min(needed, size if size < _UNLIMITED else needed)
        if not path.exists():
            raise _fault(
                dataset,
                f"has its values in the file '{path}', which does not exist; restore it, or set HDF5_EXTFILE_PREFIX"
                " to its folder",
            )
        if path.stat().st_size < offset + expected:
            missing = offset + expected - path.stat().st_size
            raise _fault(
                dataset, f"has its values in the file '{path}', which is {missing:,} bytes too short; copy it again"
            )
        needed -= expected


def _check_filters(dataset: h5py.Dataset) -> None:
    properties = dataset.id.get_create_plist()
    for index in range(properties.get_nfilters()):
        code, _, _, name = properties.get_filter(index)
        if not h5py.h5z.filter_avail(code):
            raise _fault(
                dataset,
                f"is compressed with the filter {code} ('{name.decode(errors='replace')}'), which neither HDF5 nor"
                " hdf5plugin knows; rewrite it, for example with gzip (`h5repack -f GZIP=1`)",
            )


def _unwritten(dataset: h5py.Dataset, what: str) -> UserError:
    return _fault(
        dataset,
        f"is incomplete: {what} never written and would read as the fill value {dataset.fillvalue}; recreate the file,"
        " leave the dataset out of the card, or if this value is intended, write it",
    )


def _fault(dataset: h5py.Dataset, what: str) -> UserError:
    return UserError(f"{dataset.file.filename}: dataset '{dataset.name}' {what}")
