"""The `generator` section of kind `tau`: hadronic taus and the jets that look like them."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tagwerk.cards.base import Section, first_duplicate
from tagwerk.cards.collisions import Collisions, HardProcess, Window, check_edges
from tagwerk.cards.generated_parts import ProcessName

Prongs = Annotated[int, Field(ge=0, le=10)]


class HardVeto(Section):
    """Early veto of events: the hard process must have an outgoing particle in this window."""

    pt: float = Field(ge=0, description="smallest transverse momentum, GeV")
    abs_eta: float = Field(gt=0, le=10, description="largest |eta|")


class TauProcess(HardProcess):
    """One hard process and what its candidates are matched to."""

    pthat: Window | None = Field(
        default=None, description="pTHat window: transverse momentum of the hard process, GeV; none by default"
    )
    match: Literal["tau"] | None = Field(
        default=None, description="keep only candidates whose seed is within 0.2 of a hadronic tau's visible momentum"
    )
    veto: HardVeto | None = Field(default=None, description="early veto of events, to save time; none by default")

    @model_validator(mode="after")
    def _check_window(self) -> Self:
        if self.pthat is not None:
            check_edges(self.pthat, "pthat")
        return self


class TrackSelection(Section):
    """Which tracks are used."""

    pt: float = Field(default=1.0, ge=0, description="smallest transverse momentum, GeV")
    d0: float = Field(default=1.0, gt=0, description="largest transverse impact parameter to the beam line, mm")
    z0_sin_theta: float = Field(
        default=1.5, gt=0, description="largest longitudinal impact parameter to the primary vertex, mm"
    )


class CandidateSelection(Section):
    """Which candidates of an event are kept; their cones are around the axis of the core."""

    pt: Window = Field(default=(20, 500), description="pT window of the energy in the core, GeV")
    abs_eta: float = Field(default=2.5, gt=0, le=2.5, description="largest |eta|")
    radius: float = Field(
        default=0.4, gt=0, le=1, description="radius parameter of the anti-kt seeds, and outer radius of the isolation"
    )
    core: float = Field(default=0.2, gt=0, le=1, description="radius of the core cone")
    track: TrackSelection = Field(default=TrackSelection(), description="which tracks are used")
    prongs: list[Prongs] = Field(
        default=[1, 3], min_length=1, description="numbers of tracks in the core that are kept"
    )

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        check_edges(self.pt, "pt")
        if self.core >= self.radius:
            raise ValueError(f"key 'core': must be smaller than 'radius', {self.radius:g}, not {self.core:g}")
        if (value := first_duplicate(self.prongs)) is not None:
            raise ValueError(f"key 'prongs': {value} is duplicated; name it once")
        return self


class TauGenerator(Collisions):
    """Pythia 8, a parametric detector with impact parameters and showers, and FastJet: hadronic taus against jets."""

    kind: Literal["tau"] = Field(description="`tau`: candidates of hadronic taus in simulated collisions")
    pileup: float = Field(
        default=0, ge=0, le=300, description="mean number of minimum-bias interactions overlaid on an event"
    )
    candidates: CandidateSelection = Field(default=CandidateSelection(), description="which candidates are kept")
    processes: dict[ProcessName, TauProcess] = Field(
        description="processes by name; their order sets the first digits of the event numbers",
        min_length=1,
        max_length=100,
    )

    @property
    def all_processes(self) -> Mapping[str, TauProcess]:
        """The processes by name."""
        return self.processes
