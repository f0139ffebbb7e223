"""Early veto of events whose partons already show that no jet will be in the window."""

from typing import Any

import pythia8mc

from tagwerk.cards.generator import Veto
from tagwerk.cards.tau_generator import HardVeto
from tagwerk.internals import silence_pythia_jets

_ANTI_KT, _MAX_ETA, _ALL, _MASSIVE, _MIN_PT = -1, 4.9, 1, 2, 20.0
_RESONANCE_SHOWER = 5  # Pythia's stage of the showers of decaying resonances, which follow the event's own shower


class EarlyVeto(pythia8mc.UserHooks):  # type: ignore[misc]  # Pythia has no type stubs
    """Vetoes on the leading anti-kt jet of partons, at a scale of the shower and at its end (Pythia's User Hooks).

    Pythia keeps no reference to it: keep one as long as events are generated.
    """

    def __init__(self, veto: Veto, radius: float) -> None:
        pythia8mc.UserHooks.__init__(self)
        self._veto = veto
        silence_pythia_jets()
        self._jets = pythia8mc.SlowJet(_ANTI_KT, radius, _MIN_PT, _MAX_ETA, _ALL, _MASSIVE)

    def canVetoPT(self) -> bool:  # noqa: N802 (the names are Pythia's)
        """Return true: there is a veto during the shower."""
        return True

    def scaleVetoPT(self) -> float:  # noqa: N802 (the names are Pythia's)
        """Return the transverse momentum of this veto, in GeV."""
        return self._veto.scale

    def doVetoPT(self, stage: int, event: Any) -> bool:  # noqa: N802 (the names are Pythia's)
        """Return whether to veto the event during the shower."""
        return stage != _RESONANCE_SHOWER and self._outside(event, self._veto.at_scale)

    def canVetoPartonLevel(self) -> bool:  # noqa: N802 (the names are Pythia's)
        """Return true: there is a veto at the end of the shower."""
        return True

    def doVetoPartonLevel(self, event: Any) -> bool:  # noqa: N802 (the names are Pythia's)
        """Return whether to veto the event at the end of the shower."""
        return self._outside(event, self._veto.at_end)

    def _outside(self, event: Any, window: tuple[float, float]) -> bool:
        self._jets.analyze(event)
        return not (self._jets.sizeJet() and window[0] < self._jets.pT(0) < window[1])


class HardProcessVeto(pythia8mc.UserHooks):  # type: ignore[misc]  # Pythia has no type stubs
    """Vetoes events whose hard process has no outgoing particle in a window, before any shower (Pythia's User Hooks).

    Pythia keeps no reference to it: keep one as long as events are generated.
    """

    def __init__(self, window: HardVeto) -> None:
        pythia8mc.UserHooks.__init__(self)
        self._window = window

    def canVetoProcessLevel(self) -> bool:  # noqa: N802 (the names are Pythia's)
        """Return true: there is a veto after the hard process."""
        return True

    def doVetoProcessLevel(self, process: Any) -> bool:  # noqa: N802 (the names are Pythia's)
        """Return whether to veto the event after its hard process."""
        pt, abs_eta = self._window.pt, self._window.abs_eta
        return not any(
            particle.isFinal() and particle.pT() > pt and abs(particle.eta()) < abs_eta for particle in process
        )
