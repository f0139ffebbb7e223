"""Jets with additional soft constituents, as from noise or the underlying event."""

import numpy as np

from tagwerk.arrays import Floats64, Ints, Values
from tagwerk.cards.origins import UNKNOWN
from tagwerk.jets.chunk import Chunk
from tagwerk.jets.kinematics import abs_delta_phi, wrap_phi
from tagwerk.jets.ragged import Ragged
from tagwerk.robustness.moved_jets import energy_of, energy_over_momentum, with_constituents

_WITHIN = 0.99  # of the constituents


def add_soft(chunk: Chunk, random: np.random.Generator, mean: float) -> Chunk:
    """Return the jets with soft constituents added, a Poisson number of this mean to each sequence of a jet.

    They are copies of random constituents of the sample with a pT of at most its median, at a random place: uniform in
    the disc about the jet's axis that holds 99 % of the sample's constituents. They are placed last in their jet.
    """
    # ASSUME: what is added looks like the soft part of the sample: pT, mass, charge, kind and impact parameters come
    # together from one soft constituent, which zeros would not (a charge of zero with the kind of a track, say). So
    # noise or underlying event is modelled, but not the displaced tracks of pile-up vertices. Its origin is unknown.
    axis = {name: chunk.jet[name].astype(np.float64) for name in ("eta", "phi")}
    return with_constituents(chunk, {name: _add(each, axis, random, mean) for name, each in chunk.sequences.items()})


def radius(constituents: Ragged, axis: dict[str, Floats64]) -> float:
    """Return the distance from the axes of the jets (N,) within which 99 % of all constituents are."""
    jets = constituents.jet_index
    delta_phi = abs_delta_phi(constituents.values["phi"], axis["phi"][jets])
    distance = np.hypot(constituents.values["eta"] - axis["eta"][jets], delta_phi)
    return float(np.quantile(distance, _WITHIN))


def _add(constituents: Ragged, axis: dict[str, Floats64], random: np.random.Generator, mean: float) -> Ragged:
    pt = constituents.values["pt"]
    if not len(pt):
        return constituents
    counts = random.poisson(mean, len(constituents.counts)).astype(np.int64)
    donors = random.choice(np.flatnonzero(pt <= np.median(pt)), counts.sum())
    jets = np.repeat(np.arange(len(counts)), counts)
    distance = radius(constituents, axis) * np.sqrt(random.uniform(size=len(jets)))
    angle = random.uniform(0, 2 * np.pi, len(jets))
    added: dict[str, Values] = {name: values[donors] for name, values in constituents.values.items()}
    added["eta"] = axis["eta"][jets] + distance * np.cos(angle)
    added["phi"] = wrap_phi(axis["phi"][jets] + distance * np.sin(angle))
    added["energy"] = energy_of(added["pt"], added["eta"], energy_over_momentum(constituents)[donors])
    if "truth" in added:
        added["truth"] = np.full_like(added["truth"], UNKNOWN)
    return _merged(constituents, added, counts, jets)


def _merged(constituents: Ragged, added: dict[str, Values], counts: Ints, jets: Ints) -> Ragged:
    """Return the constituents with others added, whose number per jet, (N,), and jets, (K,), are given."""
    order = np.argsort(np.concatenate([constituents.jet_index, jets]), kind="stable")
    values = {
        name: np.concatenate([each, added[name].astype(each.dtype)])[order]
        for name, each in constituents.values.items()
    }
    return Ragged(values, constituents.counts + counts)
