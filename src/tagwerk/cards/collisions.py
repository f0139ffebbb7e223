"""What every generator of simulated collisions has in its section of a dataset card."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from tagwerk.cards.base import Section
from tagwerk.cards.generated_parts import GeneratedParts

Window = tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(gt=0)]]


def check_edges(window: Window, key: str) -> None:
    """Raise ValueError if the lower edge of a window does not come first."""
    if window[0] >= window[1]:
        raise ValueError(f"key '{key}': the lower edge must come first and be below the upper one, not {list(window)}")


class HardProcess(Section):
    """One hard process."""

    pythia: list[str] = Field(
        description="Pythia settings that enable the process, as `readString` takes them; none that names a file",
        min_length=1,
    )


class Collisions(GeneratedParts):
    """Collisions that Pythia 8 generates; each part of the dataset is one process and an index."""

    energy: float = Field(default=14000, gt=0, description="centre-of-mass energy, GeV")
    multiparton_interactions: Literal[True, False, "overlaid"] = Field(
        default=False,
        description="whether to simulate multiparton interactions; `overlaid`: a minimum-bias interaction, drawn in "
        "proportion to the overlap of the protons, stands for them, three to four times as fast",
    )

    @property
    @abstractmethod
    def all_processes(self) -> Mapping[str, HardProcess]:
        """The processes by name."""

    @property
    def process_names(self) -> list[str]:
        """The names of the processes, in their order."""
        return list(self.all_processes)
