"""HDF5 of ATLAS flavour tagging: a structured dataset of jets (N,), and one of tracks (N, 40), padded.

The card's key `tree` names the dataset of the jets. Names are dataset and field, as `jets/pt` and `tracks/d0`; a name
without a slash, as in selections, is a field of the jets. The key `link` of a sequence is `{mask: field}`: the field
that is true where a track is; without, `valid`.

Where a file has no such field, these are made of others, because a jet record needs whole four-momenta:

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
from tagwerk.cards.base import nearest
from tagwerk.cards.dataset import ROW, Dataset
from tagwerk.errors import UserError, naming
from tagwerk.readers.branches import branches
from tagwerk.readers.chunk_size import spans
from tagwerk.readers.h5 import count_rows, find_dataset, numbers, open_h5, row_bytes, take
from tagwerk.readers.h5_types import check_numbers, type_of
from tagwerk.readers.links import Tally
from tagwerk.readers.particle_masses import PION

# ASSUME: every track is a charged pion (PDG); deta and dphi are the track's minus the jet's; where a file does not have
# the jet's azimuth, only differences of azimuths matter.
_PION = {"MeV": 1000 * PION, "GeV": PION}
_MADE_OF = {"eta": ("deta",), "phi": ("dphi",), "pt": ("qOverP",), "mass": ()}
_MASK = "valid"


def read(file: Path, dataset: Dataset, tally: Tally, step: int) -> Iterator[ak.Array]:
    """Yield what the card names and `row`, a record array of at most `step` jets at a time; there are no links.

    Raises:
        UserError: the file, a dataset or a field is missing or holds no numbers, or the file is damaged.
    """
    with naming(file):
        masks = _masks(dataset)
    with open_h5(file) as opened:
        names = branches(dataset)
        paths = {path for name in names if (path := name.rpartition("/")[0])} - {dataset.tree}
        tables = {path: find_dataset(opened, path) for path in (dataset.tree, *paths)}
        wanted = {name: _resolve(tables, dataset, name) for name in names}
        number = count_rows(tables[dataset.tree])
        for path, table in tables.items():
            _check(table, path, number, masks.get(path, _MASK), dataset)
        for start, stop in spans(number, step, row_bytes(*tables.values())):
            rows = {path: take(table, start, stop) for path, table in tables.items()}
            real = {path: rows[path][masks.get(path, _MASK)].astype(bool) for path in paths}
            jets = {name: _branch(rows, real, path, field, dataset) for name, (path, field) in wanted.items()}
            _count_masked(rows, real, dataset, tally)
            yield ak.zip(jets | {ROW: np.arange(start, stop)}, depth_limit=1)


def entries(file: Path, dataset: Dataset) -> int:
    """Return how many jets a file holds before any selection."""
    with open_h5(file) as opened:
        return count_rows(find_dataset(opened, dataset.tree))


def _count_masked(
    rows: dict[str, Values], real: dict[str, npt.NDArray[np.bool_]], dataset: Dataset, tally: Tally
) -> None:
    """Count what masks leave out."""
    for key, sequence in dataset.sequences.items():
        path, _, field = (sequence.pt or sequence.energy or "").rpartition("/")
        known = rows[path].dtype.names or ()
        told = next((each for each in (field, *_MADE_OF.get(field, ())) if each in known), None)
        if told is not None:
            tally.count_masked(key, np.abs(rows[path][told][~real[path]]))


def _masks(dataset: Dataset) -> dict[str, str]:
    """Return the field that says which tracks are there, for each dataset of tracks.

    Raises:
        UserError: the key 'link' says something else, or a sequence is not of one dataset of its own.
    """
    masks: dict[str, str] = {}
    for key, sequence in dataset.sequences.items():
        if not set(sequence.link) <= {"mask"}:
            raise UserError(f"key 'sequences.{key}.link': is {{mask: field}} here, not {sequence.link}")
        path, *others = {name.rpartition("/")[0]: None for name in sequence.branches().values()}
        if others:
            raise UserError(f"key 'sequences.{key}': is of the datasets '{path}' and '{others[0]}'; give names of one")
        mask = sequence.link.get("mask", _MASK).rpartition("/")[2]
        if masks.setdefault(path, mask) != mask:
            raise UserError(f"key 'sequences.{key}.link': '{path}' has the mask '{masks[path]}' already; give one mask")
    return masks


def _resolve(tables: dict[str, h5py.Dataset], dataset: Dataset, name: str) -> tuple[str, str]:
    """Return dataset and field of a name.

    Raises:
        UserError: the file has neither the field nor what it is made of.
    """
    path, _, field = name.rpartition("/")
    path = path or dataset.tree
    file, known = tables[path].file.filename, type_of(tables[path]).names or ()
    jets = type_of(tables[dataset.tree]).names or ()
    made = ["phi"] if path == dataset.tree else _made_of(known, jets)
    if field not in known and field not in made:
        raise UserError(f"{file}: dataset '{path}' has no field '{field}'; {nearest(field, list(known))}")
    if path != dataset.tree and field == "phi" and field in known and "phi" not in jets:
        raise UserError(
            f"{file}: dataset '{path}' has azimuths 'phi', but '{dataset.tree}' has none, and zero would stand in for"
            " them; write the file with both"
        )
    if field in known:
        check_numbers(tables[path], field)
    elif path != dataset.tree:
        for each in _MADE_OF[field]:
            check_numbers(tables[path], each)
    return path, field


def _made_of(known: tuple[str, ...], jets: tuple[str, ...]) -> list[str]:
    """Return the fields of tracks that can be made of the known ones and the jets'."""
    made = [field for field, others in _MADE_OF.items() if all(each in known for each in others)]
    if "eta" not in jets and "eta" in made:
        made.remove("eta")
    return made if "eta" in {*known, *made} else [field for field in made if field != "pt"]


def _check(table: h5py.Dataset, path: str, number: int, mask: str, dataset: Dataset) -> None:
    """Refuse a dataset that has not one row a jet, or no field that says which tracks are there."""
    file, dimensions = table.file.filename, 1 if path == dataset.tree else 2
    if table.ndim != dimensions or table.shape[0] != number:
        wanted = f"({number},)" if dimensions == 1 else f"({number}, tracks)"
        raise UserError(f"{file}: dataset '{path}' has the shape {table.shape}, not {wanted}; correct the card")
    if dimensions == 2 and mask not in (known := list(table.dtype.names or ())):
        raise UserError(f"{file}: dataset '{path}' has no field '{mask}' for the key 'link'; {nearest(mask, known)}")
    if dimensions == 2:
        check_numbers(table, mask)


def _branch(
    rows: dict[str, Values], real: dict[str, npt.NDArray[np.bool_]], path: str, field: str, dataset: Dataset
) -> ak.Array:
    jets = rows[dataset.tree]
    if path == dataset.tree:
        return numbers(_of_jets(jets, field))
    counts = real[path].sum(axis=1)
    values = _of_tracks(rows[path][real[path]], np.repeat(jets, counts), field, _PION[dataset.momentum_unit])
    return ak.unflatten(numbers(values), counts)


def _of_jets(jets: Values, field: str) -> Values:
    return jets[field] if field in (jets.dtype.names or ()) else np.zeros(len(jets), np.float32)


def _of_tracks(tracks: Values, jets: Values, field: str, pion: float) -> Values:
    """Return a field of tracks, of which each has its jet beside it, or what it is made of."""
    if field in (tracks.dtype.names or ()):
        return tracks[field]
    match field:
        case "eta":
            return np.asarray(jets["eta"].astype(np.float64) + tracks["deta"])
        case "phi":
            phi = _of_jets(jets, "phi").astype(np.float64) + tracks["dphi"]
            return np.asarray(np.arctan2(np.sin(phi), np.cos(phi)))
        case "pt":
            with np.errstate(divide="ignore"):  # a momentum without end is refused later, with its name
                eta = _of_tracks(tracks, jets, "eta", pion).astype(np.float64)
                return np.asarray(1 / (np.abs(tracks["qOverP"].astype(np.float64)) * np.cosh(eta)))
    return np.full(len(tracks), pion)
