"""Tables that pandas writes with PyTables, with numbered columns such as E_0, PX_0."""

import re
from collections import Counter

import h5py

from tagwerk.drafts import names, roles
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.source import Source
from tagwerk.errors import UserError
from tagwerk.readers.layouts.pytables import column_locations

_NUMBERED = re.compile(r"(.+)_(\d+)")


def candidates(source: Source) -> list[Draft]:
    """Return a draft for every table with numbered columns.

    Raises:
        UserError: pandas wrote it in a format that cannot be read row by row.
    """
    if not isinstance(source, h5py.File):
        return []
    groups: list[h5py.Group] = []
    source.visititems(lambda _, item: groups.append(item) if isinstance(item, h5py.Group) else None)
    for group in groups:
        if "axis0" in group and "table" not in group:
            raise UserError(
                f"{source.filename}: '{group.name[1:]}' is in pandas' 'fixed' format; write it with format='table'"
            )
    return [draft for group in groups if _is_table(group.get("table")) and (draft := _draft(group))]


def _is_table(item: h5py.Dataset | h5py.Group | None) -> bool:
    return isinstance(item, h5py.Dataset) and any(name.startswith("values_block_") for name in item.dtype.names or ())


def _is_generated_or_jets(prefix: str) -> bool:
    """Return whether numbered columns are of generated particles, or of an event's jets."""
    return names.is_generated(prefix) or names.is_jet_collection(prefix)


def _draft(group: h5py.Group) -> Draft | None:
    columns = [name for name in column_locations(group["table"]) if name != "index"]
    lengths = Counter(match[1] for name in columns if (match := _NUMBERED.fullmatch(name)))
    lists = [name for name, count in lengths.items() if f"{name}_{count - 1}" in columns and f"{name}_0" in columns]
    momenta = names.four_momenta(lists)
    sequences = {prefix: form for prefix, form in momenta.items() if not _is_generated_or_jets(prefix)}
    if not sequences:
        return None
    per_jet = [name for name in columns if not ((match := _NUMBERED.fullmatch(name)) and match[1] in lists)]
    prefix, momentum = next(iter(sequences.items()))
    jet = next((form for each, form in names.four_momenta(per_jet).items() if not names.is_generated(each)), {})
    event = names.event_branches(per_jet)
    rest = {name: name for name in per_jet if name not in {*event, *jet.values()}}
    labels = names.labels(rest)
    extra = names.extras({name.removeprefix(prefix): name for name in lists if name.startswith(prefix)})
    tree = group.name[1:]
    draft = Draft(
        tree,
        f"pandas table, {group['table'].shape[0]:,} jets with {lengths[next(iter(momentum.values()))]} slots each",
        {
            "layout": "pytables",
            "tree": tree,
            "event": event or names.row_identity(),
            **({"jet": jet} if jet else {}),
            "sequences": {"constituents": {**momentum, **({"extra": extra} if extra else {})}},
        },
        labels,
        names.scalars({name: name for name in rest if name not in labels}) if jet else {},
        weights=roles.weights(rest),
    )
    if jet:
        return draft
    return draft.with_comment("sequences", "without the key 'jet' the jet is the sum of its constituents")
