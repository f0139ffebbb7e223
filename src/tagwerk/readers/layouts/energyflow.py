"""EnergyFlow's .npz files: `X` (N, M, 4), zero-padded, of pT, rapidity, φ and PDG id, and one number per jet, `y`.

Examples are the quark and gluon jets of Zenodo 3164691 (arXiv:1810.05165), where y is 1 for a quark. The names for a
card are

- of constituents: `pt`, `eta`, `phi`, `energy`, `mass`, `rapidity`, `pdg_id`; a sequence has no key `link`;
- of jets: `y`.
"""

from collections.abc import Iterator
from pathlib import Path

import awkward as ak
import numpy as np

from tagwerk.arrays import Values
from tagwerk.cards.base import suggestion
from tagwerk.cards.dataset import ROW, Dataset
from tagwerk.errors import UserError, error_context
from tagwerk.jets.momentum import polar
from tagwerk.readers.branches import branches
from tagwerk.readers.chunk_size import row_ranges
from tagwerk.readers.h5 import to_awkward
from tagwerk.readers.links import Tally
from tagwerk.readers.npz import RowReader, open_npz
from tagwerk.readers.particle_masses import masses

_LISTS = ("pt", "rapidity", "phi", "pdg_id", "mass", "eta", "energy")
_LABEL = "y"


def read(file: Path, dataset: Dataset, tally: Tally, step: int) -> Iterator[ak.Array]:
    """Yield what the card names and `row`, as record arrays of at most `step` jets; there are no links.

    Raises:
        UserError: the file or an array is missing, damaged or of another shape, or the card names something else.
    """
    wanted = branches(dataset)
    with error_context(file):
        _check_names(dataset, wanted)
    with open_npz(file, "X", _LABEL) as (particles, labels):
        _check_shapes(particles, labels)
        for start, stop in row_ranges(particles.shape[0], step, 8 * particles.shape[1] * len(_LISTS)):
            columns = _columns(particles.read(stop - start))
            columns[_LABEL] = to_awkward(labels.read(stop - start))
            jets = {name: columns[name] for name in wanted}
            yield ak.zip(jets | {ROW: np.arange(start, stop)}, depth_limit=1)


def entries(file: Path, dataset: Dataset) -> int:
    """Return the number of jets in a file, before any selection."""
    with open_npz(file, "X", _LABEL) as (particles, labels):
        _check_shapes(particles, labels)
        return int(particles.shape[0])


def _check_names(dataset: Dataset, wanted: list[str]) -> None:
    """Refuse names and links that these files do not have."""
    known = [*_LISTS, _LABEL]
    for name in wanted:
        if name not in known:
            raise UserError(f"there is no '{name}' in EnergyFlow's files; {suggestion(name, known)}")
    for key, sequence in dataset.sequences.items():
        if sequence.link:
            raise UserError(f"key 'sequences.{key}.link': EnergyFlow's files have no links; leave it out")


def _check_shapes(particles: RowReader, labels: RowReader) -> None:
    """Refuse arrays of shapes other than (N, M, 4) and (N,)."""
    shape = particles.shape
    if len(shape) != 3 or shape[2] != 4:
        raise UserError(f"{particles.file}: array 'X' has the shape {shape}, not (jets, constituents, 4)")
    if labels.shape != shape[:1]:
        raise UserError(f"{labels.file}: array 'y' has the shape {labels.shape}, not {shape[:1]}, one per jet of 'X'")


def _columns(particles: Values) -> dict[str, ak.Array]:
    """Return every list that a card can name, from padded particles (N, M, 4)."""
    real = particles[..., 0] != 0
    pt, rapidity, phi, pdg_id = particles[real].T.astype(np.float64)
    # ASSUME: unknown PDG ids are massless, as in EnergyFlow.
    mass = masses(pdg_id, 0.0)
    momentum = {"pt": pt, "rapidity": rapidity, "phi": phi, "mass": mass}
    derived = polar(momentum, ("eta", "energy"))
    columns = (*particles[real].T, mass, derived["eta"], derived["energy"])
    counts = real.sum(axis=1)
    return {name: ak.unflatten(to_awkward(values), counts) for name, values in zip(_LISTS, columns, strict=True)}
