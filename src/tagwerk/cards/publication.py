"""The section of a study card that says whose results these are, and under which licence they are published."""

from typing import Annotated

from pydantic import Field, StringConstraints

from tagwerk.cards.base import Section
from tagwerk.cards.titles import Text

SpdxId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+-]*$", max_length=64)]


class Author(Section):
    """An author of the study."""

    name: Text = Field(description="as `Family, Given`, or the name of a collaboration")
    affiliation: Text | None = Field(default=None, description="institute")
    orcid: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{4}-\d{4}-\d{3}[\dX]$")] | None = Field(
        default=None, description="such as 0000-0002-1825-0097"
    )


class Publication(Section):
    """How a study is published, for model cards, HEPData and archives."""

    authors: list[Author] = Field(default=[], description="authors of the study")
    license: SpdxId | None = Field(
        default=None,
        description="licence of the results and of the trained taggers, an identifier of spdx.org such as CC-BY-4.0",
    )
    cite: Text | None = Field(default=None, description="how the results are cited: a reference or a DOI")
    description: Text | None = Field(default=None, description="one sentence about the study")

    @property
    def license_url(self) -> str | None:
        """Where the licence is described."""
        return None if self.license is None else f"https://spdx.org/licenses/{self.license}.html"
