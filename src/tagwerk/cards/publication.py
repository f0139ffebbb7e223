"""The section of a study card that says whose results these are, and under which licence they are published."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from tagwerk.cards.base import Section
from tagwerk.cards.titles import Text


def _spdx(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.+-]{1,63}", text):
        raise ValueError("is not an identifier of spdx.org, such as CC-BY-4.0; give one")
    return text


def _orcid(text: str) -> str:
    """Return an ORCID; refuse one whose last character is not its check digit (ISO 7064, MOD 11-2)."""
    if not re.fullmatch(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]", text):
        raise ValueError("is not an ORCID, such as 0000-0002-1825-0097; correct it")
    total = 0
    for digit in text.replace("-", "")[:-1]:
        total = 2 * (total + int(digit))
    if text[-1] != "0123456789X"[(12 - total % 11) % 11]:
        raise ValueError("has a wrong check digit as an ORCID; correct it")
    return text


class Author(Section):
    """An author of the study."""

    name: Text = Field(description="as `Family, Given`, or the name of a collaboration")
    affiliation: Text | None = Field(default=None, description="institute")
    orcid: Annotated[str, AfterValidator(_orcid)] | None = Field(
        default=None, description="such as 0000-0002-1825-0097"
    )


class Publication(Section):
    """How a study is published, for model cards, HEPData and archives."""

    authors: list[Author] = Field(default=[], description="authors of the study")
    license: Annotated[str, AfterValidator(_spdx)] | None = Field(
        default=None,
        description="licence of the results and of the trained taggers, an identifier of spdx.org such as CC-BY-4.0",
    )
    cite: Text | None = Field(default=None, description="how the results are cited: a reference or a DOI")
    description: Text | None = Field(default=None, description="one sentence about the study")

    @property
    def license_url(self) -> str | None:
        """Where the licence is described."""
        return None if self.license is None else f"https://spdx.org/licenses/{self.license}.html"
