"""The `generator` section of a dataset card: which jets Tagwerk simulates itself, how many, and with what settings."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tagwerk.cards.base import Section

Window = tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(gt=0)]]


def _rises(window: Window, key: str) -> None:
    if window[0] >= window[1]:
        raise ValueError(f"key '{key}': the lower edge comes first and lies below the upper one, not {list(window)}")


class Veto(Section):
    """Events given up early: what a leading jet of partons must be like for the shower and hadronisation to go on."""

    scale: float = Field(gt=0, description="shower scale of the first look, GeV; what comes later is softer")
    at_scale: Window = Field(
        description="window of the leading jet's pT when the shower has come down to the scale, GeV"
    )
    at_end: Window = Field(description="window of the leading jet's pT before partons become hadrons, GeV")

    @model_validator(mode="after")
    def _check_windows(self) -> Self:
        _rises(self.at_scale, "at_scale")
        _rises(self.at_end, "at_end")
        return self


class GeneratedProcess(Section):
    """One hard process and what its jets are matched to."""

    pythia: list[str] = Field(
        description="Pythia settings that switch the process on, as `readString` takes them", min_length=1
    )
    pthat: Window = Field(description="window of the hard process's transverse momentum, GeV")
    match: Literal["top"] | None = Field(
        default=None, description="keep jets only around such a particle and its three decay quarks"
    )

    veto: Veto | None = Field(default=None, description="events given up early to save time; none by default")

    @model_validator(mode="after")
    def _check_window(self) -> Self:
        _rises(self.pthat, "pthat")
        return self


class JetSelection(Section):
    """Which jet of an event is kept: the leading one, where it lies in this window."""

    radius: float = Field(default=0.8, gt=0, le=2, description="radius parameter of the anti-kt algorithm")
    pt: Window = Field(description="window of the leading jet's transverse momentum, GeV")
    abs_eta: float = Field(default=2.0, gt=0, le=4.9, description="largest |eta| of the leading jet")

    @model_validator(mode="after")
    def _check_window(self) -> Self:
        _rises(self.pt, "pt")
        return self


class Generator(Section):
    """Pythia 8, a parametric detector and FastJet; a part of the dataset is one process and a number."""

    seed: int = Field(default=1, ge=0, description="seed of the dataset; each part derives its own from it")
    jets_per_file: int = Field(gt=0, le=1_000_000, description="kept jets a file")
    files: int = Field(gt=0, le=10_000, description="files a process")
    energy: float = Field(default=14000, gt=0, description="centre-of-mass energy, GeV")
    multiparton_interactions: bool = Field(
        default=False, description="whether further parton pairs of the same two protons interact"
    )
    detector: bool = Field(
        default=True, description="whether jets are made of smeared tracks and cells rather than of true particles"
    )
    jet: JetSelection = Field(description="which jets are kept")
    processes: dict[Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")], GeneratedProcess] = Field(
        description="the processes by name; the order gives the event numbers their first digits",
        min_length=1,
        max_length=100,
    )

    def parts(self) -> list[str]:
        """Return the names of all parts, such as `top_0003`: process by process, numbers rising."""
        return [f"{process}_{number:04d}" for process in self.processes for number in range(self.files)]

    def process_and_number(self, part: str) -> tuple[str, int]:
        """Return which process a part is of, and its number there.

        Raises:
            KeyError: the part is not one of `parts()`.
        """
        if part not in self.parts():
            raise KeyError(part)
        process, number = part.rsplit("_", 1)
        return process, int(number)
