"""The section of a study card on the robustness of its taggers."""

from typing import Annotated

from annotated_types import Ge
from pydantic import Field

from tagwerk.cards.base import Section


class Robustness(Section):
    """How taggers are probed with perturbed test jets, and with inputs exchanged between jets."""

    jets: Annotated[int, Ge(0)] = Field(
        default=2000, description="number of test jets, half of them signal; 0 leaves robustness and importance out"
    )
