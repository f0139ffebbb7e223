"""HDF5 of ATLAS flavour tagging: a structured dataset of jets, and others of tracks, padded."""

from typing import Any

import h5py
import numpy as np

from tagwerk.drafts import names, roles
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.slots import of_mask
from tagwerk.drafts.source import Source
from tagwerk.drafts.words import named, snake

_MASK = "valid"
_ROWS = 5000  # jets whose masks are compared with the values
_PADDED = 999.0
_COMPONENTS: tuple[str, ...] = ("pt", "eta", "phi", "mass", "energy")


def candidates(source: Source) -> list[Draft]:
    """Return a draft for every structured dataset of jets that has one of tracks beside it."""
    if not isinstance(source, h5py.File):
        return []
    tables = {
        name: each for name, each in source.items() if isinstance(each, h5py.Dataset) and each.dtype.names is not None
    }
    return [draft for name, each in tables.items() if each.ndim == 1 and (draft := _draft(name, each, tables))]


def _draft(name: str, jets: h5py.Dataset, tables: dict[str, h5py.Dataset]) -> Draft | None:
    fields = _numbers(jets)
    jet = _jet(name, fields)
    sequences = {
        path: sequence
        for path, each in tables.items()
        if each.ndim == 2 and each.shape[0] == jets.shape[0] and (sequence := _sequence(path, each, fields))
    }
    if not jet or not sequences:
        return None
    kept = {path: each for path, each in sequences.items() if not names.generated(path)} or sequences
    event = names.identity(fields)
    labels = names.labels({each: each for each in fields})
    rest = {each: f"{name}/{each}" for each in fields if each not in {*labels, *event, *map(_field, jet.values())}}
    draft = Draft(
        name,
        f"ATLAS flavour tagging, {jets.shape[0]:,} jets",
        {
            "layout": "ftag",
            "tree": name,
            "event": [f"{name}/{each}" for each in event] or names.of_rows(),
            "jet": jet,
            "sequences": {named(snake(path)): each for path, each in kept.items()},
        },
        labels,
        names.scalars(rest),
        _meanings(jets, labels),
        roles.weights({each: each for each in fields}),
    )
    for path, sequence in kept.items():
        if doubt := _doubt(tables[path], sequence):
            draft = draft.check(f"sequences.{named(snake(path))}", doubt)
    if "phi" in fields:
        return draft
    return draft.remark("jet", "the file has no azimuth of the jets: the reader makes it 0")


def _jet(name: str, fields: list[str]) -> dict[str, str]:
    """Return the jets' four-momentum; where there is no azimuth, the reader makes one."""
    there = {each: each for each in _COMPONENTS if each in fields} | {"phi": "phi"}
    for each in ("pt", "eta"):
        if each not in there and f"{each}_btagJes" in fields:
            there[each] = f"{each}_btagJes"
    return {component: f"{name}/{field}" for component, field in names.form_of(there).items()}


def _sequence(path: str, tracks: h5py.Dataset, jet: list[str]) -> dict[str, Any]:
    """Return a sequence of a dataset's tracks; what they lack of a four-momentum the reader makes."""
    fields = _numbers(tracks)
    mask = next((each for each in (_MASK, "mask") if each in (tracks.dtype.names or ())), None)
    there = {each for each in _COMPONENTS if each in fields}
    there |= {each for each, of in {"eta": "deta", "phi": "dphi", "pt": "qOverP"}.items() if of in fields}
    there |= set() if "energy" in there else {"mass"}
    momentum = names.form_of({each: f"{path}/{each}" for each in there})
    if mask is None or not momentum or ("eta" not in fields and "eta" not in jet):
        return {}
    extra = names.extras({each: f"{path}/{each}" for each in fields})
    field = _field_of(tracks)
    if field is not None and of_mask(tracks[:_ROWS][mask], _filled(tracks[:_ROWS][field])).inverted:
        mask = field
    return {"link": {"mask": f"{path}/{mask}"}, **momentum, **({"extra": extra} if extra else {})}


def _field_of(tracks: h5py.Dataset) -> str | None:
    """Return a field that is never zero where a track is."""
    return next((each for each in ("pt", "qOverP", "energy") if each in (tracks.dtype.names or ())), None)


def _filled(values: Any) -> Any:
    """Return where a track's pT, energy or q/p is more than padding."""
    return np.isfinite(values) & (values != 0) & (np.abs(values) != _PADDED)


def _doubt(tracks: h5py.Dataset, sequence: dict[str, Any]) -> str | None:
    """Return what is to be looked at of a mask, beside the values."""
    mask, field = _field(sequence["link"]["mask"]), _field_of(tracks)
    if field is None or mask == field:
        return f"the mask is inverted, true where there is padding; so {field} tells the tracks" if field else None
    claim = of_mask(tracks[:_ROWS][mask], _filled(tracks[:_ROWS][field]))
    return None if claim.exact else claim.doubt(mask)


def _numbers(dataset: h5py.Dataset) -> list[str]:
    fields = dataset.dtype.fields or {}
    return [name for name, (kind, *_) in fields.items() if kind.kind in "iufb" and name not in (_MASK, "mask")]


def _field(name: str) -> str:
    return name.rpartition("/")[2]


def _meanings(jets: h5py.Dataset, labels: tuple[str, ...]) -> dict[str, dict[int, str]]:
    """Return the names of a label's values that umami-preprocessing writes as an attribute of that name."""
    found = {name: jets.attrs.get(name) for name in labels}
    return {
        name: {value: str(each) for value, each in enumerate(said)}
        for name, said in found.items()
        if said is not None and getattr(said, "ndim", 0) == 1
    }
