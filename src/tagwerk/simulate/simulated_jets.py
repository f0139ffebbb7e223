"""The jets of one part of a simulated dataset, whichever kind of generator makes them."""

from collections.abc import Iterator

import awkward as ak

from tagwerk.cards.exact_generator import ExactGenerator
from tagwerk.cards.generator_kinds import AnyGenerator
from tagwerk.simulate.exact_jets import EXACT_BRANCHES, exact_jets
from tagwerk.simulate.output_record import BRANCHES


def simulated_jets(generator: AnyGenerator, part: str) -> Iterator[ak.Array]:
    """Yield the jets of one part as records with `branches` and `constituents`, up to the number in the card.

    Raises:
        UserError: as the simulation of collisions, for settings that it cannot use.
    """
    if isinstance(generator, ExactGenerator):
        return exact_jets(generator, part)
    from tagwerk.simulate.chain import simulate  # Pythia and FastJet, which take a second to import

    return simulate(generator, part)


def branches(generator: AnyGenerator) -> dict[str, str]:
    """Return the branches of the jets and their types."""
    return BRANCHES | EXACT_BRANCHES if isinstance(generator, ExactGenerator) else BRANCHES
