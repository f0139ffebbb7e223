"""Plain HDF5: datasets with one row per jet; constituents padded, with a mask or counts, or flat with offsets."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np

from tagwerk.arrays import Values
from tagwerk.drafts import names, roles
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.slots import choose_link, occupied
from tagwerk.drafts.source import Source
from tagwerk.readers.h5_columns import column_name_lists
from tagwerk.readers.h5_links import DAMAGE, walk

_MASKS = re.compile(r"mask|valid", re.IGNORECASE)
_ROWS = 5000  # jets whose masks and counts are compared with the values
_COUNTS = re.compile(r"(^|_)n|num|count|length|mult", re.IGNORECASE)


@dataclass(frozen=True)
class Hdf5Column:
    """A dataset, or a column of an array of jets (N, F) or constituents (N, T, F).

    Attributes:
        dataset: the HDF5 dataset.
        index: on the last axis; None for the dataset itself.
        variable: its name there.
    """

    dataset: h5py.Dataset
    index: int | None
    variable: str

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of its values."""
        shape = tuple(self.dataset.shape)
        return shape if self.index is None else shape[:-1]

    def first(self) -> Values:
        """Return the values of the first rows."""
        return np.asarray(self.dataset[:_ROWS] if self.index is None else self.dataset[:_ROWS, ..., self.index])

    def values(self) -> Values:
        """Return all values."""
        return np.asarray(self.dataset[:] if self.index is None else self.dataset[..., self.index])


Columns = dict[str, Hdf5Column]
_Sequences = dict[str, dict[str, Any]]  # by the prefix of their branches


def candidates(source: Source) -> list[Draft]:
    """Return a draft for every group with jets and constituents, or with constituents only if none has both."""
    if not isinstance(source, h5py.File):
        return []
    groups = {"/": source, **{f"/{name}": item for name, item in walk(source) if isinstance(item, h5py.Group)}}
    drafts = {name: draft for name, group in groups.items() if (draft := _draft(name, group))}
    drafts = {name: draft for name, draft in drafts.items() if "jet" in draft.values} or drafts
    return [draft for name, draft in drafts.items() if not any(_is_below(other, name) for other in drafts)]


def _is_below(inner: str, outer: str) -> bool:
    return inner != outer and inner.startswith(f"{outer.rstrip('/')}/")


def _draft(tree: str, group: h5py.Group) -> Draft | None:
    columns = _columns(group)
    by_jets, doubts = _padded(tree, columns)
    by_jets = by_jets or _flat(columns)
    if not by_jets:
        return None
    jets = max(by_jets, key=lambda number: len(by_jets[number]))
    sequences = by_jets[jets]
    per_jet = [name for name, column in columns.items() if column.shape == (jets,)]
    momenta = {prefix: form for prefix, form in names.four_momenta(per_jet).items() if not names.is_generated(prefix)}
    prefix, jet = next(iter(sorted(momenta.items(), key=lambda item: "jet" not in item[0].lower())), ("", {}))
    event = names.event_branches(per_jet)
    used = {*jet.values(), *event, *(name for sequence in sequences.values() for name in sequence["link"].values())}
    rest = {_variable(columns, name, prefix): name for name in per_jet if name not in used}
    labels = names.labels(rest)
    sequence_names = names.sequence_names(sequences, bool(jet))
    draft = Draft(
        tree,
        f"plain HDF5, {jets:,} jets",
        {
            "layout": "hdf5",
            "tree": tree,
            "event": event or names.row_identity(),
            **({"jet": jet} if jet else {}),
            "sequences": {sequence_names[prefix]: sequence for prefix, sequence in sequences.items()},
        },
        labels,
        names.scalars({variable: name for variable, name in rest.items() if name not in labels}) if jet else {},
        weights=roles.weights(rest),
    )
    for prefix, doubt in doubts.items():
        if prefix in sequence_names:
            draft = draft.with_check(f"sequences.{sequence_names[prefix]}", doubt)
    if "jet" not in draft.values:
        return draft.with_comment("sequences", "without the key 'jet' the jet is the sum of its constituents")
    return draft


def _columns(group: h5py.Group) -> Columns:
    """Return the numeric datasets below a group; an array with named columns is replaced by its columns."""
    columns: Columns = {}
    for name, item in walk(group):
        if isinstance(item, h5py.Dataset) and _is_numeric(item):
            variables = _column_names(item) if len(item.shape) in (2, 3) else []
            named = {
                f"{name}.{variable}": Hdf5Column(item, index, variable) for index, variable in enumerate(variables)
            }
            columns |= named or {name: Hdf5Column(item, None, name)}
    return columns


def _is_numeric(dataset: h5py.Dataset) -> bool:
    try:
        return dataset.dtype.kind in "iufb" and bool(dataset.size)
    except DAMAGE:
        return False


def _column_names(dataset: h5py.Dataset) -> list[str]:
    """Return the names of an array's columns, if they are given and contain a four-momentum."""
    lists: Iterator[list[str]] = (variables for tier in column_name_lists(dataset) for variables in tier)
    return next((each for each in lists if len({*each}) == len(each) and names.four_momenta(each)), [])


def _variable(columns: Columns, name: str, prefix: str) -> str:
    """Return a column's name without that of its array, or without the prefix of the four-momentum."""
    return name.removeprefix(prefix) if name.startswith(prefix) else columns[name].variable


def _padded(tree: str, columns: Columns) -> tuple[dict[int, _Sequences], dict[str, str]]:
    """Return, by the number of jets, the sequences in padded datasets (N, T); and by prefix, what to check."""
    lists = {name: column for name, column in columns.items() if len(column.shape) == 2}
    by_jets: dict[int, _Sequences] = {}
    doubts: dict[str, str] = {}
    for prefix, form in names.four_momenta(lists).items():
        shape = lists[next(iter(form.values()))].shape
        if (
            not names.is_generated(prefix)
            and not names.is_jet_collection(prefix or tree)
            and all(lists[name].shape == shape for name in form.values())
        ):
            same_shape = [name for name, column in lists.items() if column.shape == shape]
            link, doubt = _link(columns, same_shape, shape, form)
            by_jets.setdefault(shape[0], {})[prefix] = {"link": link, **form, **_extra(prefix, same_shape)}
            doubts |= {prefix: doubt} if doubt else {}
    return by_jets, doubts


def _link(
    columns: Columns, same_shape: list[str], shape: tuple[int, ...], form: dict[str, str]
) -> tuple[dict[str, str], str | None]:
    """Return the mask or counts of the real slots, else a branch that is zero in the others; and what to check."""
    filled = occupied({component: columns[name].first() for component, name in form.items()})
    masks = [name for name in same_shape if columns[name].dataset.dtype.kind == "b" or _MASKS.search(name)]
    counts = [
        name for name, column in columns.items() if column.shape == shape[:1] and column.dataset.dtype.kind in "iu"
    ]
    counts = sorted(counts, key=lambda name: _COUNTS.search(name) is None)
    return choose_link(
        {name: columns[name].first() for name in masks},
        {name: columns[name].first() for name in counts},
        filled,
        form.get("energy") or form["pt"],
    )


def _flat(columns: Columns) -> dict[int, _Sequences]:
    """Return, by the number of jets, the sequences in flat datasets that are split by offsets."""
    flat = {name: column for name, column in columns.items() if len(column.shape) == 1}
    by_jets: dict[int, _Sequences] = {}
    for name, offsets in flat.items():
        length = _total_length(offsets)
        lists = [other for other in flat if flat[other].shape == (length,) and other != name]
        for prefix, form in names.four_momenta(lists).items() if length else ():
            sequence = {"link": {"offsets": name}, **form, **_extra(prefix, lists)}
            by_jets.setdefault(offsets.shape[0] - 1, {})[prefix] = sequence
    return by_jets


def _total_length(offsets: Hdf5Column) -> int:
    """Return the last of offsets that begin at 0 and never decrease; 0 for any other column."""
    if offsets.index is not None or offsets.dataset.dtype.kind not in "iu" or offsets.shape[0] < 2:
        return 0
    values = offsets.values().astype(np.int64)
    return int(values[-1]) if values[0] == 0 and (np.diff(values) >= 0).all() else 0


def _extra(prefix: str, branches: list[str]) -> dict[str, dict[str, str]]:
    extra = names.extras({name.removeprefix(prefix): name for name in branches if name.startswith(prefix)})
    return {"extra": extra} if extra else {}
