"""The jets of one part of a simulated dataset, whichever kind of generator makes them."""

from collections.abc import Iterator
from typing import NamedTuple

import awkward as ak

from tagwerk.cards.exact_generator import ExactGenerator
from tagwerk.cards.generator_kinds import AnyGenerator
from tagwerk.cards.tau_generator import TauGenerator
from tagwerk.simulate.exact_jets import EXACT_BRANCHES, exact_jets
from tagwerk.simulate.output_record import BRANCHES, CONSTITUENTS
from tagwerk.simulate.taus.record import CANDIDATES, CLUSTERS, TRACKS


class Columns(NamedTuple):
    """The columns of simulated jets: types of the branches by name, and of the fields of each list."""

    branches: dict[str, str]
    lists: dict[str, dict[str, str]]


def simulated_jets(generator: AnyGenerator, part: str) -> Iterator[ak.Array]:
    """Yield the jets of one part as records with the generator's `columns`, up to the number in the card.

    Raises:
        UserError: as the simulation of collisions, for settings that it cannot use.
    """
    if isinstance(generator, ExactGenerator):
        return exact_jets(generator, part)
    from tagwerk.simulate.chain import simulate  # Pythia and FastJet, which take a second to import

    return simulate(generator, part)


def columns(generator: AnyGenerator) -> Columns:
    """Return the columns of the jets that a generator makes."""
    if isinstance(generator, TauGenerator):
        return Columns(CANDIDATES, {"tracks": TRACKS, "clusters": CLUSTERS})
    extra = EXACT_BRANCHES if isinstance(generator, ExactGenerator) else {}
    return Columns(BRANCHES | extra, {"constituents": CONSTITUENTS})
