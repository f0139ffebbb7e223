"""ATLAS flavour-tagging HDF5: a structured dataset of jets and padded ones of tracks."""

from typing import Any

import h5py
import numpy as np

from tagwerk.drafts import names, roles
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.slots import mask_agreement
from tagwerk.drafts.source import Source
from tagwerk.drafts.words import card_name, snake_case

_MASK = "valid"
_ROWS = 5000  # jets whose masks are compared with the values
_PADDING = 999.0
_COMPONENTS: tuple[str, ...] = ("pt", "eta", "phi", "mass", "energy")


def candidates(source: Source) -> list[Draft]:
    """Return a draft for every structured dataset of jets with one of tracks next to it."""
    if not isinstance(source, h5py.File):
        return []
    tables = {
        name: item for name, item in source.items() if isinstance(item, h5py.Dataset) and item.dtype.names is not None
    }
    return [draft for name, table in tables.items() if table.ndim == 1 and (draft := _draft(name, table, tables))]


def _draft(name: str, jets: h5py.Dataset, tables: dict[str, h5py.Dataset]) -> Draft | None:
    fields = _numeric_fields(jets)
    jet = _jet(name, fields)
    sequences = {
        path: sequence
        for path, table in tables.items()
        if table.ndim == 2 and table.shape[0] == jets.shape[0] and (sequence := _sequence(path, table, fields))
    }
    if not jet or not sequences:
        return None
    sequences = {path: each for path, each in sequences.items() if not names.is_generated(path)} or sequences
    event = names.event_branches(fields)
    labels = names.labels({field: field for field in fields})
    used = {*labels, *event, *map(_field_name, jet.values())}
    rest = {field: f"{name}/{field}" for field in fields if field not in used}
    draft = Draft(
        name,
        f"ATLAS flavour tagging, {jets.shape[0]:,} jets",
        {
            "layout": "ftag",
            "tree": name,
            "event": [f"{name}/{field}" for field in event] or names.row_identity(),
            "jet": jet,
            "sequences": {card_name(snake_case(path)): sequence for path, sequence in sequences.items()},
        },
        labels,
        names.scalars(rest),
        _meanings(jets, labels),
        roles.weights({field: field for field in fields}),
    )
    for path, sequence in sequences.items():
        if doubt := _doubt(tables[path], sequence):
            draft = draft.with_check(f"sequences.{card_name(snake_case(path))}", doubt)
    if "phi" in fields:
        return draft
    return draft.with_comment("jet", "the file has no φ of the jets: the reader sets it to 0")


def _jet(name: str, fields: list[str]) -> dict[str, str]:
    """Return the jets' four-momentum; if φ is missing, the reader provides it."""
    components = {field: field for field in _COMPONENTS if field in fields} | {"phi": "phi"}
    for component in ("pt", "eta"):
        if component not in components and f"{component}_btagJes" in fields:
            components[component] = f"{component}_btagJes"
    return {component: f"{name}/{field}" for component, field in names.momentum_form(components).items()}


def _sequence(path: str, tracks: h5py.Dataset, jet: list[str]) -> dict[str, Any]:
    """Return the sequence of a dataset's tracks; the reader derives components that their four-momentum lacks."""
    fields = _numeric_fields(tracks)
    mask = next((name for name in (_MASK, "mask") if name in (tracks.dtype.names or ())), None)
    components = {name for name in _COMPONENTS if name in fields}
    components |= {name for name, source in {"eta": "deta", "phi": "dphi", "pt": "qOverP"}.items() if source in fields}
    components |= set() if "energy" in components else {"mass"}
    momentum = names.momentum_form({component: f"{path}/{component}" for component in components})
    if mask is None or not momentum or ("eta" not in fields and "eta" not in jet):
        return {}
    extra = names.extras({field: f"{path}/{field}" for field in fields})
    momentum_field = _nonzero_field(tracks)
    if momentum_field is not None:
        filled = _filled(tracks[:_ROWS][momentum_field])
        mask = momentum_field if mask_agreement(tracks[:_ROWS][mask], filled).inverted else mask
    return {"link": {"mask": f"{path}/{mask}"}, **momentum, **({"extra": extra} if extra else {})}


def _nonzero_field(tracks: h5py.Dataset) -> str | None:
    """Return a field that is never zero for a real track."""
    return next((name for name in ("pt", "qOverP", "energy") if name in (tracks.dtype.names or ())), None)


def _filled(values: Any) -> Any:
    """Return where a track's pT, energy or q/p is not padding."""
    return np.isfinite(values) & (values != 0) & (np.abs(values) != _PADDING)


def _doubt(tracks: h5py.Dataset, sequence: dict[str, Any]) -> str | None:
    """Return what to check about a mask, compared with the values."""
    mask, field = _field_name(sequence["link"]["mask"]), _nonzero_field(tracks)
    if field is None:
        return None
    if mask == field:
        return f"the mask is inverted, true where there is padding, so {field} decides which tracks are real"
    agreement = mask_agreement(tracks[:_ROWS][mask], _filled(tracks[:_ROWS][field]))
    return None if agreement.exact else agreement.doubt(mask)


def _numeric_fields(dataset: h5py.Dataset) -> list[str]:
    fields = dataset.dtype.fields or {}
    return [name for name, (dtype, *_) in fields.items() if dtype.kind in "iufb" and name not in (_MASK, "mask")]


def _field_name(name: str) -> str:
    return name.rpartition("/")[2]


def _meanings(jets: h5py.Dataset, labels: tuple[str, ...]) -> dict[str, dict[int, str]]:
    """Return the names of each label's values, which umami-preprocessing writes as an attribute named as the label."""
    attributes = {label: jets.attrs.get(label) for label in labels}
    return {
        label: {value: str(name) for value, name in enumerate(value_names)}
        for label, value_names in attributes.items()
        if value_names is not None and getattr(value_names, "ndim", 0) == 1
    }
