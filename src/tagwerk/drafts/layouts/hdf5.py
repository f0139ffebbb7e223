"""Plain HDF5: datasets with one row per jet; constituents padded with a mask or counts, or flat with offsets."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np

from tagwerk.arrays import Values
from tagwerk.drafts import names, roles
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.slots import link_of, occupied
from tagwerk.drafts.source import Source
from tagwerk.readers.h5_columns import named_places
from tagwerk.readers.h5_links import DAMAGE, walk

_MASKS = re.compile(r"mask|valid", re.IGNORECASE)
_ROWS = 5000  # jets whose masks and counts are compared with the values
_COUNTS = re.compile(r"(^|_)n|num|count|length|mult", re.IGNORECASE)


@dataclass(frozen=True)
class Hdf5Column:
    """A dataset, or a column of an array of jets (N, F) or constituents (N, T, F).

    Attributes:
        dataset: where it is.
        place: on the last axis; None for the dataset itself.
        variable: what it is called there.
    """

    dataset: h5py.Dataset
    place: int | None
    variable: str

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of its values."""
        shape = tuple(self.dataset.shape)
        return shape if self.place is None else shape[:-1]

    def first(self) -> Values:
        """Return those of the first rows."""
        return np.asarray(self.dataset[:_ROWS] if self.place is None else self.dataset[:_ROWS, ..., self.place])

    def values(self) -> Values:
        """Return all of them."""
        return np.asarray(self.dataset[:] if self.place is None else self.dataset[..., self.place])


Columns = dict[str, Hdf5Column]


def candidates(source: Source) -> list[Draft]:
    """Return a draft for every group with jets and constituents, or with constituents if none has both."""
    if not isinstance(source, h5py.File):
        return []
    groups = {"/": source, **{f"/{name}": each for name, each in walk(source) if isinstance(each, h5py.Group)}}
    found = {name: draft for name, each in groups.items() if (draft := _draft(name, each))}
    whole = {name: draft for name, draft in found.items() if "jet" in draft.values} or found
    return [draft for name, draft in whole.items() if not any(_below(each, name) for each in whole)]


def _below(inner: str, outer: str) -> bool:
    return inner != outer and inner.startswith(f"{outer.rstrip('/')}/")


def _draft(tree: str, group: h5py.Group) -> Draft | None:
    datasets = _columns(group)
    sequences, doubts = _padded(tree, datasets)
    sequences = sequences or _flat(datasets)
    if not sequences:
        return None
    number = max(sequences, key=lambda rows: len(sequences[rows]))
    rows = [name for name, each in datasets.items() if each.shape == (number,)]
    used = {each for sequence in sequences[number].values() for each in sequence["link"].values()}
    jets = {prefix: form for prefix, form in names.momenta(rows).items() if not names.generated(prefix)}
    prefix, jet = next(iter(sorted(jets.items(), key=lambda each: "jet" not in each[0].lower())), ("", {}))
    event = names.identity(rows)
    taken = {*jet.values(), *event, *used}
    rest = {_variable(datasets, name, prefix): name for name in rows if name not in taken}
    labels = names.labels(rest)
    called = names.sequences(sequences[number], bool(jet))
    draft = Draft(
        tree,
        f"plain HDF5, {number:,} jets",
        {
            "layout": "hdf5",
            "tree": tree,
            "event": event or names.of_rows(),
            **({"jet": jet} if jet else {}),
            "sequences": {called[each]: sequence for each, sequence in sequences[number].items()},
        },
        labels,
        names.scalars({variable: name for variable, name in rest.items() if name not in labels}) if jet else {},
        weights=roles.weights(rest),
    )
    for prefix, doubt in doubts.items():
        draft = draft.check(f"sequences.{called[prefix]}", doubt) if prefix in called else draft
    if "jet" not in draft.values:
        return draft.remark("sequences", "without the key 'jet' the jet is the sum of its constituents")
    return draft


def _columns(group: h5py.Group) -> Columns:
    """Return the datasets of plain numbers below a group, and instead of arrays with named columns these."""
    found: Columns = {}
    for name, each in walk(group):
        if isinstance(each, h5py.Dataset) and _is_plain(each):
            places = _places(each) if len(each.shape) in (2, 3) else []
            whole = {name: Hdf5Column(each, None, name)}
            found |= {f"{name}.{own}": Hdf5Column(each, place, own) for place, own in enumerate(places)} or whole
    return found


def _is_plain(dataset: h5py.Dataset) -> bool:
    try:
        return dataset.dtype.kind in "iufb" and bool(dataset.size)
    except DAMAGE:
        return False


def _places(dataset: h5py.Dataset) -> list[str]:
    """Return the names of an array's columns, if there are some and they hold a four-momentum."""
    lists: Iterator[list[str]] = (own for tier in named_places(dataset) for own in tier)
    return next((own for own in lists if len({*own}) == len(own) and names.momenta(own)), [])


def _variable(columns: Columns, name: str, prefix: str) -> str:
    """Return what a column is called without its array's name, or without what momenta are called by."""
    return name.removeprefix(prefix) if name.startswith(prefix) else columns[name].variable


def _padded(tree: str, datasets: Columns) -> tuple[dict[int, dict[str, dict[str, Any]]], dict[str, str]]:
    """Return, by the number of jets, the sequences in padded datasets (N, T); and what is to be looked at of some."""
    lists = {name: each for name, each in datasets.items() if len(each.shape) == 2}
    found: dict[int, dict[str, dict[str, Any]]] = {}
    doubts: dict[str, str] = {}
    for prefix, form in names.momenta(lists).items():
        shape = lists[next(iter(form.values()))].shape
        if (
            not names.generated(prefix)
            and not names.of_jets(prefix or tree)
            and all(lists[name].shape == shape for name in form.values())
        ):
            beside = [name for name, each in lists.items() if each.shape == shape]
            link, doubt = _link(datasets, beside, shape, form)
            found.setdefault(shape[0], {})[prefix] = {"link": link, **form, **_extra(prefix, beside)}
            doubts |= {prefix: doubt} if doubt else {}
    return found, doubts


def _link(
    datasets: Columns, beside: list[str], shape: tuple[int, ...], form: dict[str, str]
) -> tuple[dict[str, str], str | None]:
    """Return what says which slots are real, or else what is zero in the others; and what is to be looked at."""
    filled = occupied({name: datasets[each].first() for name, each in form.items()})
    masks = [each for each in beside if datasets[each].dataset.dtype.kind == "b" or _MASKS.search(each)]
    numbers = [name for name, each in datasets.items() if each.shape == shape[:1] and each.dataset.dtype.kind in "iu"]
    named = sorted(numbers, key=lambda each: _COUNTS.search(each) is None)
    return link_of(
        {each: datasets[each].first() for each in masks},
        {each: datasets[each].first() for each in named},
        filled,
        form.get("energy") or form["pt"],
    )


def _flat(datasets: Columns) -> dict[int, dict[str, dict[str, Any]]]:
    """Return, by the number of jets, the sequences in flat datasets that offsets lead into."""
    flat = {name: each for name, each in datasets.items() if len(each.shape) == 1}
    found: dict[int, dict[str, dict[str, Any]]] = {}
    for name, offsets in flat.items():
        ends = _ends(offsets)
        lists = [each for each in flat if flat[each].shape == (ends,) and each != name]
        for prefix, form in names.momenta(lists).items() if ends else ():
            sequence = {"link": {"offsets": name}, **form, **_extra(prefix, lists)}
            found.setdefault(offsets.shape[0] - 1, {})[prefix] = sequence
    return found


def _ends(offsets: Hdf5Column) -> int:
    """Return the last of offsets that begin at 0 and never fall; 0 if these are none."""
    if offsets.place is not None or offsets.dataset.dtype.kind not in "iu" or offsets.shape[0] < 2:
        return 0
    values = offsets.values().astype(np.int64)
    return int(values[-1]) if values[0] == 0 and (np.diff(values) >= 0).all() else 0


def _extra(prefix: str, beside: list[str]) -> dict[str, dict[str, str]]:
    extra = names.extras({name.removeprefix(prefix): name for name in beside if name.startswith(prefix)})
    return {"extra": extra} if extra else {}
