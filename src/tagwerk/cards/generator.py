"""The `generator` section of a dataset card: which collisions Tagwerk simulates, how many, and with which settings."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from tagwerk.cards.base import Section
from tagwerk.cards.collisions import Collisions, HardProcess, Window, check_edges
from tagwerk.cards.generated_parts import ProcessName


class Veto(Section):
    """Early veto of events: the leading parton jet must lie in these windows, or the event is not simulated further."""

    scale: float = Field(gt=0, description="shower scale of the first check, GeV; later emissions are softer")
    at_scale: Window = Field(description="pT window of the leading parton jet when the shower reaches `scale`, GeV")
    at_end: Window = Field(description="pT window of the leading parton jet before hadronisation, GeV")

    @model_validator(mode="after")
    def _check_windows(self) -> Self:
        check_edges(self.at_scale, "at_scale")
        check_edges(self.at_end, "at_end")
        return self


class GeneratedProcess(HardProcess):
    """One hard process and what its jets are matched to."""

    pthat: Window = Field(description="pTHat window: transverse momentum of the hard process, GeV")
    match: Literal["top"] | None = Field(
        default=None, description="keep only jets that contain such a particle and its three decay quarks"
    )
    veto: Veto | None = Field(default=None, description="early veto of events, to save time; none by default")

    @model_validator(mode="after")
    def _check_window(self) -> Self:
        check_edges(self.pthat, "pthat")
        return self


class JetSelection(Section):
    """Which jet of an event is kept: the leading one, if it lies in this window."""

    radius: float = Field(default=0.8, gt=0, le=2, description="radius parameter of the anti-kt algorithm")
    pt: Window = Field(description="pT window of the leading jet, GeV")
    abs_eta: float = Field(default=2.0, gt=0, le=4.9, description="largest |eta| of the leading jet")

    @model_validator(mode="after")
    def _check_window(self) -> Self:
        check_edges(self.pt, "pt")
        return self


class Generator(Collisions):
    """Pythia 8, a parametric detector and FastJet; each part of the dataset is one process and an index."""

    kind: Literal["pythia"] = Field(default="pythia", description="`pythia`: simulated collisions")
    multiparton_interactions: bool = Field(default=False, description="whether to simulate multiparton interactions")
    detector: bool = Field(
        default=True, description="whether jets are clustered from smeared tracks and cells rather than truth particles"
    )
    jet: JetSelection = Field(description="which jets are kept")
    processes: dict[ProcessName, GeneratedProcess] = Field(
        description="processes by name; their order sets the first digits of the event numbers",
        min_length=1,
        max_length=100,
    )

    @property
    def all_processes(self) -> Mapping[str, GeneratedProcess]:
        """The processes by name."""
        return self.processes
