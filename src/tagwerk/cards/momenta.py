"""The sections of a dataset card that name the branches of four-momenta and of variables that go with them."""

from math import isfinite
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PositiveInt, model_validator

from tagwerk.cards.base import Section, first_duplicate, suggestion
from tagwerk.cards.expressions import branch_names, counted_branches, parse
from tagwerk.cards.identifiers import Name as Name
from tagwerk.cards.origins import SIGNAL_OR_NOT, Origin
from tagwerk.jets.features import FEATURES
from tagwerk.jets.topologies import MAX_CONSTITUENTS, TOPOLOGIES

# The names of a jet's momentum and of a constituent's variables in the jet record.
PT_ETA_PHI_MASS = ("pt", "eta", "phi", "mass")
CONSTITUENT = ("pt", "eta", "phi", "energy", "truth")
# The ways to give a four-momentum; a mass is assumed if neither mass nor energy is given.
_DIRECTIONS = (("pt", "eta", "phi"), ("px", "py", "pz"), ("pt", "rapidity", "phi"))
FORMS = (
    ("pt", "eta", "phi", "mass"), ("pt", "eta", "phi", "energy"), ("px", "py", "pz", "energy"),
    ("px", "py", "pz", "mass"), ("pt", "rapidity", "phi", "mass"), ("pt", "rapidity", "phi", "energy"),
)  # fmt: skip
# Pairs of which at most one may be given.
_EXCLUSIVE = (("eta", "rapidity"), ("mass", "energy"), ("assumed_mass", "mass"), ("assumed_mass", "energy"))
# Name of a sequence's weight among its variables; further ones cannot clash, as their names have no space.
WEIGHT = "constituent weight"
# Name of the distance to the jet's axis in a selection of constituents.
DELTA_R = "delta_r"


def _check_expression(expression: str) -> str:
    parse(expression)
    return expression


def _constant_as_text(value: Any) -> Any:
    """Return a number or boolean in a card as an expression."""
    is_constant = isinstance(value, bool | int) or (isinstance(value, float) and isfinite(value))
    return str(value) if is_constant else value


Expression = Annotated[str, BeforeValidator(_constant_as_text), AfterValidator(_check_expression)]


class Momentum(Section):
    """The branches of four-momenta, in one of `FORMS`, or without mass and energy."""

    pt: str | None = Field(default=None, description="branch of the transverse momentum")
    eta: str | None = Field(default=None, description="branch of the pseudorapidity")
    rapidity: str | None = Field(default=None, description="branch of the rapidity, instead of `eta`")
    phi: str | None = Field(default=None, description="branch of the azimuth in radians")
    mass: str | None = Field(default=None, description="branch of the mass")
    energy: str | None = Field(default=None, description="branch of the energy")
    px: str | None = Field(default=None, description="branch of the momentum's x component")
    py: str | None = Field(default=None, description="branch of the momentum's y component")
    pz: str | None = Field(default=None, description="branch of the momentum's z component")
    assumed_mass: float | None = Field(
        default=None,
        ge=0,
        description="mass in GeV if neither `mass` nor `energy` is given; 0 by default for constituents",
    )
    extra: dict[Name, str] = Field(default={}, description="further variables, as name: branch")

    @model_validator(mode="after")
    def _is_of_one_form(self) -> Self:
        given = self.momentum()
        assumed = {} if self.assumed_mass is None else {"assumed_mass": ""}
        for first, second in _EXCLUSIVE:
            if first in given | assumed and second in given | assumed:
                raise ValueError(f"'{first}' and '{second}' are both given; leave one of them out")
        if set(given) in map(set, _DIRECTIONS) and self.fallback_mass() is None:
            raise ValueError(f"give 'mass', 'energy' or 'assumed_mass' in addition to {', '.join(given)}")
        if set(given) not in map(set, (*FORMS, *_DIRECTIONS)):
            forms = "; ".join(", ".join(form) for form in FORMS)
            raise ValueError(f"give a four-momentum as one of: {forms} (not {', '.join(given) or 'none'})")
        return self

    def momentum(self) -> dict[str, str]:
        """Return the branch of each component of the four-momentum."""
        components = dict.fromkeys(component for form in FORMS for component in form)
        return {name: branch for name in components if (branch := getattr(self, name)) is not None}

    def branches(self) -> dict[str, str]:
        """Return the branch of every variable."""
        return self.momentum() | self.extra

    def fallback_mass(self) -> float | None:
        """Return the mass in GeV to assume; None if the file has mass or energy."""
        return self.assumed_mass


class Jet(Momentum):
    """The branches of a jet's four-momentum and its further scalar variables."""


class Sequence(Momentum):
    """The branches of one variable-length list per jet, such as its constituents."""

    link: dict[Name, str] = Field(
        default={}, description="how jets refer to their constituents; the keys depend on the layout"
    )
    weight: str | None = Field(
        default=None,
        description="branch of a weight that scales the four-momentum, such as PUPPI's; 0 drops the constituent",
    )
    relative: list[Literal["pt", "energy", "eta", "rapidity", "phi"]] = Field(
        default=[],
        description="components given relative to the jet: pt and energy as fractions, the others as differences",
    )
    mirrored: bool = Field(
        default=False,
        description="whether eta or rapidity differences are multiplied by the sign of the jet's η, as in JetClass-II",
    )
    truth: str | None = Field(
        default=None,
        description="branch of the constituents' origins: the index in `origins`, or without these 1 for constituents"
        " from the signal decay and 0 for others; -1 where unknown",
    )
    origins: list[Origin] = Field(
        default=[], description="origins of constituents, in the order of their indices in `truth`"
    )
    selection: Expression | None = Field(
        default=None,
        description="true for constituents to keep, in terms of this section's variables, in GeV and radians, and of "
        "`delta_r`, the distance to the jet's axis",
    )
    order: Expression = Field(
        default="pt",
        description="sort key of the constituents, in descending order, in terms of this section's variables",
    )
    max_length: PositiveInt = Field(
        default=200, description="maximum number of constituents; the first in `order` are kept"
    )
    trees: list[str] = Field(
        default=[], description=f"trees to build over the constituents: any of {', '.join(TOPOLOGIES)}"
    )

    @model_validator(mode="after")
    def _relative_components_are_given(self) -> Self:
        for name in self.relative:
            if name not in self.momentum():
                known = [component for component in self.momentum() if component not in ("px", "py", "pz", "mass")]
                raise ValueError(f"key 'relative': '{name}' is not given; {suggestion(name, known)}")
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
    def _origins_are_distinct(self) -> Self:
        if self.origins and self.truth is None:
            raise ValueError("key 'origins': says what 'truth' means, which is missing; give both or neither")
        if len(self.origins) == 1:
            raise ValueError(f"key 'origins': '{self.origins[0].name}' needs a second one to be distinguished from")
        for names in ([each.name for each in self.origins], [each.label for each in self.origins]):
            if (name := first_duplicate(names)) is not None:
                raise ValueError(f"key 'origins': '{name}' is duplicated; give each its own name and label")
        return self

    @model_validator(mode="after")
    def _expressions_use_known_variables(self) -> Self:
        known = self.variables()
        for key, expression, names in (("selection", self.selection, [*known, DELTA_R]), ("order", self.order, known)):
            for name in sorted(branch_names(expression) - {*names}) if expression is not None else ():
                raise ValueError(f"key '{key}': there is no variable '{name}'; {suggestion(name, known)}")
            if expression is not None and counted_branches(expression):
                raise ValueError(f"key '{key}': 'count' is for selections of jets; give a condition here")
        return self

    @model_validator(mode="after")
    def _trees_are_known(self) -> Self:
        for topology in self.trees:
            if topology not in TOPOLOGIES:
                raise ValueError(
                    f"key 'trees': unknown topology '{topology}'; {suggestion(topology, list(TOPOLOGIES))}"
                )
        if (topology := first_duplicate(self.trees)) is not None:
            raise ValueError(f"key 'trees': '{topology}' is duplicated; name it once")
        if self.trees and self.max_length > MAX_CONSTITUENTS:
            limit = f"trees hold at most {MAX_CONSTITUENTS} constituents"
            raise ValueError(f"key 'max_length': {limit}, not {self.max_length}")
        return self

    @property
    def needs_axis(self) -> bool:
        """Whether constituents are given, or selected, relative to the jet."""
        return bool(self.relative) or (self.selection is not None and DELTA_R in branch_names(self.selection))

    def variables(self) -> list[str]:
        """Return the names of a constituent's variables, in the order of the record."""
        return [*CONSTITUENT[:4], *self.extra, *(["truth"] if self.truth else [])]

    def known_origins(self) -> list[Origin]:
        """Return the origins in the order of the truth's values: those in the card, or signal decay and others."""
        return self.origins or list(SIGNAL_OR_NOT)

    def branches(self) -> dict[str, str]:
        """Return the branch of every variable, including truth and weight."""
        others = {"truth": self.truth, WEIGHT: self.weight}
        return super().branches() | {name: branch for name, branch in others.items() if branch}

    def fallback_mass(self) -> float | None:
        """Return the mass in GeV to assume; None if the file has mass or energy."""
        # ASSUME: constituents given by their momentum only are massless, unless the card says otherwise.
        return None if self.mass or self.energy else self.assumed_mass or 0.0
