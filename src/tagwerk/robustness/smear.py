"""Constituents measured less precisely."""

import numpy as np

from tagwerk.jets.chunk import Chunk
from tagwerk.jets.kinematics import wrap_phi
from tagwerk.jets.ragged import Ragged
from tagwerk.robustness.moved_jets import momentum, with_constituents


def smear_momenta(chunk: Chunk, random: np.random.Generator, resolution: float) -> Chunk:
    """Return the jets with the momenta of all constituents smeared by a Gaussian of this relative width.

    Directions are kept, and energy and mass change by the same factor as pT. A factor below zero counts as zero.
    """
    return with_constituents(chunk, {name: _scaled(each, random, resolution) for name, each in chunk.sequences.items()})


def smear_directions(chunk: Chunk, random: np.random.Generator, resolution: float) -> Chunk:
    """Return the jets with η and φ of all constituents smeared by Gaussians of this width; pT and mass are kept."""
    return with_constituents(chunk, {name: _turned(each, random, resolution) for name, each in chunk.sequences.items()})


def _scaled(constituents: Ragged, random: np.random.Generator, resolution: float) -> Ragged:
    factor = np.maximum(1 + resolution * random.standard_normal(len(constituents.jet_index)), 0)
    scaled = {name: (constituents.values[name] * factor).astype(np.float32) for name in ("pt", "energy")}
    return Ragged({**constituents.values, **scaled}, constituents.counts)


def _turned(constituents: Ragged, random: np.random.Generator, resolution: float) -> Ragged:
    values = constituents.values
    eta, phi = (values[name] + resolution * random.standard_normal(len(values[name])) for name in ("eta", "phi"))
    before, after = (momentum(values["pt"], each) for each in (values["eta"], eta))
    mass2 = values["energy"].astype(np.float64) ** 2 - before**2
    energy = np.where(after == before, values["energy"], np.sqrt(np.maximum(after**2 + mass2, 0)))
    turned = {"eta": eta, "phi": np.where(phi == values["phi"], phi, wrap_phi(phi)), "energy": energy}
    return Ragged({**values, **{name: each.astype(np.float32) for name, each in turned.items()}}, constituents.counts)
