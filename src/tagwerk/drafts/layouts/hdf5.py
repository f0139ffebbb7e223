"""Plain HDF5: a dataset a name, a row a jet; constituents padded with a mask or counts, or flat with offsets."""

import re
from typing import Any

import h5py
import numpy as np

from tagwerk.drafts import names
from tagwerk.drafts.draft import Draft
from tagwerk.drafts.source import Source

_MASKS = re.compile(r"mask|valid", re.IGNORECASE)
_COUNTS = re.compile(r"(^|_)n|num|count|length|mult", re.IGNORECASE)
Datasets = dict[str, h5py.Dataset]


def candidates(source: Source) -> list[Draft]:
    """Return a draft for every group with jets and constituents, or with constituents if none has both."""
    if not isinstance(source, h5py.File):
        return []
    groups: list[h5py.Group] = [source]
    source.visititems(lambda _, each: groups.append(each) if isinstance(each, h5py.Group) else None)
    found = {group.name: draft for group in groups if (draft := _draft(group))}
    whole = {name: draft for name, draft in found.items() if "jet" in draft.values} or found
    return [draft for name, draft in whole.items() if not any(_below(each, name) for each in whole)]


def _below(inner: str, outer: str) -> bool:
    return inner != outer and inner.startswith(f"{outer.rstrip('/')}/")


def _draft(group: h5py.Group) -> Draft | None:
    datasets = _datasets(group)
    sequences = _padded(datasets) or _flat(datasets)
    if not sequences:
        return None
    number = max(sequences, key=lambda rows: len(sequences[rows]))
    rows = [name for name, each in datasets.items() if each.shape == (number,)]
    used = {each for sequence in sequences[number].values() for each in sequence["link"].values()}
    jets = {prefix: form for prefix, form in names.momenta(rows).items() if not names.generated(prefix)}
    prefix, jet = next(iter(sorted(jets.items(), key=lambda each: "jet" not in each[0].lower())), ("", {}))
    event = names.identity(rows)
    rest = {name.removeprefix(prefix): name for name in rows if name not in {*jet.values(), *event, *used}}
    labels = names.labels(rest)
    scalars = {variable: name for variable, name in rest.items() if name not in labels}
    called = names.sequences(sequences[number], bool(jet))
    return _marked(
        Draft(
            group.name,
            f"plain HDF5, {number:,} jets",
            {
                "layout": "hdf5",
                "tree": group.name,
                "event": event or names.of_rows(),
                **({"jet": jet} if jet else {}),
                "sequences": {called[each]: sequence for each, sequence in sequences[number].items()},
            },
            labels,
            names.scalars(scalars) if jet else {},
        )
    )


def _marked(draft: Draft) -> Draft:
    """Return the draft with what is to be said of its links."""
    for name, sequence in draft.sequences.items():
        if sequence["link"].get("mask") in (sequence.get("energy"), sequence.get("pt")):
            draft = draft.check(f"sequences.{name}", "no mask or counts found: where the energy or pT is 0 is padding")
    if "jet" not in draft.values:
        draft = draft.remark("sequences", "without the key 'jet' the jet is the sum of its constituents")
    return draft


def _datasets(group: h5py.Group) -> Datasets:
    """Return the datasets of plain numbers below a group."""
    found: Datasets = {}

    def visit(name: str, each: Any) -> None:
        if isinstance(each, h5py.Dataset) and each.dtype.kind in "iufb" and each.shape:
            found[name] = each

    group.visititems(visit)
    return found


def _padded(datasets: Datasets) -> dict[int, dict[str, dict[str, Any]]]:
    """Return, by the number of jets, the sequences in padded datasets (N, T)."""
    lists = {name: each for name, each in datasets.items() if each.ndim == 2}
    found: dict[int, dict[str, dict[str, Any]]] = {}
    for prefix, form in names.momenta(lists).items():
        shape = lists[next(iter(form.values()))].shape
        if not names.generated(prefix) and all(lists[name].shape == shape for name in form.values()):
            beside = [name for name, each in lists.items() if each.shape == shape]
            sequence = {"link": _link(datasets, beside, shape, form), **form, **_extra(prefix, beside)}
            found.setdefault(shape[0], {})[prefix] = sequence
    return found


def _link(datasets: Datasets, beside: list[str], shape: tuple[int, ...], form: dict[str, str]) -> dict[str, str]:
    """Return what says which slots are real; where nothing does, what is zero in the others."""
    for name in beside:
        if datasets[name].dtype.kind == "b" or _MASKS.search(name):
            return {"mask": name}
    for name, each in datasets.items():
        if each.shape == shape[:1] and each.dtype.kind in "iu" and _COUNTS.search(name) and each[:].max() <= shape[1]:
            return {"counts": name}
    return {"mask": form.get("energy") or form["pt"]}


def _flat(datasets: Datasets) -> dict[int, dict[str, dict[str, Any]]]:
    """Return, by the number of jets, the sequences in flat datasets that offsets lead into."""
    flat = {name: each for name, each in datasets.items() if each.ndim == 1}
    found: dict[int, dict[str, dict[str, Any]]] = {}
    for name, offsets in flat.items():
        ends = _ends(offsets)
        lists = [each for each in flat if flat[each].shape == (ends,) and each != name]
        for prefix, form in names.momenta(lists).items() if ends else ():
            sequence = {"link": {"offsets": name}, **form, **_extra(prefix, lists)}
            found.setdefault(offsets.shape[0] - 1, {})[prefix] = sequence
    return found


def _ends(offsets: h5py.Dataset) -> int:
    """Return the last of offsets that begin at 0 and never fall; 0 if these are none."""
    if offsets.dtype.kind not in "iu" or offsets.shape[0] < 2 or offsets[0] != 0:
        return 0
    return int(offsets[-1]) if (np.diff(offsets[:].astype(np.int64)) >= 0).all() else 0


def _extra(prefix: str, beside: list[str]) -> dict[str, dict[str, str]]:
    extra = names.extras({name.removeprefix(prefix): name for name in beside if name.startswith(prefix)})
    return {"extra": extra} if extra else {}
