"""Tables that pandas writes by PyTables, with numbered columns such as E_0, PX_0."""

import re
from collections import Counter

import h5py

from tagwerk.drafts import names, roles
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.source import Source
from tagwerk.errors import UserError
from tagwerk.readers.layouts.pytables import column_places

_NUMBERED = re.compile(r"(.+)_(\d+)")


def candidates(source: Source) -> list[Draft]:
    """Return a draft for every table with numbered columns.

    Raises:
        UserError: pandas wrote it in a form that cannot be read row by row.
    """
    if not isinstance(source, h5py.File):
        return []
    groups: list[h5py.Group] = []
    source.visititems(lambda _, each: groups.append(each) if isinstance(each, h5py.Group) else None)
    for group in groups:
        if "axis0" in group and "table" not in group:
            raise UserError(
                f"{source.filename}: '{group.name[1:]}' is in pandas' 'fixed' format; write it with format='table'"
            )
    return [draft for each in groups if _is_table(each.get("table")) and (draft := _draft(each))]


def _is_table(found: h5py.Dataset | h5py.Group | None) -> bool:
    return isinstance(found, h5py.Dataset) and any(name.startswith("values_block_") for name in found.dtype.names or ())


def _others(prefix: str) -> bool:
    """Return whether numbered columns are of generated particles, or of an event's jets."""
    return names.generated(prefix) or names.of_jets(prefix)


def _draft(group: h5py.Group) -> Draft | None:
    columns = [name for name in column_places(group["table"]) if name != "index"]
    often = Counter(match[1] for name in columns if (match := _NUMBERED.fullmatch(name)))
    lists = [name for name, count in often.items() if f"{name}_{count - 1}" in columns and f"{name}_0" in columns]
    sequences = {prefix: form for prefix, form in names.momenta(lists).items() if not _others(prefix)}
    if not sequences:
        return None
    alone = [name for name in columns if not ((match := _NUMBERED.fullmatch(name)) and match[1] in lists)]
    prefix, momentum = next(iter(sequences.items()))
    jets = {each: form for each, form in names.momenta(alone).items() if not names.generated(each)}
    jet = next(iter(jets.values()), {})
    event = names.identity(alone)
    rest = {name: name for name in alone if name not in {*event, *jet.values()}}
    labels = names.labels(rest)
    extra = names.extras({name.removeprefix(prefix): name for name in lists if name.startswith(prefix)})
    tree = group.name[1:]
    draft = Draft(
        tree,
        f"a table of pandas, {group['table'].shape[0]:,} jets of up to {often[next(iter(momentum.values()))]} slots",
        {
            "layout": "pytables",
            "tree": tree,
            "event": event or names.of_rows(),
            **({"jet": jet} if jet else {}),
            "sequences": {"constituents": {**momentum, **({"extra": extra} if extra else {})}},
        },
        labels,
        names.scalars({name: name for name in rest if name not in labels}) if jet else {},
        weights=roles.weights(rest),
    )
    return draft if jet else draft.remark("sequences", "without the key 'jet' the jet is the sum of its constituents")
