"""Plain HDF5: datasets with one row per jet.

The card's key `tree` is the group that holds the datasets, `/` for the file itself; names are paths from there. Where
one dataset holds several variables, (N, F) of jets or (N, T, F) of constituents, `particles.pt` is its column (or, of
records, field) of that name and `particles:0` its first one; `tagwerk.readers.h5_columns` says where names are looked
for. What is (N,) is one number per jet. The key `link` of a sequence says how its values lie; it has such names too:

- `{mask: name}`: padded (N, T); the dataset (N, T) of that name is true where a constituent is;
- `{counts: name}`: padded (N, T); the dataset (N,) of that name says how many come first that are real;
- `{offsets: name}`: all jets' values one after the other; those of jet i start at offset i and end before offset i + 1,
  so the dataset of that name has N + 1 of them.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import awkward as ak
import h5py
import numpy as np

from tagwerk.arrays import Values
from tagwerk.cards.base import nearest
from tagwerk.cards.dataset import ROW, Dataset
from tagwerk.errors import UserError, naming
from tagwerk.readers.branches import branches
from tagwerk.readers.chunk_size import spans
from tagwerk.readers.h5 import lists, numbers, open_h5
from tagwerk.readers.h5_columns import Column, find_columns
from tagwerk.readers.links import Tally

# Gives a name's values from one row up to another.
Reader = Callable[[int, int], ak.Array]
# The kind and the name of the link by which each list is reached.
Links = dict[str, tuple[str, str]]


def read(file: Path, dataset: Dataset, tally: Tally, step: int) -> Iterator[ak.Array]:
    """Yield what the card names and `row`, a record array of at most `step` jets at a time; no link dangles.

    Raises:
        UserError: the file, a dataset or a link is missing or does not fit, or the file is damaged.
    """
    with open_h5(file) as opened:
        with naming(file):
            links = _links(dataset)
        columns = _columns(opened, dataset, links)
        number = _number(columns, dataset, links)
        readers = {name: _reader(columns, name, links.get(name), number) for name in branches(dataset)}
        size = sum({id(each.block): each.block.dataset.nbytes for each in columns.values()}.values())
        for start, stop in spans(number, step, size / max(number, 1)):
            jets = {name: reader(start, stop) for name, reader in readers.items()}
            _count_masked(columns, dataset, tally, start, stop)
            yield ak.zip(jets | {ROW: np.arange(start, stop)}, depth_limit=1)


def entries(file: Path, dataset: Dataset) -> int:
    """Return how many jets a file holds before any selection."""
    with open_h5(file) as opened:
        with naming(file):
            links = _links(dataset)
        return _number(_columns(opened, dataset, links), dataset, links)


def _links(dataset: Dataset) -> Links:
    """Return the kind and the name of the link that each list is reached by.

    Raises:
        UserError: a sequence has no link, several, or one of an unknown kind.
    """
    links: Links = {}
    for key, sequence in dataset.sequences.items():
        if len(sequence.link) != 1 or (kind := next(iter(sequence.link))) not in _KINDS:
            said = nearest(next(iter(sequence.link), ""), list(_KINDS))
            raise UserError(
                f"key 'sequences.{key}.link': is one of {{mask: name}}, {{counts: name}}, {{offsets: name}},"
                f" not {sequence.link}; {said}"
            )
        link = kind, sequence.link[kind]
        for name in sequence.branches().values():
            if links.setdefault(name, link) != link:
                raise UserError(
                    f"key 'sequences.{key}': '{name}' is reached by {links[name][1]} already; give one link"
                )
    return links


def _columns(opened: h5py.File, dataset: Dataset, links: Links) -> dict[str, Column]:
    """Return all columns that the card names, those of links included."""
    names = [*branches(dataset), *(name for _, name in links.values())]
    return find_columns(opened, dataset.tree, dict.fromkeys(names))


def _number(columns: dict[str, Column], dataset: Dataset, links: Links) -> int:
    """Return how many rows most columns have.

    Raises:
        UserError: a column holds a single value.
    """
    rows: Counter[int] = Counter()
    for name in branches(dataset):
        kind, link = links.get(name, ("", name))
        column = columns[link if kind == "offsets" else name]
        if not column.shape:
            raise _misfit(column, "holds a single value, not rows")
        rows[max(column.shape[0] - (kind == "offsets"), 0)] += 1
    return rows.most_common(1)[0][0]


def _reader(columns: dict[str, Column], name: str, link: tuple[str, str] | None, number: int) -> Reader:
    values = columns[name]
    if link is None:
        _expect(values, number, ())
        return lambda start, stop: numbers(values.take(start, stop))
    kind, by = link
    return _KINDS[kind](values, columns[by], number)


def _count_masked(columns: dict[str, Column], dataset: Dataset, tally: Tally, start: int, stop: int) -> None:
    """Count what masks and counts leave out."""
    for key, sequence in dataset.sequences.items():
        ((kind, by),) = sequence.link.items()
        name = sequence.pt or sequence.energy
        if kind != "offsets" and name is not None:
            values, real = columns[name].take(start, stop), columns[by].take(start, stop)
            kept = real.astype(bool) if kind == "mask" else np.arange(values.shape[1]) < real[:, None]
            tally.count_masked(key, values[~kept])


def _by_mask(values: Column, mask: Column, number: int) -> Reader:
    width = _width(values)
    _expect(values, number, (width,))
    _expect(mask, number, (width,))
    return lambda start, stop: lists(values.take(start, stop), mask.take(start, stop).astype(bool))


def _by_counts(values: Column, counts: Column, number: int) -> Reader:
    width = _width(values)
    _expect(values, number, (width,))
    _expect(counts, number, ())

    def reader(start: int, stop: int) -> ak.Array:
        real = _whole(counts, start, stop)
        if (real < 0).any() or (real > width).any():
            wrong = int(np.flatnonzero((real < 0) | (real > width))[0])
            raise _misfit(counts, f"holds {real[wrong]} in row {start + wrong}, but there is room for {width}")
        return lists(values.take(start, stop), np.arange(width) < real[:, None])

    return reader


def _by_offsets(values: Column, offsets: Column, number: int) -> Reader:
    if len(values.shape) != 1:
        raise _misfit(values, f"has the shape {values.shape}, but by offsets one value after the other is reached")
    if number or offsets.shape != (0,):
        _expect(offsets, number + 1, ())

    def reader(start: int, stop: int) -> ak.Array:
        edges = _whole(offsets, start, stop + 1) if number else np.zeros(1, np.int64)
        if (np.diff(edges) < 0).any() or edges[0] < 0 or edges[-1] > values.shape[0]:
            raise _misfit(
                offsets, f"falls or leaves the {values.shape[0]} values of '{values.name}' in rows {start} to {stop}"
            )
        return ak.unflatten(numbers(values.take(int(edges[0]), int(edges[-1]))), np.diff(edges))

    return reader


def _whole(column: Column, start: int, stop: int) -> Values:
    """Return rows of whole numbers."""
    values = column.take(start, stop)
    if values.dtype.kind == "f" and not (values == np.trunc(values)).all():
        wrong = int(np.flatnonzero(values != np.trunc(values))[0])
        raise _misfit(column, f"holds {values[wrong]} in row {start + wrong}, not a whole number")
    return values.astype(np.int64)


def _width(values: Column) -> int:
    if len(values.shape) != 2:
        raise _misfit(values, f"has the shape {values.shape}, not (jets, constituents){_hint(values, 2)}")
    return values.shape[1]


def _expect(values: Column, number: int, rest: tuple[int, ...]) -> None:
    if values.shape != (number, *rest):
        hint = _hint(values, len(rest) + 1)
        raise _misfit(values, f"has the shape {values.shape}, not {(number, *rest)}{hint}")


def _hint(values: Column, axes: int) -> str:
    """Return how to name a column of what has an axis too many."""
    return (
        f"; name a column of it, such as '{values.name}:0'"
        if values.at is None and len(values.shape) == axes + 1
        else ""
    )


def _misfit(values: Column, what: str) -> UserError:
    return UserError(f"{values.file}: dataset '{values.name}' {what}; correct the card or make the file anew")


_KINDS: dict[str, Callable[[Column, Column, int], Reader]] = {
    "mask": _by_mask,
    "counts": _by_counts,
    "offsets": _by_offsets,
}
