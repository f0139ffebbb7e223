"""Plain HDF5: a dataset a name, a row a jet.

The card's key `tree` is the group that holds the datasets, `/` for the file itself; names are paths from there. A
dataset (N,) is a number a jet. The key `link` of a sequence says how its values lie:

- `{mask: name}`: padded (N, T); the dataset (N, T) of that name is true where a constituent is;
- `{counts: name}`: padded (N, T); the dataset (N,) of that name says how many come first that are real;
- `{offsets: name}`: all jets' values one after the other; those of jet i start at offset i and end before offset i + 1,
  so the dataset of that name has N + 1 of them.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import awkward as ak
import h5py
import numpy as np

from tagwerk.cards.base import nearest
from tagwerk.cards.dataset import ROW, Dataset
from tagwerk.errors import UserError, naming
from tagwerk.readers.branches import branches
from tagwerk.readers.h5 import count_rows, datasets_in, find_dataset, find_group, lists, numbers, open_h5, take
from tagwerk.readers.links import Tally
from tagwerk.readers.missing import missing
from tagwerk.readers.steps import spans

# Gives a name's values from one row up to another.
Reader = Callable[[int, int], ak.Array]
# The kind and the name of the link by which each list is reached.
Links = dict[str, tuple[str, str]]


def read(file: Path, dataset: Dataset, tally: Tally, step: int) -> Iterator[ak.Array]:
    """Yield what the card names and `row`, a record array of at most `step` jets at a time; no link dangles.

    Raises:
        UserError: the file, a dataset or a link is missing or does not fit, the file is damaged, or has no jet.
    """
    with open_h5(file) as opened:
        with naming(file):
            links = _links(dataset)
        number = _number(opened, dataset, links)
        names = branches(dataset)
        group = find_group(opened, dataset.tree)
        missing(f"{file}: group '{dataset.tree}' has no dataset", names, datasets_in(group))
        readers = {name: _reader(opened, dataset.tree, name, links.get(name), number) for name in names}
        for start, stop in spans(number, step, sum(group[name].nbytes for name in names) / number):
            jets = {name: reader(start, stop) for name, reader in readers.items()}
            yield ak.zip(jets | {ROW: np.arange(start, stop)}, depth_limit=1)


def entries(file: Path, dataset: Dataset) -> int:
    """Return how many jets a file holds before any selection."""
    with open_h5(file) as opened:
        with naming(file):
            links = _links(dataset)
        return _number(opened, dataset, links)


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


def _number(opened: h5py.File, dataset: Dataset, links: Links) -> int:
    """Return the rows of the first number a jet; where there is none, those of a link."""
    for name in branches(dataset):
        if name not in links:
            return count_rows(find_dataset(opened, name, dataset.tree))
    kind, link = next(iter(links.values()))
    return count_rows(find_dataset(opened, link, dataset.tree)) - (kind == "offsets")


def _reader(opened: h5py.File, tree: str, name: str, link: tuple[str, str] | None, number: int) -> Reader:
    values = find_dataset(opened, name, tree)
    if link is None:
        _expect(values, number, values.shape[1:])
        return lambda start, stop: numbers(take(values, start, stop))
    kind, by = link
    return _KINDS[kind](values, find_dataset(opened, by, tree), number)


def _by_mask(values: h5py.Dataset, mask: h5py.Dataset, number: int) -> Reader:
    width = _width(values)
    _expect(values, number, (width,))
    _expect(mask, number, (width,))
    return lambda start, stop: lists(take(values, start, stop), take(mask, start, stop).astype(bool))


def _by_counts(values: h5py.Dataset, counts: h5py.Dataset, number: int) -> Reader:
    width = _width(values)
    _expect(values, number, (width,))
    _expect(counts, number, ())

    def reader(start: int, stop: int) -> ak.Array:
        real = take(counts, start, stop)
        if (real < 0).any() or (real > width).any():
            wrong = int(np.flatnonzero((real < 0) | (real > width))[0])
            raise _misfit(counts, f"holds {real[wrong]} in row {start + wrong}, but there is room for {width}")
        return lists(take(values, start, stop), np.arange(width) < real[:, None])

    return reader


def _by_offsets(values: h5py.Dataset, offsets: h5py.Dataset, number: int) -> Reader:
    if values.ndim != 1:
        raise _misfit(values, f"has the shape {values.shape}, but by offsets one value after the other is reached")
    _expect(offsets, number + 1, ())

    def reader(start: int, stop: int) -> ak.Array:
        edges = take(offsets, start, stop + 1).astype(np.int64)
        if (np.diff(edges) < 0).any() or edges[0] < 0 or edges[-1] > values.shape[0]:
            raise _misfit(
                offsets, f"falls or leaves the {values.shape[0]} values of '{values.name}' in rows {start} to {stop}"
            )
        return ak.unflatten(numbers(take(values, int(edges[0]), int(edges[-1]))), np.diff(edges))

    return reader


def _width(values: h5py.Dataset) -> int:
    if values.ndim != 2:
        raise _misfit(values, f"has the shape {values.shape}, not (jets, constituents)")
    return int(values.shape[1])


def _expect(values: h5py.Dataset, number: int, rest: tuple[int, ...]) -> None:
    if values.shape != (number, *rest):
        raise _misfit(values, f"has the shape {values.shape}, not {(number, *rest)}")


def _misfit(values: h5py.Dataset, what: str) -> UserError:
    return UserError(f"{values.file.filename}: dataset '{values.name}' {what}; correct the card or make the file anew")


_KINDS: dict[str, Callable[[h5py.Dataset, h5py.Dataset, int], Reader]] = {
    "mask": _by_mask,
    "counts": _by_counts,
    "offsets": _by_offsets,
}
