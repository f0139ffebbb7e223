"""Whether a file holds all values of an HDF5 dataset; HDF5 itself gives fill values for those that it does not find."""

import os
from math import ceil, prod
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from tagwerk.errors import UserError
from tagwerk.readers.h5_links import DAMAGE, short
from tagwerk.readers.h5_virtual import check_virtual

_UNLIMITED = 2**64 - 1


def check_stored(dataset: h5py.Dataset) -> None:
    """Make sure that every value of a dataset was written and is there.

    Raises:
        UserError: some were not, or are in a file that is gone, or are compressed in an unknown way.
    """
    try:
        _check(dataset, ())
    except DAMAGE as error:
        raise UserError(
            f"{dataset.file.filename}: dataset '{dataset.name}' is damaged ({short(error)}); copy or make it anew"
        ) from None


def _check(dataset: h5py.Dataset, owners: tuple[h5py.Dataset, ...]) -> None:
    if dataset.is_virtual:
        if dataset in owners:
            raise _fault(dataset, "is virtual and a source of itself; make it anew")
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
    """Look for the files of raw values, which HDF5 seeks from the working directory."""
    needed, prefix = dataset.size * dataset.id.get_type().get_size(), os.environ.get("HDF5_EXTFILE_PREFIX", "")
    prefix = prefix.replace("${ORIGIN}", str(Path(dataset.file.filename).absolute().parent))
    for name, offset, size in dataset.external:
        path = Path(prefix) / name
        mine = min(needed, size if size < _UNLIMITED else needed)
        if not path.exists():
            raise _fault(
                dataset,
                f"has its values in the file '{path}', which is not there; bring it back, or set HDF5_EXTFILE_PREFIX to"
                " its folder",
            )
        if path.stat().st_size < offset + mine:
            lack = offset + mine - path.stat().st_size
            raise _fault(
                dataset, f"has its values in the file '{path}', which is {lack:,} bytes too short; copy it anew"
            )
        needed -= mine


def _check_filters(dataset: h5py.Dataset) -> None:
    properties = dataset.id.get_create_plist()
    for number in range(properties.get_nfilters()):
        code, _, _, name = properties.get_filter(number)
        if not h5py.h5z.filter_avail(code):
            raise _fault(
                dataset,
                f"is compressed by the filter {code} ('{name.decode(errors='replace')}'), which neither HDF5 nor"
                " hdf5plugin knows; write it anew, with gzip for instance (`h5repack -f GZIP=1`)",
            )


def _unwritten(dataset: h5py.Dataset, what: str) -> UserError:
    return _fault(
        dataset,
        f"is incomplete: {what} never written and would read as the fill value {dataset.fillvalue}; make the file anew,"
        " leave it out of the card, or where this value is meant, write it",
    )


def _fault(dataset: h5py.Dataset, what: str) -> UserError:
    return UserError(f"{dataset.file.filename}: dataset '{dataset.name}' {what}")
