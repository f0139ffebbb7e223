"""The dataset card: where the jets are, which branch is which, what the classes are."""

from collections.abc import Iterator
from glob import glob
from itertools import chain
from pathlib import Path
from typing import Annotated, Self

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


def _parsed(expression: str) -> str:
    parse(expression)
    return expression


Expression = Annotated[str, AfterValidator(_parsed)]


class JetClass(Section):
    """A class of jets: those that fulfil its selection."""

    name: Name = Field(description="the key of this class in score files")
    label: str = Field(description="what figures and tables call it")
    color: Color = Field(description="its colour in figures, as #rrggbb")
    selection: Expression = Field(description="true for the jets of this class, in terms of branches")


class Jet(Section):
    """The branches of a jet's four-momentum and its further scalar variables."""

    pt: str = Field(description="branch of the transverse momentum in GeV")
    eta: str = Field(description="branch of the pseudorapidity")
    phi: str = Field(description="branch of the azimuth in radians")
    mass: str = Field(description="branch of the mass in GeV")
    extra: dict[Name, str] = Field(default={}, description="further scalar variables: name and branch")

    def branches(self) -> dict[str, str]:
        """Return name and branch of every variable."""
        return {name: getattr(self, name) for name in MOMENTUM} | self.extra


class Sequence(Section):
    """The branches of a variable-length list a jet, such as its constituents."""

    pt: str = Field(description="branch of the transverse momenta in GeV")
    eta: str = Field(description="branch of the pseudorapidities")
    phi: str = Field(description="branch of the azimuths in radians")
    energy: str = Field(description="branch of the energies in GeV")
    extra: dict[Name, str] = Field(default={}, description="further variables: name and branch")
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
        truth = {"truth": self.truth} if self.truth else {}
        return {name: getattr(self, name) for name in CONSTITUENT[:4]} | self.extra | truth


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
    files: list[str] = Field(default=[], description="ROOT files or patterns of them, from the working directory")
    tree: str = Field(default="jets", description="the TTree that holds a jet an entry")
    event: list[str] = Field(min_length=1, description="branches that together identify an event")
    jet: Jet = Field(description="the jet's own variables")
    selection: Expression | None = Field(default=None, description="true for jets to keep, in terms of branches")
    classes: list[JetClass] = Field(min_length=2, description="every jet kept must be of exactly one")
    sequences: dict[Name, Sequence] = Field(min_length=1, description="named lists of constituents")
    substructure: list[str] = Field(default=[], description="jet variables to compute from `constituents`")
    split: Split = Field(default=Split(), description="shares of train, validation and test")

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        if (self.generator is None) == (not self.files):
            raise ValueError("a dataset has either the key 'generator' or the key 'files'; give one of them")
        if self.substructure and "constituents" not in self.sequences:
            raise ValueError("the key 'substructure' needs a sequence named 'constituents'; add it or drop the key")
        return self

    @model_validator(mode="after")
    def _names_are_distinct(self) -> Self:
        for key, names in {
            "classes": [each.name for each in self.classes],
            "jet.extra and substructure": [*MOMENTUM, *self.jet.extra, *self.substructure],
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
        return [*self.jet.branches(), *self.substructure]

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
        beside = [str(path) for path in Path(pattern).parent.glob("*.root")]
        raise UserError(f"key 'files': no file matches {pattern!r}; {nearest(pattern, beside)}")
    return found
