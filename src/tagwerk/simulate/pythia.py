"""Event generation with Pythia 8: from a card's settings to batches of event records."""

from collections.abc import Sequence
from typing import Any

import awkward as ak
import numpy as np
import pythia8mc

from tagwerk.arrays import Floats64
from tagwerk.cards.collisions import Collisions
from tagwerk.cards.generator import Generator
from tagwerk.cards.tau_generator import TauGenerator
from tagwerk.errors import UserError
from tagwerk.simulate.pythia_settings import check_setting
from tagwerk.simulate.veto import EarlyVeto, HardProcessVeto
from tagwerk.simulate.visible_particles import Species, species

_ALWAYS = (
    "Print:quiet = on",
    "Print:verbosity = 0",  # Vincia would print a banner
    "Random:setSeed = on",
    # Delphes treats particles that fly further than about 10 mm as stable, and so do the calorimeters here.
    "ParticleDecays:limitTau0 = on",
    "ParticleDecays:tau0Max = 10",
)


class EventSource:
    """Pythia, initialised with settings.

    Args:
        settings: that Tagwerk chooses.
        chosen: settings from a card, which come last.
        key: of the latter in the card.
        veto: a user hook that rejects events early, if any.

    Raises:
        UserError: a setting in the card names a file, Pythia does not know it, or cannot be initialised with them.
    """

    def __init__(self, settings: Sequence[str], chosen: Sequence[str], key: str, veto: Any = None) -> None:
        self._pythia = pythia8mc.Pythia("", False)
        for setting in (*_ALWAYS, *settings):
            if not self._pythia.readString(setting):
                raise RuntimeError(f"Pythia does not know '{setting}'")
        for setting in chosen:
            check_setting(self._pythia.settings, setting, key)
            if not self._pythia.readString(setting, False):
                raise UserError(f"key '{key}': Pythia does not know '{setting}'; see its manual, pythia.org")
        self._veto = veto  # Pythia keeps no reference to it
        if veto is not None:
            self._pythia.setUserHooksPtr(veto)
        if not self._pythia.init():
            raise UserError(
                f"key '{key}': Pythia does not start with {list(chosen)}; correct them with its manual, pythia.org"
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

    def generate_with_enhancement(self, count: int) -> tuple[ak.Array, Floats64]:
        """Return `count` event records, and each event's enhancement of multiparton interactions, (count,).

        That is their rate at the event's impact parameter, relative to the mean (Pythia's `Info::enhanceMPI`).
        """
        records, enhancement = [], np.empty(count)
        for event in range(count):
            records.append(self.generate(1))
            enhancement[event] = self._pythia.infoPython().enhanceMPI()
        return ak.concatenate(records), enhancement


def process_source(generator: Generator | TauGenerator, process: str, seed: int) -> EventSource:
    """Return the source of a process's events.

    Raises:
        UserError: as `EventSource`.
    """
    chosen = generator.processes[process].pythia
    return EventSource(
        settings(generator, process, seed), chosen, f"generator.processes.{process}.pythia", _veto(generator, process)
    )


def minimum_bias_source(generator: Collisions, seed: int) -> EventSource:
    """Return the source of pile-up interactions: inelastic, non-diffractive collisions."""
    # ASSUME: diffraction, which leaves little in the central detector, is neglected.
    beams = [f"Random:seed = {seed}", f"Beams:eCM = {generator.energy}"]
    return EventSource([*beams, "SoftQCD:nonDiffractive = on"], [], "generator.pileup")


def settings(generator: Generator | TauGenerator, process: str, seed: int) -> list[str]:
    """Return the Pythia settings that follow from the card's other keys."""
    pthat = generator.processes[process].pthat
    return [
        f"Random:seed = {seed}",
        f"Beams:eCM = {generator.energy}",
        f"PartonLevel:MPI = {'on' if generator.multiparton_interactions is True else 'off'}",
        *(() if pthat is None else (f"PhaseSpace:pTHatMin = {pthat[0]}", f"PhaseSpace:pTHatMax = {pthat[1]}")),
    ]


def _veto(generator: Generator | TauGenerator, process: str) -> Any:
    """Return the early veto of a process, None if the card has none."""
    if isinstance(generator, TauGenerator):
        hard = generator.processes[process].veto
        return None if hard is None else HardProcessVeto(hard)
    veto = generator.processes[process].veto
    return None if veto is None else EarlyVeto(veto, generator.jet.radius)
