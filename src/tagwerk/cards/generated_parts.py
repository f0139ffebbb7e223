"""The parts of a dataset that Tagwerk generates: each is one process and the index of a file."""

from abc import abstractmethod
from typing import Annotated

from pydantic import Field

from tagwerk.cards.base import Section

ProcessName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]


class GeneratedParts(Section):
    """What every kind of generator has: a seed, and a number of files with a number of jets for each process."""

    seed: int = Field(default=1, ge=0, description="seed of the dataset; each part derives its own from it")
    jets_per_file: int = Field(gt=0, le=1_000_000, description="jets per file, after all selections")
    files: int = Field(gt=0, le=10_000, description="files per process")

    @property
    @abstractmethod
    def process_names(self) -> list[str]:
        """The names of the processes, in their order."""

    def parts(self) -> list[str]:
        """Return the names of all parts, such as `top_0003`: process by process, in increasing order."""
        return [f"{process}_{number:04d}" for process in self.process_names for number in range(self.files)]

    def process_and_number(self, part: str) -> tuple[str, int]:
        """Return the process of a part and its index within the process.

        Raises:
            KeyError: the part is not in `parts()`.
        """
        if part not in self.parts():
            raise KeyError(part)
        process, number = part.rsplit("_", 1)
        return process, int(number)
