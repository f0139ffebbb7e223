"""The sections of a dataset card that say which branches hold four-momenta and what belongs to them."""

import re
from math import isfinite
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PositiveInt, model_validator

from tagwerk.cards.base import Section, nearest, repeated
from tagwerk.cards.expressions import counted, names, parse
from tagwerk.jets.features import FEATURES
from tagwerk.jets.topologies import LARGEST, TOPOLOGIES


def _named(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise ValueError(
            "a name here has letters from A to Z, digits and '_', and begins with a letter; a branch may have any"
        )
    return name


Name = Annotated[str, AfterValidator(_named)]

# The names that the jet record gives a jet's momentum and a constituent's variables.
PT_ETA_PHI_MASS = ("pt", "eta", "phi", "mass")
CONSTITUENT = ("pt", "eta", "phi", "energy", "truth")
# The ways to give a four-momentum; without mass and energy a mass is assumed.
_DIRECTIONS = (("pt", "eta", "phi"), ("px", "py", "pz"), ("pt", "rapidity", "phi"))
FORMS = (
    ("pt", "eta", "phi", "mass"), ("pt", "eta", "phi", "energy"), ("px", "py", "pz", "energy"),
    ("px", "py", "pz", "mass"), ("pt", "rapidity", "phi", "mass"), ("pt", "rapidity", "phi", "energy"),
)  # fmt: skip
# Of two such components one must be left out.
_EITHER = (("eta", "rapidity"), ("mass", "energy"), ("assumed_mass", "mass"), ("assumed_mass", "energy"))
# What a sequence's weight is called among its variables; no name of a further one can have a blank.
WEIGHT = "constituent weight"


def _parsed(expression: str) -> str:
    parse(expression)
    return expression


def _written(constant: Any) -> Any:
    """Return a number, true or false of a card as an expression."""
    number = isinstance(constant, bool | int) or (isinstance(constant, float) and isfinite(constant))
    return str(constant) if number else constant


Expression = Annotated[str, BeforeValidator(_written), AfterValidator(_parsed)]


class Momentum(Section):
    """The branches of four-momenta, in one of the forms of `FORMS`, or without mass and energy."""

    pt: str | None = Field(default=None, description="branch of the transverse momentum")
    eta: str | None = Field(default=None, description="branch of the pseudorapidity")
    rapidity: str | None = Field(default=None, description="branch of the rapidity, instead of `eta`")
    phi: str | None = Field(default=None, description="branch of the azimuth in radians")
    mass: str | None = Field(default=None, description="branch of the mass")
    energy: str | None = Field(default=None, description="branch of the energy")
    px: str | None = Field(default=None, description="branch of the momentum's x component")
    py: str | None = Field(default=None, description="branch of its y component")
    pz: str | None = Field(default=None, description="branch of its z component")
    assumed_mass: float | None = Field(
        default=None, ge=0, description="mass in GeV where neither `mass` nor `energy` is given; 0 for constituents"
    )
    extra: dict[Name, str] = Field(default={}, description="further variables: name and branch")

    @model_validator(mode="after")
    def _is_of_one_form(self) -> Self:
        given = self.momentum()
        assumed = {} if self.assumed_mass is None else {"assumed_mass": ""}
        for one, other in _EITHER:
            if one in given | assumed and other in given | assumed:
                raise ValueError(f"'{one}' and '{other}' are both given; leave one of them out")
        if set(given) in map(set, _DIRECTIONS) and self.mass_assumed() is None:
            raise ValueError(f"give the 'mass' or the 'energy' next to {', '.join(given)}, or an 'assumed_mass'")
        if set(given) not in map(set, (*FORMS, *_DIRECTIONS)):
            forms = "; ".join(", ".join(form) for form in FORMS)
            raise ValueError(f"give a four-momentum as one of: {forms} (not {', '.join(given) or 'none'})")
        return self

    def momentum(self) -> dict[str, str]:
        """Return component and branch of the four-momentum."""
        components = dict.fromkeys(component for form in FORMS for component in form)
        return {name: branch for name in components if (branch := getattr(self, name)) is not None}

    def branches(self) -> dict[str, str]:
        """Return name and branch of every variable."""
        return self.momentum() | self.extra

    def mass_assumed(self) -> float | None:
        """Return the mass in GeV that goes with the other components; None where the file gives it or the energy."""
        return self.assumed_mass


class Jet(Momentum):
    """The branches of a jet's four-momentum and its further scalar variables."""


class Sequence(Momentum):
    """The branches of a variable-length list a jet, such as its constituents."""

    link: dict[Name, str] = Field(default={}, description="how jets reach it, in the words of the layout")
    weight: str | None = Field(
        default=None, description="branch of a weight that scales the four-momentum, such as PUPPI's; 0 takes it out"
    )
    relative: list[Literal["pt", "energy", "eta", "rapidity", "phi"]] = Field(
        default=[],
        description="components given relative to the jet: pt and energy as shares of its, the others as differences",
    )
    mirrored: bool = Field(
        default=False, description="differences in eta or rapidity are times the sign of the jet's η, as in JetClass-II"
    )
    truth: str | None = Field(default=None, description="branch that is 1 where a constituent is of the signal decay")
    selection: Expression | None = Field(
        default=None, description="true for constituents to keep, in terms of the variables here: GeV, radians"
    )
    order: Expression = Field(
        default="pt", description="constituents stand by its falling value, in terms of the variables here"
    )
    max_length: PositiveInt = Field(default=200, description="the first so many are kept")
    trees: list[str] = Field(default=[], description=f"trees over the constituents to make, of {', '.join(TOPOLOGIES)}")

    @model_validator(mode="after")
    def _relative_components_are_given(self) -> Self:
        for name in self.relative:
            if name not in self.momentum():
                known = [each for each in self.momentum() if each not in ("px", "py", "pz", "mass")]
                raise ValueError(f"key 'relative': '{name}' is not given; {nearest(name, known)}")
            if self.relative.count(name) > 1:
                raise ValueError(f"key 'relative': '{name}' is duplicated; name it once")
        if self.mirrored and not {"eta", "rapidity"} & set(self.relative):
            raise ValueError("key 'mirrored': neither 'eta' nor 'rapidity' is in 'relative'; leave it out")
        return self

    @model_validator(mode="after")
    def _extra_names_are_free(self) -> Self:
        for name in self.extra:
            if name in {*CONSTITUENT, *FEATURES}:
                raise ValueError(f"key 'extra': the name '{name}' is taken; choose another")
        return self

    @model_validator(mode="after")
    def _expressions_are_of_its_variables(self) -> Self:
        known = self.variables()
        for key, expression in {"selection": self.selection, "order": self.order}.items():
            for name in sorted(names(expression) - {*known}) if expression is not None else ():
                raise ValueError(f"key '{key}': there is no variable '{name}'; {nearest(name, known)}")
            if expression is not None and counted(expression):
                raise ValueError(f"key '{key}': 'count' is for selections of jets; give a condition here")
        return self

    @model_validator(mode="after")
    def _trees_are_known(self) -> Self:
        for topology in self.trees:
            if topology not in TOPOLOGIES:
                raise ValueError(f"key 'trees': unknown topology '{topology}'; {nearest(topology, list(TOPOLOGIES))}")
        if (topology := repeated(self.trees)) is not None:
            raise ValueError(f"key 'trees': '{topology}' stands twice; name it once")
        if self.trees and self.max_length > LARGEST:
            raise ValueError(f"key 'max_length': trees hold at most {LARGEST} constituents, not {self.max_length}")
        return self

    def variables(self) -> list[str]:
        """Return the names of a constituent's variables, in the order of the record."""
        return [*CONSTITUENT[:4], *self.extra, *(["truth"] if self.truth else [])]

    def branches(self) -> dict[str, str]:
        """Return name and branch of every variable, the truth and the weight included."""
        others = {"truth": self.truth, WEIGHT: self.weight}
        return super().branches() | {name: branch for name, branch in others.items() if branch}

    def mass_assumed(self) -> float | None:
        """Return the mass in GeV that goes with the other components; None where the file gives it or the energy."""
        # ASSUME: constituents of which only the momentum is given have no mass, if the card does not say otherwise.
        return None if self.mass or self.energy else self.assumed_mass or 0.0
