"""HDF5 of ATLAS flavour tagging: a structured dataset of jets (N,), and one of tracks (N, 40), padded.

The card's key `tree` names the dataset of the jets. Names are dataset and field, as `jets/pt` and `tracks/d0`; a name
without a slash, as in selections, is a field of the jets. The key `link` of a sequence is `{mask: field}`: the field
that is true for real tracks, by default `valid`.

These fields are computed from others where a file lacks them, because a jet record needs complete four-momenta:

- a track's `eta` and `phi`: the jet's, plus `deta` and `dphi`;
- its `pt`: 1 / (|qOverP| cosh η), its `mass`: a charged pion's;
- the jet's `phi`: zero, where the tracks have no `phi` of their own.
"""

from collections.abc import Iterator
from pathlib import Path

import awkward as ak
import h5py
import numpy as np
import numpy.typing as npt

from tagwerk.arrays import Values
from tagwerk.cards.base import suggestion
from tagwerk.cards.dataset import ROW, Dataset
from tagwerk.errors import UserError, error_context
from tagwerk.readers.branches import branches
from tagwerk.readers.chunk_size import row_ranges
from tagwerk.readers.h5 import count_rows, find_dataset, open_h5, read_rows, row_bytes, to_awkward
from tagwerk.readers.h5_types import check_numeric, dtype_of
from tagwerk.readers.links import Tally
from tagwerk.readers.particle_masses import PION

# ASSUME: every track is a charged pion (PDG); deta and dphi are the track's minus the jet's; where a file does not have
# the jet's azimuth, only differences of azimuths matter.
_PION = {"MeV": 1000 * PION, "GeV": PION}
_SOURCES = {"eta": ("deta",), "phi": ("dphi",), "pt": ("qOverP",), "mass": ()}
_MASK = "valid"


def read(file: Path, dataset: Dataset, tally: Tally, step: int) -> Iterator[ak.Array]:
    """Yield what the card names and `row`, as record arrays of at most `step` jets; there are no links.

    Raises:
        UserError: the file, a dataset or a field is missing or not numeric, or the file is damaged.
    """
    with error_context(file):
        masks = _masks(dataset)
    with open_h5(file) as opened:
        names = branches(dataset)
        paths = {path for name in names if (path := name.rpartition("/")[0])} - {dataset.tree}
        tables = {path: find_dataset(opened, path) for path in (dataset.tree, *paths)}
        wanted = {name: _resolve(tables, dataset, name) for name in names}
        num_jets = count_rows(tables[dataset.tree])
        for path, table in tables.items():
            _check_table(table, path, num_jets, masks.get(path, _MASK), dataset)
        for start, stop in row_ranges(num_jets, step, row_bytes(*tables.values())):
            rows = {path: read_rows(table, start, stop) for path, table in tables.items()}
            real = {path: rows[path][masks.get(path, _MASK)].astype(bool) for path in paths}
            jets = {name: _branch(rows, real, path, field, dataset) for name, (path, field) in wanted.items()}
            _count_masked(rows, real, dataset, tally)
            yield ak.zip(jets | {ROW: np.arange(start, stop)}, depth_limit=1)


def entries(file: Path, dataset: Dataset) -> int:
    """Return the number of jets in a file, before any selection."""
    with open_h5(file) as opened:
        return count_rows(find_dataset(opened, dataset.tree))


def _count_masked(
    rows: dict[str, Values], real: dict[str, npt.NDArray[np.bool_]], dataset: Dataset, tally: Tally
) -> None:
    """Count the slots that masks leave out."""
    for key, sequence in dataset.sequences.items():
        path, _, field = (sequence.pt or sequence.energy or "").rpartition("/")
        known = rows[path].dtype.names or ()
        present = next((name for name in (field, *_SOURCES.get(field, ())) if name in known), None)
        if present is not None:
            tally.count_masked(key, np.abs(rows[path][present][~real[path]]))


def _masks(dataset: Dataset) -> dict[str, str]:
    """Return the field that marks real tracks, for each dataset of tracks.

    Raises:
        UserError: the key 'link' has another form, a sequence is of several datasets, or a dataset has several masks.
    """
    masks: dict[str, str] = {}
    for key, sequence in dataset.sequences.items():
        if not set(sequence.link) <= {"mask"}:
            raise UserError(f"key 'sequences.{key}.link': must be {{mask: field}} in this layout, not {sequence.link}")
        path, *others = {name.rpartition("/")[0]: None for name in sequence.branches().values()}
        if others:
            raise UserError(f"key 'sequences.{key}': is of the datasets '{path}' and '{others[0]}'; use only one")
        mask = sequence.link.get("mask", _MASK).rpartition("/")[2]
        if masks.setdefault(path, mask) != mask:
            raise UserError(f"key 'sequences.{key}.link': '{path}' already has the mask '{masks[path]}'; give one mask")
    return masks


def _resolve(tables: dict[str, h5py.Dataset], dataset: Dataset, name: str) -> tuple[str, str]:
    """Return dataset and field of a name.

    Raises:
        UserError: the file has neither the field nor those that it is computed from.
    """
    path, _, field = name.rpartition("/")
    path = path or dataset.tree
    file, known = tables[path].file.filename, dtype_of(tables[path]).names or ()
    jets = dtype_of(tables[dataset.tree]).names or ()
    computable = ["phi"] if path == dataset.tree else _computable(known, jets)
    if field not in known and field not in computable:
        raise UserError(f"{file}: dataset '{path}' has no field '{field}'; {suggestion(field, list(known))}")
    if path != dataset.tree and field == "phi" and field in known and "phi" not in jets:
        raise UserError(
            f"{file}: dataset '{path}' has azimuths 'phi', but '{dataset.tree}' has none, and they would be taken as"
            " zero; write both to the file"
        )
    if field in known:
        check_numeric(tables[path], field)
    elif path != dataset.tree:
        for source in _SOURCES[field]:
            check_numeric(tables[path], source)
    return path, field


def _computable(known: tuple[str, ...], jets: tuple[str, ...]) -> list[str]:
    """Return the fields of tracks that can be computed from the known ones and the jets'."""
    computable = [field for field, sources in _SOURCES.items() if all(source in known for source in sources)]
    if "eta" not in jets and "eta" in computable:
        computable.remove("eta")
    return computable if "eta" in {*known, *computable} else [field for field in computable if field != "pt"]


def _check_table(table: h5py.Dataset, path: str, num_jets: int, mask: str, dataset: Dataset) -> None:
    """Refuse a dataset without one row per jet, or without the field that marks real tracks."""
    file, dimensions = table.file.filename, 1 if path == dataset.tree else 2
    if table.ndim != dimensions or table.shape[0] != num_jets:
        wanted = f"({num_jets},)" if dimensions == 1 else f"({num_jets}, tracks)"
        raise UserError(f"{file}: dataset '{path}' has the shape {table.shape}, not {wanted}; correct the card")
    if dimensions == 2 and mask not in (known := list(table.dtype.names or ())):
        raise UserError(f"{file}: dataset '{path}' has no field '{mask}' for the key 'link'; {suggestion(mask, known)}")
    if dimensions == 2:
        check_numeric(table, mask)


def _branch(
    rows: dict[str, Values], real: dict[str, npt.NDArray[np.bool_]], path: str, field: str, dataset: Dataset
) -> ak.Array:
    jets = rows[dataset.tree]
    if path == dataset.tree:
        return to_awkward(_jet_field(jets, field))
    counts = real[path].sum(axis=1)
    values = _track_field(rows[path][real[path]], np.repeat(jets, counts), field, _PION[dataset.momentum_unit])
    return ak.unflatten(to_awkward(values), counts)


def _jet_field(jets: Values, field: str) -> Values:
    return jets[field] if field in (jets.dtype.names or ()) else np.zeros(len(jets), np.float32)


def _track_field(tracks: Values, jets: Values, field: str, pion: float) -> Values:
    """Return a field of tracks (M,), computed from others where it is missing; `jets` (M,) holds each track's jet."""
    if field in (tracks.dtype.names or ()):
        return tracks[field]
    match field:
        case "eta":
            return np.asarray(jets["eta"].astype(np.float64) + tracks["deta"])
        case "phi":
            phi = _jet_field(jets, "phi").astype(np.float64) + tracks["dphi"]
            return np.asarray(np.arctan2(np.sin(phi), np.cos(phi)))
        case "pt":
            with np.errstate(divide="ignore"):  # an infinite momentum is refused later, by name
                eta = _track_field(tracks, jets, "eta", pion).astype(np.float64)
                return np.asarray(1 / (np.abs(tracks["qOverP"].astype(np.float64)) * np.cosh(eta)))
    return np.full(len(tracks), pion)
