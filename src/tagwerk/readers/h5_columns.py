"""Columns of HDF5 datasets as a card names them: `pt`, `particles.pt` or `particles:0`.

The first is a dataset itself. After a dataset's name, a dot precedes a field of its records or the name of a column on
its last axis, and a colon the index of that column, from 0 on. Column names are taken from an attribute of the dataset,
else from a dataset of strings in its group or one above, else from an attribute of such a group; there must be as many
as columns.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np

from tagwerk.arrays import Values
from tagwerk.cards.base import suggestion
from tagwerk.errors import UserError
from tagwerk.readers.h5 import datasets_in, find_dataset, find_group, read_rows
from tagwerk.readers.h5_links import DAMAGE, lookup
from tagwerk.readers.h5_types import check_numeric, dtype_of
from tagwerk.readers.missing import check_present


class Block:
    """The rows of a dataset, read once for all its columns."""

    def __init__(self, dataset: h5py.Dataset) -> None:
        self.dataset = dataset
        self._range: tuple[int, int] | None = None
        self._rows: Values = np.empty(0)

    def read(self, start: int, stop: int) -> Values:
        """Return the rows from `start` up to `stop`."""
        if self._range != (start, stop):
            self._rows, self._range = read_rows(self.dataset, start, stop), (start, stop)
        return self._rows


@dataclass(frozen=True)
class Column:
    """A dataset, or a column of it.

    Attributes:
        block: the dataset.
        key: its field, or the index on its last axis; None for the dataset itself.
        name: its name in messages.
    """

    block: Block
    key: str | int | None
    name: str

    @property
    def file(self) -> str:
        """The file that holds it."""
        return str(self.block.dataset.file.filename)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of its values."""
        shape = tuple(self.block.dataset.shape)
        return shape[:-1] if isinstance(self.key, int) else shape

    def read(self, start: int, stop: int) -> Values:
        """Return its rows from `start` up to `stop`."""
        rows = self.block.read(start, stop)
        if self.key is None:
            return rows
        return rows[self.key] if isinstance(self.key, str) else rows[..., self.key]


def find_columns(opened: h5py.File, tree: str, names: Iterable[str]) -> dict[str, Column]:
    """Return the columns of these names in a group.

    Raises:
        UserError: one is missing or not numeric, or values of its dataset are missing.
    """
    group, blocks = find_group(opened, tree), dict[str, Block]()
    wanted = {name: _locate(group, name) for name in names}
    absent = [name for name, location in wanted.items() if location is None]
    if absent:
        check_present(f"{opened.filename}: group '{tree}' has no dataset", absent, datasets_in(group))
    columns: dict[str, Column] = {}
    for name, location in wanted.items():
        assert location is not None
        path, key = location
        if path not in blocks:
            blocks[path] = Block(find_dataset(opened, path, tree))
        columns[name] = _column(blocks[path], path, key)
    return columns


def column_name_lists(dataset: h5py.Dataset) -> list[list[list[str]]]:
    """Return the lists that may name the columns on the last axis, grouped by where they are, nearest first."""
    width = dataset.shape[-1]
    groups, group = [], dataset.parent
    while True:
        groups.append(group)
        if group.name == "/":
            break
        group = group.parent
    in_datasets = [[*_lists_in_datasets(group, width)] for group in groups]
    in_attributes = [[*_lists_in_attributes(group, width)] for group in groups]
    tiers = [[*_lists_in_attributes(dataset, width)], *in_datasets, *in_attributes]
    return [tier for tier in tiers if tier]


def _locate(group: h5py.Group, name: str) -> tuple[str, str | int | None] | None:
    """Return a dataset's path and the key of its column for a name, None if there is no such dataset."""
    if isinstance(lookup(group, name), h5py.Dataset):
        return name, None
    path, _, index = name.rpartition(":")
    if path and re.fullmatch(r"\d{1,9}", index) and isinstance(lookup(group, path), h5py.Dataset):
        return path, int(index)
    for dot in reversed([match.start() for match in re.finditer(r"\.", name)]):
        if name[:dot] and isinstance(lookup(group, name[:dot]), h5py.Dataset):
            return name[:dot], name[dot + 1 :]
    return None


def _column(block: Block, path: str, key: str | int | None) -> Column:
    dataset = block.dataset
    fields = dtype_of(dataset).names
    if isinstance(key, str) and fields is not None:
        if key not in fields:
            raise _fault(dataset, f"has no field '{key}'; {suggestion(key, list(fields))}")
        check_numeric(dataset, key)
        return Column(block, key, f"{dataset.name}.{key}")
    check_numeric(dataset)
    if key is None:
        return Column(block, None, str(dataset.name))
    if len(dataset.shape or ()) < 2:
        raise _fault(dataset, f"has the shape {dataset.shape} and so no columns; write '{path}'")
    if isinstance(key, str):
        key = _column_index(dataset, path, key)
    if key >= dataset.shape[-1]:
        raise _fault(dataset, f"has {dataset.shape[-1]} columns, '{path}:0' to '{path}:{dataset.shape[-1] - 1}'")
    return Column(block, key, f"{dataset.name}:{key}")


def _column_index(dataset: h5py.Dataset, path: str, column: str) -> int:
    """Return the index of a named column on the last axis.

    Raises:
        UserError: no list of names has it, or two differ.
    """
    tiers, width = column_name_lists(dataset), dataset.shape[-1]
    for tier in tiers:
        indices = {index for names in tier for index, name in enumerate(names) if name == column}
        if len(indices) == 1:
            return indices.pop()
        if indices:
            raise _fault(dataset, f"has several columns '{column}', {sorted(indices)}; name one, such as '{path}:0'")
    known = [name for tier in tiers for names in tier for name in names]
    by_index = f"name columns by index, '{path}:0' to '{path}:{width - 1}'"
    if not known:
        raise _fault(dataset, f"has no names for its {width} columns, in no attribute or dataset; {by_index}")
    raise _fault(dataset, f"has no column '{column}'; {suggestion(column, known)}; or {by_index}")


def _lists_in_attributes(owner: h5py.Dataset | h5py.Group, width: int) -> Iterator[list[str]]:
    for key in _keys(owner.attrs):
        if not key.startswith("DIMENSION_"):
            try:
                names = _strings(owner.attrs[key])
            except DAMAGE:
                continue
            if len(names) == width:
                yield names


def _lists_in_datasets(group: h5py.Group, width: int) -> Iterator[list[str]]:
    for key in _keys(group):
        try:
            child = group[key]
            if isinstance(child, h5py.Dataset) and child.shape == (width,) and child.dtype.kind in "SO":
                names = _strings(child[:])
                if len(names) == width:
                    yield names
        except DAMAGE:
            continue


def _keys(mapping: Iterable[str]) -> list[str]:
    try:
        return list(mapping)
    except DAMAGE:
        return []


def _strings(values: Any) -> list[str]:
    """Return a list of strings; a single string is split at commas and spaces."""
    if isinstance(values, bytes | str):
        return re.findall(r"[^\s,;\[\]\"']+", _text(values) or "")
    items: Sequence[Any] = np.ravel(values).tolist() if isinstance(values, np.ndarray) else []
    names = [_text(item) for item in items]
    return [name for name in names if name is not None] if None not in names else []


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    return value.strip("\0 ") if isinstance(value, str) else None


def _fault(dataset: h5py.Dataset, what: str) -> UserError:
    return UserError(f"{dataset.file.filename}: dataset '{dataset.name}' {what}")
