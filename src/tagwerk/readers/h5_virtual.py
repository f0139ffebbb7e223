"""Virtual HDF5 datasets, made of others in this file or elsewhere: whether these are all there.

HDF5 gives the fill value for what no source covers, and for a source that is gone or too short.
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

_VARIABLE = "HDF5_VDS_PREFIX"
_UNLIMITED = 2**63  # and more, as h5py gives it
Box = list[Ints]


def check_virtual(dataset: h5py.Dataset, check: Callable[[h5py.Dataset], None]) -> None:
    """Make sure that the sources of a virtual dataset are there, long enough, and cover it.

    Args:
        dataset: a virtual dataset.
        check: the same for a source.

    Raises:
        UserError: they are not, or do not; the line names the source.
    """
    boxes: list[Box] = []
    for mapping in dataset.virtual_sources():
        if any(now < made for now, made in zip(dataset.shape, mapping.vspace.shape, strict=True)):
            _check_first_source(dataset, mapping)
            made = f"was made with the shape {mapping.vspace.shape} and has only {dataset.shape}"
            raise _fault(
                dataset, f"{made}: of its sources '{mapping.file_name}' some are gone or too short; bring them back"
            )
        boxes += _of_mapping(dataset, mapping, check)
    if dataset.size and not _cover(boxes, dataset.shape):
        raise _fault(
            dataset, f"is incomplete: its sources do not cover its shape {dataset.shape}; make it anew with all of them"
        )


def _of_mapping(dataset: h5py.Dataset, mapping: Any, check: Callable[[h5py.Dataset], None]) -> Iterator[Box]:
    """Yield the boxes of a virtual dataset that a mapping fills."""
    axis = _growing(mapping.vspace)
    if axis is None or not _numbered(mapping):
        have = _checked(dataset, mapping, mapping.file_name, mapping.dset_name, check)
        yield from _boxes(mapping.vspace, dataset.shape, axis, have)
        return
    start, stride, _, block = (each[axis] for each in mapping.vspace.get_regular_hyperslab())
    blocks = -(-max(dataset.shape[axis] - start, 0) // stride)
    for number in range(max(blocks, 1)):
        _checked(dataset, mapping, *_names(mapping, number), check)
    _check_no_more(dataset, mapping, blocks)
    yield from _boxes(mapping.vspace, dataset.shape, axis, blocks * block)


def _check_first_source(dataset: h5py.Dataset, mapping: Any) -> None:
    with _source(dataset, *_names(mapping, 0)):
        pass


def _checked(
    dataset: h5py.Dataset, mapping: Any, file: str, name: str, check: Callable[[h5py.Dataset], None]
) -> int | None:
    """Return how many places a source has on its growing axis, None where it has no such axis, after a look at it."""
    with _source(dataset, file, name) as source:
        check(source)
        space = mapping.src_space
        axis = _growing(space)
        if space.get_select_type() == h5py.h5s.SEL_ALL:
            short = prod(source.shape) < _points(mapping.vspace)
        elif axis is None:
            stop = space.get_select_bounds()[1]
            short = len(stop) != source.ndim or any(last >= size for last, size in zip(stop, source.shape, strict=True))
        else:
            intervals = _intervals(space.get_regular_hyperslab(), axis, source.shape[axis])
            return int(np.diff(intervals).sum())
        if short:
            raise _fault(dataset, f"wants more of its source '{name}' in '{file}' than is there; make it anew")
        return None


@contextmanager
def _source(dataset: h5py.Dataset, file: str, name: str) -> Iterator[h5py.Dataset]:
    """Give a source of a virtual dataset.

    Raises:
        UserError: there is none.
    """
    owner = Path(dataset.file.filename)
    path = owner if file == "." else find_file(owner, file, _VARIABLE)
    if path is None:
        raise _fault(
            dataset, f"is made of '{name}' in '{file}', a file that is not there or cannot be opened; bring it back"
        )
    with h5py.File(path, "r") as opened:
        found = lookup(opened, name)
        if not isinstance(found, h5py.Dataset):
            raise _fault(dataset, f"is made of '{name}' in '{file}', which has no such dataset; bring it back")
        yield found


def _check_no_more(dataset: h5py.Dataset, mapping: Any, blocks: int) -> None:
    """Refuse sources with numbers beyond the last one that HDF5 reads, which stops at the first gap."""
    owner = Path(dataset.file.filename)
    if "%b" in mapping.file_name:
        file = Path(mapping.file_name)
        folder = (file if file.is_absolute() else owner.parent / file).parent
        there = [each.name for each in folder.glob(escape(file.name).replace("%b", "*"))]
        pattern = file.name
    else:
        with _source(dataset, *_names(mapping, 0)) as first:
            there, pattern = [each.rpartition("/")[2] for each in first.parent], mapping.dset_name.rpartition("/")[2]
    form = re.compile(re.escape(pattern).replace("%b", r"(\d+)"))
    beyond = [int(match[1]) for each in there if (match := form.fullmatch(each)) and int(match[1]) >= blocks]
    if beyond:
        file_name, name = _names(mapping, blocks)
        raise _fault(
            dataset,
            f"is made of numbered sources, and '{name}' in '{file_name}' is not there or too short, but number"
            f" {max(beyond)} is; bring it back",
        )


def _numbered(mapping: Any) -> bool:
    return "%b" in mapping.file_name or "%b" in mapping.dset_name


def _names(mapping: Any, number: int) -> tuple[str, str]:
    if not _numbered(mapping):
        return mapping.file_name, mapping.dset_name
    file, name = (each.replace("%b", str(number)) for each in (mapping.file_name, mapping.dset_name))
    return file, name


def _growing(space: Any) -> int | None:
    """Return the axis on which a selection has no end."""
    if space.get_select_type() != h5py.h5s.SEL_HYPERSLABS or not space.is_regular_hyperslab():
        return None
    _, _, counts, blocks = space.get_regular_hyperslab()
    ends = (axis for axis, size in enumerate(zip(counts, blocks, strict=True)) if max(size) >= _UNLIMITED)
    return next(ends, None)


def _points(space: Any) -> int:
    """Return how many values a selection has, 0 where it has no end."""
    return 0 if _growing(space) is not None else int(space.get_select_npoints())


def _boxes(space: Any, shape: tuple[int, ...], axis: int | None, have: int | None) -> Iterator[Box]:
    """Yield what a selection covers; on its growing axis as much as its source has."""
    if space.get_select_type() == h5py.h5s.SEL_ALL:
        yield [np.array([[0, size]]) for size in shape]
    elif space.is_regular_hyperslab():
        slab = space.get_regular_hyperslab()
        box = [_intervals(slab, each, size) for each, size in enumerate(shape)]
        if axis is not None and have is not None:
            box[axis] = _first(box[axis], have)
        yield box
    else:
        for corners in space.get_select_hyper_blocklist():
            yield [np.array([[low, high + 1]]) for low, high in zip(*corners.tolist(), strict=True)]


def _intervals(slab: Any, axis: int, size: int) -> Ints:
    """Return the intervals of a regular selection on an axis, (K, 2), up to its size."""
    start, stride, count, block = (each[axis] for each in slab)
    block = min(block, size)
    count = min(count, -(-max(size - start, 0) // stride))
    starts = start + stride * np.arange(count, dtype=np.int64)
    return np.asarray(np.minimum(np.stack([starts, starts + block], axis=1), size))


def _first(intervals: Ints, places: int) -> Ints:
    """Return the first so many places of intervals."""
    sizes = np.diff(intervals)[:, 0]
    before = np.cumsum(sizes) - sizes
    ends = np.minimum(intervals[:, 1], intervals[:, 0] + places - before)
    return np.asarray(np.stack([intervals[:, 0], ends], axis=1)[before < places])


def _cover(boxes: list[Box], shape: tuple[int, ...]) -> bool:
    """Return whether boxes together cover a shape, on the grid of all their edges."""
    edges = [
        np.unique(np.concatenate([np.array([0, size]), *(box[axis].ravel() for box in boxes)]))
        for axis, size in enumerate(shape)
    ]
    covered = np.zeros([len(each) - 1 for each in edges], bool)
    for box in boxes:
        covered[np.ix_(*(_cells(axis, own) for axis, own in zip(edges, box, strict=True)))] = True
    return bool(covered.all())


def _cells(edges: Ints, intervals: Ints) -> npt.NDArray[np.bool_]:
    """Return which cells between edges are in some interval."""
    change = np.zeros(len(edges), np.int64)
    np.add.at(change, np.searchsorted(edges, intervals[:, 0]), 1)
    np.add.at(change, np.searchsorted(edges, intervals[:, 1]), -1)
    return np.asarray(np.cumsum(change)[:-1] > 0)


def _fault(dataset: h5py.Dataset, what: str) -> UserError:
    return UserError(f"{dataset.file.filename}: virtual dataset '{dataset.name}' {what}")
