"""The simulation chain, in batches of events: generator, truth, detector, jets, selection, record."""

from collections.abc import Callable, Iterator

import awkward as ak
import numpy as np

from tagwerk.cards.generator import Generator
from tagwerk.cards.tau_generator import TauGenerator
from tagwerk.errors import UserError
from tagwerk.simulate.constituents import undetected
from tagwerk.simulate.detector import detect
from tagwerk.simulate.jet_finding import leading_jets
from tagwerk.simulate.output_record import jet_records
from tagwerk.simulate.pythia import process_source
from tagwerk.simulate.rows import take_rows
from tagwerk.simulate.seeds import event_numbers, seeds
from tagwerk.simulate.selection import in_window, matched_top
from tagwerk.simulate.taus.reconstruct import candidate_reconstruction
from tagwerk.simulate.truth import find_tops, no_tops
from tagwerk.simulate.visible_particles import Species, visible_particles

_MAX_BATCH = 500  # events; larger ones are no faster
_PATIENCE = 20_000  # events without a selected jet before giving up


def simulate(generator: Generator | TauGenerator, part: str) -> Iterator[ak.Array]:
    """Yield the jets or tau candidates of one part, batch by batch of events, up to the number in the card.

    Each chunk is an array of records as described in `jet_records` or `candidate_records`; `event` is unique for each
    event of the dataset.

    Raises:
        UserError: Pythia rejects the card's settings, or no jet passes the card's selection.
    """
    process, number = generator.process_and_number(part)
    pythia_seed, rng = seeds(generator.seed, process, number)
    source = process_source(generator, process, pythia_seed)
    reconstruct = _reconstruction(generator, process, source.species(), rng)
    kept = done = 0
    while kept < generator.jets_per_file:
        events = batch_size(generator.jets_per_file - kept, kept, done)
        jets = reconstruct(source.generate(events))
        jets = jets[: generator.jets_per_file - kept]
        jets["event"] = event_numbers(generator.process_names.index(process), number, done + ak.to_numpy(jets.event))
        kept, done = kept + len(jets), done + events
        if kept == 0 and done >= _PATIENCE:
            raise UserError(_no_jet(generator, process, done))
        yield jets


def batch_size(missing: int, kept: int, done: int) -> int:
    """Return how many events to generate next, such that the last batch has few superfluous jets."""
    expected = missing * done / kept if kept else missing
    return min(1 + int(1.02 * expected), _MAX_BATCH)


def reconstruct_jets(
    generator: Generator, process: str, record: ak.Array, species: Species, rng: np.random.Generator
) -> ak.Array:
    """Return the selected jets of a batch of event records; `event` is the index within the batch."""
    match = generator.processes[process].match
    tops, ancestors = find_tops(record) if match == "top" else no_tops(record)
    particles = visible_particles(record, species, ancestors)
    constituents = detect(particles, rng) if generator.detector else undetected(particles)
    jets = leading_jets(constituents, len(record), generator.jet.radius, generator.jet.pt[0])
    jets = take_rows(jets, in_window(jets, generator.jet))
    matched = matched_top(jets, tops, generator.jet.radius)
    kept = (matched >= 0) if match == "top" else np.full(len(matched), True)
    return jet_records(take_rows(jets, kept), constituents, tops, matched[kept])


def _reconstruction(
    generator: Generator | TauGenerator, process: str, species: Species, rng: np.random.Generator
) -> Callable[[ak.Array], ak.Array]:
    """Return the function from a batch of event records to its selected jets."""
    if isinstance(generator, TauGenerator):
        return candidate_reconstruction(generator, process, species, rng)
    return lambda record: reconstruct_jets(generator, process, record, species, rng)


def _no_jet(generator: Generator | TauGenerator, process: str, events: int) -> str:
    """Return the message that no jet passes the selection."""
    if isinstance(generator, TauGenerator):
        return (
            f"keys 'generator.candidates' and 'generator.processes.{process}': no candidate passes in {events} events; "
            "widen the selection, or choose a harder process"
        )
    return (
        f"keys 'generator.jet' and 'generator.processes.{process}': no jet passes in {events} events; "
        "choose windows of pthat and veto around the jet's pt"
    )
