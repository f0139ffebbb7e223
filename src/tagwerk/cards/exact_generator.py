"""The `generator` section of kind `exact`: jets drawn from a law whose likelihood ratio is known in closed form."""

from collections.abc import Iterable
from math import isclose, sqrt
from typing import Annotated, Literal, Self

from annotated_types import Ge, Gt, Le
from pydantic import Field, model_validator

from tagwerk.cards.base import Section, suggestion
from tagwerk.cards.collisions import Window, check_edges
from tagwerk.cards.generated_parts import GeneratedParts, ProcessName

Probability = Annotated[float, Ge(0), Le(1)]
Shape = Annotated[float, Gt(0), Le(1000)]
Count = Annotated[int, Ge(1), Le(200)]

_MAX_SPREAD = 0.5  # radians


class HiddenState(Section):
    """A state of the hidden chain, and what a constituent in it looks like."""

    pt_ratio: tuple[Shape, Shape] = Field(
        description="shape parameters a and b of the Beta law of the pT over that of the constituent before"
    )
    width: float = Field(gt=0, description="standard deviation of the angles, given those of the constituent before")
    memory: float = Field(
        default=0.0, gt=-1, lt=1, description="share of the angles of the constituent before in the mean of the angles"
    )

    @model_validator(mode="after")
    def _stays_near_the_axis(self) -> Self:
        # ASSUME: at 6 standard deviations from π and more, no azimuth is ever wrapped.
        spread = self.width / sqrt(1 - self.memory**2)
        if spread > _MAX_SPREAD:
            limit = f"width / sqrt(1 - memory²) must be at most {_MAX_SPREAD}, so that no angle reaches π"
            raise ValueError(f"keys 'width' and 'memory': {limit}, not {spread:.3g}")
        return self


class Multiplicity(Section):
    """The number of constituents: a negative binomial law within the limits of `constituents`, normalised there."""

    mean: float = Field(gt=0, le=200, description="mean of the law without limits")
    shape: float = Field(gt=0, le=1e6, description="k of the law: its variance without limits is mean + mean² / k")


class ExactProcess(Section):
    """A class of jets: how many constituents they have, and how their hidden chain starts and goes on."""

    multiplicity: Multiplicity = Field(description="number of constituents")
    initial: dict[str, Probability] = Field(description="probability of each state for the first constituent")
    transitions: dict[str, dict[str, Probability]] = Field(
        description="for each state, the probabilities of the next constituent's; what is left out is 0"
    )

    @model_validator(mode="after")
    def _probabilities_add_up(self) -> Self:
        rows = {"initial": self.initial} | {f"transitions.{state}": row for state, row in self.transitions.items()}
        for key, row in rows.items():
            if not isclose(sum(row.values()), 1, abs_tol=1e-6):
                raise ValueError(f"key '{key}': the probabilities must add up to 1, not {sum(row.values()):.6g}")
        return self

    def check_states(self, states: list[str]) -> None:
        """Raise ValueError where a state is unknown, or has no row of transitions."""
        named: dict[str, Iterable[str]] = {"initial": self.initial, "transitions": self.transitions}
        named |= {f"transitions.{state}": row for state, row in self.transitions.items()}
        for key, row in named.items():
            for state in row:
                if state not in states:
                    raise ValueError(f"key '{key}': there is no state '{state}'; {suggestion(state, states)}")
        for state in states:
            if state not in self.transitions:
                raise ValueError(f"key 'transitions': there is no row for state '{state}'; add it")


class ExactGenerator(GeneratedParts):
    """Jets of two classes from a hidden Markov chain along the constituents; the likelihood ratio is in the file."""

    kind: Literal["exact"] = Field(description="`exact`: a law with a known likelihood ratio")
    signal: str = Field(description="process in the numerator of the likelihood ratio")
    abs_eta: float = Field(default=2.0, gt=0, le=4, description="largest |eta| of the jet axis, uniform below")
    leading_pt: Window = Field(description="window of the leading constituent's pT, GeV; its law is that of all jets")
    leading_index: float = Field(default=3.0, ge=0, le=20, description="its density falls as pT to minus this power")
    constituents: tuple[Count, Count] = Field(description="least and greatest number of constituents")
    states: dict[ProcessName, HiddenState] = Field(
        min_length=1, max_length=10, description="states of the hidden chain, common to both processes, by name"
    )
    processes: dict[ProcessName, ExactProcess] = Field(
        min_length=2, max_length=2, description="the two classes by name; their order sets the event numbers"
    )

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        check_edges(self.leading_pt, "leading_pt")
        if self.leading_pt[0] <= 0:
            raise ValueError("key 'leading_pt': the lower edge must be above 0")
        if self.constituents[0] > self.constituents[1]:
            raise ValueError(f"key 'constituents': the least number comes first, not {list(self.constituents)}")
        if self.signal not in self.processes:
            hint = suggestion(self.signal, list(self.processes))
            raise ValueError(f"key 'signal': there is no process '{self.signal}'; {hint}")
        for name, process in self.processes.items():
            try:
                process.check_states(list(self.states))
            except ValueError as error:
                raise ValueError(f"key 'processes.{name}': {error}") from None
        return self

    @property
    def process_names(self) -> list[str]:
        """The names of the processes, in their order."""
        return list(self.processes)

    @property
    def background(self) -> str:
        """The process in the denominator of the likelihood ratio."""
        return next(name for name in self.processes if name != self.signal)
