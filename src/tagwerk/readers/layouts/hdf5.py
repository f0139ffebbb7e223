"""Plain HDF5: datasets with one row per jet.

The card's key `tree` is the group that holds the datasets, `/` for the file itself; names are paths from there. Where
one dataset holds several variables, (N, F) of jets or (N, T, F) of constituents, `particles.pt` is its column (or, of
records, field) of that name and `particles:0` its first one; `tagwerk.readers.h5_columns` says where names are looked
up. An array (N,) is one number per jet. The key `link` of a sequence gives the form of its values, by such a name:

- `{mask: name}`: padded (N, T); the mask (N, T) of that name is true for real constituents;
- `{counts: name}`: padded (N, T), real constituents first; the array (N,) of that name is their number;
- `{offsets: name}`: flat (M,); the values of jet i start at offset i and end before offset i + 1, so the array of that
  name is (N + 1,).
"""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import awkward as ak
import h5py
import numpy as np

from tagwerk.arrays import Values
from tagwerk.cards.base import suggestion
from tagwerk.cards.dataset import ROW, Dataset
from tagwerk.errors import UserError, error_context
from tagwerk.readers.branches import branches
from tagwerk.readers.chunk_size import row_ranges
from tagwerk.readers.h5 import open_h5, to_awkward, unpad
from tagwerk.readers.h5_columns import Column, find_columns
from tagwerk.readers.links import Tally

# Returns a name's values in the rows from start up to stop.
Reader = Callable[[int, int], ak.Array]
# Kind and name of the link of each list.
Links = dict[str, tuple[str, str]]


def read(file: Path, dataset: Dataset, tally: Tally, step: int) -> Iterator[ak.Array]:
    """Yield what the card names and `row`, as record arrays of at most `step` jets; no link dangles.

    Raises:
        UserError: the file, a dataset or a link is missing or does not fit, or the file is damaged.
    """
    with open_h5(file) as opened:
        with error_context(file):
            links = _links(dataset)
        columns = _columns(opened, dataset, links)
        rows = _num_jets(columns, dataset, links)
        readers = {name: _reader(columns, name, links.get(name), rows) for name in branches(dataset)}
        size = sum({id(column.block): column.block.dataset.nbytes for column in columns.values()}.values())
        for start, stop in row_ranges(rows, step, size / max(rows, 1)):
            jets = {name: reader(start, stop) for name, reader in readers.items()}
            _count_masked(columns, dataset, tally, start, stop)
            yield ak.zip(jets | {ROW: np.arange(start, stop)}, depth_limit=1)


def entries(file: Path, dataset: Dataset) -> int:
    """Return the number of jets in a file, before any selection."""
    with open_h5(file) as opened:
        with error_context(file):
            links = _links(dataset)
        return _num_jets(_columns(opened, dataset, links), dataset, links)


def _links(dataset: Dataset) -> Links:
    """Return kind and name of the link of each list.

    Raises:
        UserError: a sequence has no link, several, or one of an unknown kind.
    """
    links: Links = {}
    for key, sequence in dataset.sequences.items():
        if len(sequence.link) != 1 or (kind := next(iter(sequence.link))) not in _KINDS:
            hint = suggestion(next(iter(sequence.link), ""), list(_KINDS))
            raise UserError(
                f"key 'sequences.{key}.link': must be one of {{mask: name}}, {{counts: name}}, {{offsets: name}},"
                f" not {sequence.link}; {hint}"
            )
        link = kind, sequence.link[kind]
        for name in sequence.branches().values():
            if links.setdefault(name, link) != link:
                raise UserError(f"key 'sequences.{key}': '{name}' already has the link '{links[name][1]}'; give one")
    return links


def _columns(opened: h5py.File, dataset: Dataset, links: Links) -> dict[str, Column]:
    """Return all columns that the card names, including those of links."""
    names = [*branches(dataset), *(name for _, name in links.values())]
    return find_columns(opened, dataset.tree, dict.fromkeys(names))


def _num_jets(columns: dict[str, Column], dataset: Dataset, links: Links) -> int:
    """Return the number of rows that most columns have.

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


def _reader(columns: dict[str, Column], name: str, link: tuple[str, str] | None, rows: int) -> Reader:
    values = columns[name]
    if link is None:
        _check_shape(values, rows, ())
        return lambda start, stop: to_awkward(values.read(start, stop))
    kind, link_name = link
    return _KINDS[kind](values, columns[link_name], rows)


def _count_masked(columns: dict[str, Column], dataset: Dataset, tally: Tally, start: int, stop: int) -> None:
    """Count the slots that masks and counts leave out."""
    for key, sequence in dataset.sequences.items():
        ((kind, link_name),) = sequence.link.items()
        name = sequence.pt or sequence.energy
        if kind != "offsets" and name is not None:
            values, link = columns[name].read(start, stop), columns[link_name].read(start, stop)
            real = link.astype(bool) if kind == "mask" else np.arange(values.shape[1]) < link[:, None]
            tally.count_masked(key, values[~real])


def _by_mask(values: Column, mask: Column, rows: int) -> Reader:
    width = _width(values)
    _check_shape(values, rows, (width,))
    _check_shape(mask, rows, (width,))
    return lambda start, stop: unpad(values.read(start, stop), mask.read(start, stop).astype(bool))


def _by_counts(values: Column, counts: Column, rows: int) -> Reader:
    width = _width(values)
    _check_shape(values, rows, (width,))
    _check_shape(counts, rows, ())

    def reader(start: int, stop: int) -> ak.Array:
        lengths = _integers(counts, start, stop)
        if (lengths < 0).any() or (lengths > width).any():
            wrong = int(np.flatnonzero((lengths < 0) | (lengths > width))[0])
            raise _misfit(counts, f"holds {lengths[wrong]} in row {start + wrong}, but there are {width} slots")
        return unpad(values.read(start, stop), np.arange(width) < lengths[:, None])

    return reader


def _by_offsets(values: Column, offsets: Column, rows: int) -> Reader:
    if len(values.shape) != 1:
        raise _misfit(values, f"has the shape {values.shape}, but offsets need flat values")
    if rows or offsets.shape != (0,):
        _check_shape(offsets, rows + 1, ())

    def reader(start: int, stop: int) -> ak.Array:
        edges = _integers(offsets, start, stop + 1) if rows else np.zeros(1, np.int64)
        if (np.diff(edges) < 0).any() or edges[0] < 0 or edges[-1] > values.shape[0]:
            raise _misfit(
                offsets,
                f"decreases or is outside the {values.shape[0]} values of '{values.name}' in rows {start} to {stop}",
            )
        return ak.unflatten(to_awkward(values.read(int(edges[0]), int(edges[-1]))), np.diff(edges))

    return reader


def _integers(column: Column, start: int, stop: int) -> Values:
    """Return rows of whole numbers as int64."""
    values = column.read(start, stop)
    if values.dtype.kind == "f" and not (values == np.trunc(values)).all():
        wrong = int(np.flatnonzero(values != np.trunc(values))[0])
        raise _misfit(column, f"holds {values[wrong]} in row {start + wrong}, not a whole number")
    return values.astype(np.int64)


def _width(values: Column) -> int:
    if len(values.shape) != 2:
        raise _misfit(values, f"has the shape {values.shape}, not (jets, constituents){_hint(values, 2)}")
    return values.shape[1]


def _check_shape(values: Column, rows: int, rest: tuple[int, ...]) -> None:
    if values.shape != (rows, *rest):
        hint = _hint(values, len(rest) + 1)
        raise _misfit(values, f"has the shape {values.shape}, not {(rows, *rest)}{hint}")


def _hint(values: Column, axes: int) -> str:
    """Return how to name a column of a dataset with one axis too many."""
    return (
        f"; name a column of it, such as '{values.name}:0'"
        if values.key is None and len(values.shape) == axes + 1
        else ""
    )


def _misfit(values: Column, what: str) -> UserError:
    return UserError(f"{values.file}: dataset '{values.name}' {what}; correct the card or recreate the file")


_KINDS: dict[str, Callable[[Column, Column, int], Reader]] = {
    "mask": _by_mask,
    "counts": _by_counts,
    "offsets": _by_offsets,
}
