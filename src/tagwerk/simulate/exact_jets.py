"""Jets drawn from an exact law, as records with their log likelihood ratio."""

from collections.abc import Iterator
from typing import NamedTuple

import awkward as ak
import numpy as np

from tagwerk.arrays import Floats32, Floats64, Ints
from tagwerk.cards.exact_generator import ExactGenerator
from tagwerk.simulate.exact_law import JetLaw
from tagwerk.simulate.exact_likelihood import OrderedJets, log_likelihood_ratio
from tagwerk.simulate.exact_sample import ordered_jets, power_law
from tagwerk.simulate.output_record import BRANCHES, CONSTITUENTS
from tagwerk.simulate.seeds import event_numbers, random_generator

#: Branches of the tree beside those of every simulation.
EXACT_BRANCHES = {
    "jet_signal": "int8",  # 1 if the jet is of the signal process
    "log_likelihood_ratio": "float64",  # of signal over background, for the jet as it is in the file
}

_BATCH = 1_000  # jets drawn together


class RoundedJets(NamedTuple):
    """B jets of at most T constituents in the precision of the file, in order of descending pT; GeV, radians.

    Attributes:
        axis_eta, axis_phi: of the jet, (B,).
        pt, eta, phi: of the constituents, (B, T).
        multiplicity: number of constituents, (B,).
    """

    axis_eta: Floats32
    axis_phi: Floats32
    pt: Floats32
    eta: Floats32
    phi: Floats32
    multiplicity: Ints

    def ordered(self) -> OrderedJets:
        """Return what the law is about: momenta, and angles relative to the axis, in double precision."""
        axis_eta, axis_phi = (axis.astype(np.float64)[:, None] for axis in (self.axis_eta, self.axis_phi))
        delta_phi = wrapped(self.phi.astype(np.float64) - axis_phi)
        return OrderedJets(self.pt.astype(np.float64), self.eta - axis_eta, delta_phi, self.multiplicity)


def exact_jets(generator: ExactGenerator, part: str) -> Iterator[ak.Array]:
    """Yield the jets of one part, batch by batch, up to the number in the card.

    Each chunk is an array of records with the fields of `BRANCHES` and `EXACT_BRANCHES`, and `constituents` in a
    random order; `event` is unique in the dataset. The first jets of a part are the same whatever their number.
    """
    process, number = generator.process_and_number(part)
    random, law = random_generator(generator.seed, process, number), JetLaw.of(generator, process)
    for first in range(0, generator.jets_per_file, _BATCH):
        jets = draw(generator, law, _BATCH, random)
        records = exact_records(generator, process, jets, random)[: generator.jets_per_file - first]
        events = first + np.arange(len(records))
        records["event"] = event_numbers(generator.process_names.index(process), number, events).astype(np.uint64)
        yield records


def draw(generator: ExactGenerator, law: JetLaw, jets: int, random: np.random.Generator) -> RoundedJets:
    """Return jets drawn from the law, rounded as in the file; no two constituents of a jet have the same pT."""
    leading = power_law(generator.leading_pt, generator.leading_index, random.random(jets))
    sample = ordered_jets(law, leading, random)
    axis_eta = random.uniform(-generator.abs_eta, generator.abs_eta, jets).astype(np.float32)
    axis_phi = random.uniform(-np.pi, np.pi, jets).astype(np.float32)
    return RoundedJets(
        axis_eta,
        axis_phi,
        _distinct(sample.pt.astype(np.float32)),
        (axis_eta.astype(np.float64)[:, None] + sample.delta_eta).astype(np.float32),
        wrapped(axis_phi.astype(np.float64)[:, None] + sample.delta_phi).astype(np.float32),
        sample.multiplicity,
    )


def _distinct(pt: Floats32) -> Floats32:
    """Return falling momenta (B, T) with each that rounding made equal to the one before rounded down instead."""
    for step in range(1, pt.shape[1]):
        pt[:, step] = np.minimum(pt[:, step], np.nextafter(pt[:, step - 1], np.float32(0)))
    return pt


def exact_records(generator: ExactGenerator, process: str, jets: RoundedJets, random: np.random.Generator) -> ak.Array:
    """Return one record per jet, without `event`; the jet's mass and pT are those of the sum of its constituents."""
    shuffled = np.argsort(np.where(jets.ordered().mask, random.random(jets.pt.shape), np.inf), axis=1)
    rows, columns = np.nonzero(jets.ordered().mask)
    columns = shuffled[rows, columns]
    momenta = {name: getattr(jets, name)[rows, columns] for name in ("pt", "eta", "phi")}
    momenta["energy"] = (momenta["pt"].astype(np.float64) * np.cosh(momenta["eta"].astype(np.float64))).astype("f4")
    pt, mass = _pt_and_mass(jets)
    fields = {
        "jet_pt": pt,
        "jet_eta": jets.axis_eta,
        "jet_phi": jets.axis_phi,
        "jet_mass": mass,
        "jet_signal": np.full(len(pt), process == generator.signal),
        "log_likelihood_ratio": log_likelihood_ratio(generator, jets.ordered()),
    }
    flat = {name: np.asarray(momenta.get(name, np.zeros(len(rows))), kind) for name, kind in CONSTITUENTS.items()}
    types = BRANCHES | EXACT_BRANCHES
    return ak.zip(
        {name: np.asarray(fields.get(name, np.zeros(len(pt))), kind) for name, kind in types.items()}
        | {"constituents": ak.unflatten(ak.zip(flat), jets.multiplicity)},
        depth_limit=1,
    )


def _pt_and_mass(jets: RoundedJets) -> tuple[Floats64, Floats64]:
    """Return pT and mass of the sum of each jet's massless constituents, (B,) each."""
    pt = np.where(jets.ordered().mask, jets.pt, 0).astype(np.float64)
    eta, phi = jets.eta.astype(np.float64), jets.phi.astype(np.float64)
    px, py, pz, energy = (np.sum(pt * each, axis=1) for each in (np.cos(phi), np.sin(phi), np.sinh(eta), np.cosh(eta)))
    return np.hypot(px, py), np.sqrt(np.maximum(energy**2 - px**2 - py**2 - pz**2, 0))


def wrapped(phi: Floats64) -> Floats64:
    """Return azimuths in [-π, π)."""
    return np.asarray((phi + np.pi) % (2 * np.pi) - np.pi)
