"""Whether the sources of a virtual HDF5 dataset, in this file or others, exist and cover it.

HDF5 returns the fill value for what no source covers, and for a source that is missing or too short.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from glob import escape
from math import prod
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from tagwerk.arrays import Ints
from tagwerk.errors import UserError
from tagwerk.readers.h5_links import find_file, lookup

_PREFIX_VARIABLE = "HDF5_VDS_PREFIX"
_UNLIMITED = 2**63  # this or more is h5py's size of an unlimited axis
# For each axis, the selected index ranges, as rows of first and last plus one.
Box = list[Ints]


def check_virtual(dataset: h5py.Dataset, check: Callable[[h5py.Dataset], None]) -> None:
    """Check that the sources of a virtual dataset exist, are long enough, and cover it.

    Args:
        dataset: a virtual dataset.
        check: the check of a source.

    Raises:
        UserError: they do not or are not; the line names the source.
    """
    boxes: list[Box] = []
    for mapping in dataset.virtual_sources():
        if any(size < created for size, created in zip(dataset.shape, mapping.vspace.shape, strict=True)):
            _check_first_source(dataset, mapping)
            shapes = f"was created with the shape {mapping.vspace.shape} and now has {dataset.shape}"
            raise _fault(
                dataset, f"{shapes}: some of its sources '{mapping.file_name}' are missing or too short; restore them"
            )
        boxes += _mapped_boxes(dataset, mapping, check)
    if dataset.size and not _cover(boxes, dataset.shape):
        raise _fault(
            dataset, f"is incomplete: its sources do not cover its shape {dataset.shape}; recreate it with all of them"
        )


def _mapped_boxes(dataset: h5py.Dataset, mapping: Any, check: Callable[[h5py.Dataset], None]) -> Iterator[Box]:
    """Yield the boxes of a virtual dataset that a mapping fills."""
    axis = _unlimited_axis(mapping.vspace)
    if axis is None or not _numbered(mapping):
        length = _check_source(dataset, mapping, mapping.file_name, mapping.dset_name, check)
        yield from _boxes(mapping.vspace, dataset.shape, axis, length)
        return
    start, stride, _, block = (values[axis] for values in mapping.vspace.get_regular_hyperslab())
    blocks = -(-max(dataset.shape[axis] - start, 0) // stride)
    for number in range(max(blocks, 1)):
        _check_source(dataset, mapping, *_source_name(mapping, number), check)
    _check_no_more(dataset, mapping, blocks)
    yield from _boxes(mapping.vspace, dataset.shape, axis, blocks * block)


def _check_first_source(dataset: h5py.Dataset, mapping: Any) -> None:
    with _source(dataset, *_source_name(mapping, 0)):
        pass


def _check_source(
    dataset: h5py.Dataset, mapping: Any, file: str, name: str, check: Callable[[h5py.Dataset], None]
) -> int | None:
    """Check a source, and return its length on its unlimited axis, None if it has no such axis."""
    with _source(dataset, file, name) as source:
        check(source)
        space = mapping.src_space
        axis = _unlimited_axis(space)
        if space.get_select_type() == h5py.h5s.SEL_ALL:
            fits = prod(source.shape) >= _num_points(mapping.vspace)
        elif axis is None:
            stop = space.get_select_bounds()[1]
            fits = len(stop) == source.ndim and all(last < size for last, size in zip(stop, source.shape, strict=True))
        else:
            intervals = _intervals(space.get_regular_hyperslab(), axis, source.shape[axis])
            return int(np.diff(intervals).sum())
        if not fits:
            raise _fault(dataset, f"needs more of its source '{name}' in '{file}' than exists; recreate it")
        return None


@contextmanager
def _source(dataset: h5py.Dataset, file: str, name: str) -> Iterator[h5py.Dataset]:
    """Open a source of a virtual dataset.

    Raises:
        UserError: it does not exist.
    """
    owner = Path(dataset.file.filename)
    path = owner if file == "." else find_file(owner, file, _PREFIX_VARIABLE)
    if path is None:
        raise _fault(
            dataset, f"has the source '{name}' in '{file}', which does not exist or cannot be opened; restore it"
        )
    with h5py.File(path, "r") as opened:
        source = lookup(opened, name)
        if not isinstance(source, h5py.Dataset):
            raise _fault(dataset, f"has the source '{name}' in '{file}', which has no such dataset; restore it")
        yield source


def _check_no_more(dataset: h5py.Dataset, mapping: Any, blocks: int) -> None:
    """Refuse numbered sources beyond the last one that HDF5 reads, as it stops at the first gap."""
    owner = Path(dataset.file.filename)
    if "%b" in mapping.file_name:
        file = Path(mapping.file_name)
        folder = (file if file.is_absolute() else owner.parent / file).parent
        names = [path.name for path in folder.glob(escape(file.name).replace("%b", "*"))]
        template = file.name
    else:
        with _source(dataset, *_source_name(mapping, 0)) as first:
            names, template = [key.rpartition("/")[2] for key in first.parent], mapping.dset_name.rpartition("/")[2]
    pattern = re.compile(re.escape(template).replace("%b", r"(\d+)"))
    beyond = [int(match[1]) for name in names if (match := pattern.fullmatch(name)) and int(match[1]) >= blocks]
    if beyond:
        file_name, name = _source_name(mapping, blocks)
        raise _fault(
            dataset,
            f"has numbered sources, of which '{name}' in '{file_name}' is missing or too short, but number"
            f" {max(beyond)} exists; restore it",
        )


def _numbered(mapping: Any) -> bool:
    return "%b" in mapping.file_name or "%b" in mapping.dset_name


def _source_name(mapping: Any, number: int) -> tuple[str, str]:
    if not _numbered(mapping):
        return mapping.file_name, mapping.dset_name
    return mapping.file_name.replace("%b", str(number)), mapping.dset_name.replace("%b", str(number))


def _unlimited_axis(space: Any) -> int | None:
    """Return the axis on which a selection is unlimited, None if there is none."""
    if space.get_select_type() != h5py.h5s.SEL_HYPERSLABS or not space.is_regular_hyperslab():
        return None
    _, _, counts, blocks = space.get_regular_hyperslab()
    ends = (axis for axis, size in enumerate(zip(counts, blocks, strict=True)) if max(size) >= _UNLIMITED)
    return next(ends, None)


def _num_points(space: Any) -> int:
    """Return the number of values in a selection, 0 if it is unlimited."""
    return 0 if _unlimited_axis(space) is not None else int(space.get_select_npoints())


def _boxes(space: Any, shape: tuple[int, ...], axis: int | None, length: int | None) -> Iterator[Box]:
    """Yield the boxes that a selection covers; on its unlimited axis, as far as its source goes."""
    if space.get_select_type() == h5py.h5s.SEL_ALL:
        yield [np.array([[0, size]]) for size in shape]
    elif space.is_regular_hyperslab():
        slab = space.get_regular_hyperslab()
        box = [_intervals(slab, dimension, size) for dimension, size in enumerate(shape)]
        if axis is not None and length is not None:
            box[axis] = _truncated(box[axis], length)
        yield box
    else:
        for corners in space.get_select_hyper_blocklist():
            yield [np.array([[low, high + 1]]) for low, high in zip(*corners.tolist(), strict=True)]


def _intervals(slab: Any, axis: int, size: int) -> Ints:
    """Return the intervals of a regular selection on an axis, (K, 2), clipped to its size."""
    start, stride, count, block = (values[axis] for values in slab)
    block = min(block, size)
    count = min(count, -(-max(size - start, 0) // stride))
    starts = start + stride * np.arange(count, dtype=np.int64)
    return np.asarray(np.minimum(np.stack([starts, starts + block], axis=1), size))


def _truncated(intervals: Ints, length: int) -> Ints:
    """Return intervals, (K, 2), truncated to a total length."""
    sizes = np.diff(intervals)[:, 0]
    before = np.cumsum(sizes) - sizes
    ends = np.minimum(intervals[:, 1], intervals[:, 0] + length - before)
    return np.asarray(np.stack([intervals[:, 0], ends], axis=1)[before < length])


def _cover(boxes: list[Box], shape: tuple[int, ...]) -> bool:
    """Return whether boxes together cover a shape, on the grid of all their edges."""
    edges = [
        np.unique(np.concatenate([np.array([0, size]), *(box[axis].ravel() for box in boxes)]))
        for axis, size in enumerate(shape)
    ]
    covered = np.zeros([len(axis) - 1 for axis in edges], bool)
    for box in boxes:
        covered[np.ix_(*(_cells(axis, intervals) for axis, intervals in zip(edges, box, strict=True)))] = True
    return bool(covered.all())


def _cells(edges: Ints, intervals: Ints) -> npt.NDArray[np.bool_]:
    """Return which cells between edges are in some interval."""
    change = np.zeros(len(edges), np.int64)
    np.add.at(change, np.searchsorted(edges, intervals[:, 0]), 1)
    np.add.at(change, np.searchsorted(edges, intervals[:, 1]), -1)
    return np.asarray(np.cumsum(change)[:-1] > 0)


def _fault(dataset: h5py.Dataset, what: str) -> UserError:
    return UserError(f"{dataset.file.filename}: virtual dataset '{dataset.name}' {what}")
