"""Columns of HDF5 datasets by what a card calls them: `pt`, `particles.pt` or `particles:0`.

The first is a dataset itself. Behind a dataset's name and a dot comes a field of its records, or the name of a place on
its last axis; behind a colon that place itself, from 0 on. Names of places are those of an attribute of the dataset,
else of a dataset of strings beside it or above, else of an attribute of its group: as many as the axis has places.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np

from tagwerk.arrays import Values
from tagwerk.cards.base import nearest
from tagwerk.errors import UserError
from tagwerk.readers.h5 import datasets_in, find_dataset, find_group, take
from tagwerk.readers.h5_links import DAMAGE, lookup
from tagwerk.readers.h5_types import check_numbers, type_of
from tagwerk.readers.missing import missing


class Block:
    """The rows of a dataset, read once for all of its columns."""

    def __init__(self, dataset: h5py.Dataset) -> None:
        self.dataset = dataset
        self._span: tuple[int, int] | None = None
        self._rows: Values = np.empty(0)

    def take(self, start: int, stop: int) -> Values:
        """Return the rows from start up to stop, without it."""
        if self._span != (start, stop):
            self._rows, self._span = take(self.dataset, start, stop), (start, stop)
        return self._rows


@dataclass(frozen=True)
class Column:
    """A dataset, or a column of it.

    Attributes:
        block: the dataset.
        at: its field, or the place on its last axis; None for the dataset itself.
        name: what a message calls it.
    """

    block: Block
    at: str | int | None
    name: str

    @property
    def file(self) -> str:
        """The file that holds it."""
        return str(self.block.dataset.file.filename)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of its values."""
        shape = tuple(self.block.dataset.shape)
        return shape[:-1] if isinstance(self.at, int) else shape

    def take(self, start: int, stop: int) -> Values:
        """Return its rows from start up to stop, without it."""
        rows = self.block.take(start, stop)
        if self.at is None:
            return rows
        return rows[self.at] if isinstance(self.at, str) else rows[..., self.at]


def find_columns(opened: h5py.File, tree: str, names: Iterable[str]) -> dict[str, Column]:
    """Return the columns of these names in a group.

    Raises:
        UserError: one is missing or holds no numbers, or values of its dataset are not there.
    """
    group, blocks = find_group(opened, tree), dict[str, Block]()
    wanted = {name: _place(group, name) for name in names}
    absent = [name for name, place in wanted.items() if place is None]
    if absent:
        missing(f"{opened.filename}: group '{tree}' has no dataset", absent, datasets_in(group))
    found: dict[str, Column] = {}
    for name, place in wanted.items():
        assert place is not None
        path, column = place
        if path not in blocks:
            blocks[path] = Block(find_dataset(opened, path, tree))
        found[name] = _column(blocks[path], path, column)
    return found


def named_places(dataset: h5py.Dataset) -> list[list[list[str]]]:
    """Return the lists of names that there may be for the places of the last axis, those nearest to it first."""
    width = dataset.shape[-1]
    above, at = [], dataset.parent
    while True:
        above.append(at)
        if at.name == "/":
            break
        at = at.parent
    beside = [[*_datasets_of_strings(group, width)] for group in above]
    tiers = [[*_attributes(dataset, width)], *beside, *([*_attributes(group, width)] for group in above)]
    return [tier for tier in tiers if tier]


def _place(group: h5py.Group, name: str) -> tuple[str, str | int | None] | None:
    """Return path and column of what is called so, None where there is no such dataset."""
    if isinstance(lookup(group, name), h5py.Dataset):
        return name, None
    path, _, number = name.rpartition(":")
    if path and re.fullmatch(r"\d{1,9}", number) and isinstance(lookup(group, path), h5py.Dataset):
        return path, int(number)
    for dot in reversed([match.start() for match in re.finditer(r"\.", name)]):
        if name[:dot] and isinstance(lookup(group, name[:dot]), h5py.Dataset):
            return name[:dot], name[dot + 1 :]
    return None


def _column(block: Block, path: str, column: str | int | None) -> Column:
    dataset = block.dataset
    fields = type_of(dataset).names
    if isinstance(column, str) and fields is not None:
        if column not in fields:
            raise _fault(dataset, f"has no field '{column}'; {nearest(column, list(fields))}")
        check_numbers(dataset, column)
        return Column(block, column, f"{dataset.name}.{column}")
    check_numbers(dataset)
    if column is None:
        return Column(block, None, str(dataset.name))
    if len(dataset.shape or ()) < 2:
        raise _fault(dataset, f"has the shape {dataset.shape} and so no columns; write '{path}'")
    if isinstance(column, str):
        column = _named(dataset, path, column)
    if column >= dataset.shape[-1]:
        raise _fault(dataset, f"has {dataset.shape[-1]} columns, '{path}:0' to '{path}:{dataset.shape[-1] - 1}'")
    return Column(block, column, f"{dataset.name}:{column}")


def _named(dataset: h5py.Dataset, path: str, column: str) -> int:
    """Return the place of a name on the last axis.

    Raises:
        UserError: no list of names has it, or two differ.
    """
    tiers, width = named_places(dataset), dataset.shape[-1]
    for tier in tiers:
        places = {place for names in tier for place, name in enumerate(names) if name == column}
        if len(places) == 1:
            return places.pop()
        if places:
            raise _fault(dataset, f"has several columns '{column}', {sorted(places)}; name one, such as '{path}:0'")
    known = [name for tier in tiers for names in tier for name in names]
    places_of = f"name columns by their places, '{path}:0' to '{path}:{width - 1}'"
    if not known:
        raise _fault(dataset, f"has no names for its {width} columns, neither an attribute nor a dataset; {places_of}")
    raise _fault(dataset, f"has no column '{column}'; {nearest(column, known)}; or {places_of}")


def _attributes(owner: h5py.Dataset | h5py.Group, width: int) -> Iterator[list[str]]:
    for key in _keys(owner.attrs):
        if not key.startswith("DIMENSION_"):
            try:
                names = _strings(owner.attrs[key])
            except DAMAGE:
                continue
            if len(names) == width:
                yield names


def _datasets_of_strings(group: h5py.Group, width: int) -> Iterator[list[str]]:
    for key in _keys(group):
        try:
            found = group[key]
            if isinstance(found, h5py.Dataset) and found.shape == (width,) and found.dtype.kind in "SO":
                names = _strings(found[:])
                if len(names) == width:
                    yield names
        except DAMAGE:
            continue


def _keys(held: Iterable[str]) -> list[str]:
    try:
        return list(held)
    except DAMAGE:
        return []


def _strings(values: Any) -> list[str]:
    """Return a list of strings as such; a single one is taken apart at commas or spaces."""
    if isinstance(values, bytes | str):
        return re.findall(r"[^\s,;\[\]\"']+", _text(values) or "")
    items: Sequence[Any] = np.ravel(values).tolist() if isinstance(values, np.ndarray) else []
    names = [_text(each) for each in items]
    return [name for name in names if name is not None] if None not in names else []


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    return value.strip("\0 ") if isinstance(value, str) else None


def _fault(dataset: h5py.Dataset, what: str) -> UserError:
    return UserError(f"{dataset.file.filename}: dataset '{dataset.name}' {what}")
