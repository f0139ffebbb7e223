"""The dataset card: where the jets are, which branch is which, what the classes are."""

from collections.abc import Iterator
from glob import glob
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PositiveInt, StringConstraints, model_validator

from tagwerk.cards.base import Card, Section, nearest
from tagwerk.cards.expressions import parse
from tagwerk.cards.generator import Generator
from tagwerk.errors import UserError
from tagwerk.jets.features import FEATURES
from tagwerk.jets.substructure import VARIABLES

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
Color = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


# The names that the jet record gives its own fields, a jet's momentum and a constituent's variables.
RECORD = ("event", "source", "label", "weight", "jet")
MOMENTUM = ("pt", "eta", "phi", "mass")
CONSTITUENT = ("pt", "eta", "phi", "energy", "truth")
# The ways to give a four-momentum.
FORMS = (("pt", "eta", "phi", "mass"), ("pt", "eta", "phi", "energy"), ("px", "py", "pz", "energy"))


def _parsed(expression: str) -> str:
    parse(expression)
    return expression


Expression = Annotated[str, AfterValidator(_parsed)]


def _known_layout(name: str) -> str:
    folder = Path(__file__).parent.parent / "readers/layouts"
    known = [path.stem for path in folder.glob("*.py") if path.stem != "__init__"]
    if name not in known:
        raise ValueError(f"unknown layout; {nearest(name, known)}")
    return name


class JetClass(Section):
    """A class of jets: those that fulfil its selection."""

    name: Name = Field(description="the key of this class in score files")
    label: str = Field(description="what figures and tables call it")
    color: Color = Field(description="its colour in figures, as #rrggbb")
    selection: Expression = Field(description="true for the jets of this class, in terms of branches")


class Momentum(Section):
    """The branches of four-momenta, in one of the three forms of `FORMS`."""

    pt: str | None = Field(default=None, description="branch of the transverse momentum")
    eta: str | None = Field(default=None, description="branch of the pseudorapidity")
    phi: str | None = Field(default=None, description="branch of the azimuth in radians")
    mass: str | None = Field(default=None, description="branch of the mass")
    energy: str | None = Field(default=None, description="branch of the energy")
    px: str | None = Field(default=None, description="branch of the momentum's x component")
    py: str | None = Field(default=None, description="branch of its y component")
    pz: str | None = Field(default=None, description="branch of its z component")
    extra: dict[Name, str] = Field(default={}, description="further variables: name and branch")

    @model_validator(mode="after")
    def _is_of_one_form(self) -> Self:
        if set(self.momentum()) not in map(set, FORMS):
            forms = "; ".join(", ".join(form) for form in FORMS)
            raise ValueError(f"give a four-momentum as one of: {forms} (not {', '.join(self.momentum()) or 'none'})")
        return self

    def momentum(self) -> dict[str, str]:
        """Return component and branch of the four-momentum."""
        components = dict.fromkeys(component for form in FORMS for component in form)
        return {name: branch for name in components if (branch := getattr(self, name)) is not None}

    def branches(self) -> dict[str, str]:
        """Return name and branch of every variable."""
        return self.momentum() | self.extra


class Jet(Momentum):
    """The branches of a jet's four-momentum and its further scalar variables."""


class Sequence(Momentum):
    """The branches of a variable-length list a jet, such as its constituents."""

    link: dict[Name, str] = Field(default={}, description="how jets reach it, in the words of the layout")
    truth: str | None = Field(default=None, description="branch that is 1 where a constituent is of the signal decay")
    max_length: PositiveInt = Field(default=200, description="the hardest so many are kept")

    @model_validator(mode="after")
    def _extra_names_are_free(self) -> Self:
        for name in self.extra:
            if name in {*CONSTITUENT, *FEATURES}:
                raise ValueError(f"key 'extra': the name '{name}' is taken; choose another")
        return self

    def branches(self) -> dict[str, str]:
        """Return name and branch of every variable, the truth included."""
        return super().branches() | ({"truth": self.truth} if self.truth else {})


class Split(Section):
    """The shares of events that train, choose the best epoch, and measure."""

    train: float = Field(default=0.6, gt=0, lt=1, description="share of the events to train on")
    validation: float = Field(default=0.2, gt=0, lt=1, description="share to stop training by")
    test: float = Field(default=0.2, gt=0, lt=1, description="share that only the comparison sees")

    @model_validator(mode="after")
    def _shares_add_up(self) -> Self:
        if abs(self.train + self.validation + self.test - 1) > 1e-9:
            raise ValueError("train, validation and test must add up to 1")
        return self

    @property
    def shares(self) -> tuple[float, float, float]:
        """Of train, validation and test."""
        return self.train, self.validation, self.test


class Dataset(Card):
    """All that ingest needs to know of a dataset."""

    title: str = Field(description="what figures and the report call it")
    generator: Generator | None = Field(default=None, description="how Tagwerk simulates it; instead of files")
    files: list[str] = Field(default=[], description="files or patterns of them, from the working directory")
    layout: Annotated[str, AfterValidator(_known_layout)] = Field(
        default="jets", description="how the files are laid out: a module of tagwerk.readers.layouts"
    )
    tree: str = Field(default="jets", description="the tree, or in HDF5 the group or table, that holds the jets")
    jets: str | None = Field(default=None, description="where a row is an event: the collection that holds its jets")
    momentum_unit: Literal["GeV", "MeV"] = Field(default="GeV", description="of all momenta, energies and masses")
    event: list[str] = Field(min_length=1, description="branches that together identify an event")
    jet: Jet | None = Field(default=None, description="the jet's own variables; without, the sum of `constituents`")
    selection: Expression | None = Field(default=None, description="true for jets to keep, in terms of branches")
    classes: list[JetClass] = Field(min_length=2, description="every jet kept must be of exactly one")
    sequences: dict[Name, Sequence] = Field(min_length=1, description="named lists of constituents")
    substructure: list[str] = Field(default=[], description="jet variables to compute from `constituents`")
    split: Split = Field(default=Split(), description="shares of train, validation and test")

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        if (self.generator is None) == (not self.files):
            raise ValueError("a dataset has either the key 'generator' or the key 'files'; give one of them")
        if "constituents" not in self.sequences and (self.substructure or self.jet is None):
            wanting = "drop the key 'substructure'" if self.substructure else "give the key 'jet'"
            raise ValueError(f"there is no sequence named 'constituents'; add it or {wanting}")
        return self

    @model_validator(mode="after")
    def _names_are_distinct(self) -> Self:
        for key, names in {
            "classes": [each.name for each in self.classes],
            "jet.extra and substructure": [*self.scalars],
            "sequences and the jet record": [*RECORD, *self.sequences],
        }.items():
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f"the name '{name}' stands twice in {key}; give each its own")
        return self

    @model_validator(mode="after")
    def _substructure_is_known(self) -> Self:
        for name in self.substructure:
            if name not in VARIABLES:
                raise ValueError(f"key 'substructure': unknown variable '{name}'; {nearest(name, list(VARIABLES))}")
        return self

    @property
    def scalars(self) -> list[str]:
        """The names of a jet's scalar variables, in the order of the record."""
        return [*MOMENTUM, *(self.jet.extra if self.jet is not None else ()), *self.substructure]

    def parts(self) -> dict[str, Path | None]:
        """Return the name of every part, with its file where Tagwerk does not simulate it.

        Raises:
            UserError: a pattern matches no file, or two files have the same name.
        """
        if self.generator is not None:
            return dict.fromkeys(self.generator.parts())
        parts: dict[str, Path | None] = {}
        for file in chain.from_iterable(map(_matching, self.files)):
            if file.stem in parts:
                raise UserError(f"key 'files': {parts[file.stem]} and {file} have the same name; rename one of them")
            parts[file.stem] = file
        return parts

    def expressions(self) -> Iterator[str]:
        """Yield every selection of the card."""
        if self.selection is not None:
            yield self.selection
        yield from (each.selection for each in self.classes)


def _matching(pattern: str) -> list[Path]:
    found = [Path(path) for path in sorted(glob(pattern, recursive=True))]
    if not found:
        beside = [str(path) for path in Path(pattern).parent.glob(f"*{Path(pattern).suffix}")]
        raise UserError(f"key 'files': no file matches {pattern!r}; {nearest(pattern, beside)}")
    return found
