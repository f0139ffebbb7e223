"""Event generation with Pythia 8: from a card's settings to batches of event records."""

import awkward as ak
import pythia8mc

from tagwerk.cards.generator import Generator
from tagwerk.errors import UserError
from tagwerk.simulate.veto import EarlyVeto
from tagwerk.simulate.visible_particles import Species, species

_ALWAYS = (
    "Print:quiet = on",
    "Random:setSeed = on",
    # Delphes treats particles that fly further than about 10 mm as stable, and so do the calorimeters here.
    "ParticleDecays:limitTau0 = on",
    "ParticleDecays:tau0Max = 10",
)


class EventSource:
    """Pythia, initialised for one process of a card.

    Raises:
        UserError: Pythia does not know a setting in the card, or cannot be initialised with them.
    """

    def __init__(self, generator: Generator, process: str, seed: int) -> None:
        self._pythia = pythia8mc.Pythia("", False)
        for setting in (*_ALWAYS, *settings(generator, process, seed)):
            if not self._pythia.readString(setting):
                raise RuntimeError(f"Pythia does not know '{setting}'")
        key = f"generator.processes.{process}.pythia"
        for setting in generator.processes[process].pythia:
            if not self._pythia.readString(setting, False):
                raise UserError(f"key '{key}': Pythia does not know '{setting}'; see its manual, pythia.org")
        if (veto := generator.processes[process].veto) is not None:
            self._veto = EarlyVeto(veto, generator.jet.radius)
            self._pythia.setUserHooksPtr(self._veto)
        if not self._pythia.init():
            chosen = generator.processes[process].pythia
            raise UserError(
                f"key '{key}': Pythia does not start with {chosen}; correct them with its manual, pythia.org"
            )

    def species(self) -> Species:
        """Return the particle species that its events can contain."""
        return species(self._pythia)

    def generate(self, count: int) -> ak.Array:
        """Return `count` event records: event * var * particle, with the fields that `Pythia.nextBatch` gives.

        The first entry of an event is the event itself; indices of mothers and daughters start at it. Momenta are in
        GeV, production vertices in mm.
        """
        return self._pythia.nextBatch(count).prt


def settings(generator: Generator, process: str, seed: int) -> list[str]:
    """Return the Pythia settings that follow from the card's other keys."""
    low, high = generator.processes[process].pthat
    return [
        f"Random:seed = {seed}",
        f"Beams:eCM = {generator.energy}",
        f"PartonLevel:MPI = {'on' if generator.multiparton_interactions else 'off'}",
        f"PhaseSpace:pTHatMin = {low}",
        f"PhaseSpace:pTHatMax = {high}",
    ]
