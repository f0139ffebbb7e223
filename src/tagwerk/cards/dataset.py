"""The dataset card: where the jets are, which branch is which, what the classes are."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from tagwerk.cards.base import Card, Section, nearest, repeated
from tagwerk.cards.check_levels import Checks
from tagwerk.cards.generator import Generator
from tagwerk.cards.input_files import found, matching, named
from tagwerk.cards.momenta import PT_ETA_PHI_MASS, Expression, Jet, Name, Sequence
from tagwerk.cards.reweighting import Reweighting
from tagwerk.cards.split import Split
from tagwerk.cards.titles import Drawn
from tagwerk.errors import UserError
from tagwerk.jets.substructure import VARIABLES

Color = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]

# The names that the jet record gives its own fields.
RECORD = ("event", "source", "label", "weight", "jet")
# Names in `event` that stand for no branch: the file, by its contents, and the number of the row in it.
FILE, ROW = "file", "row"


def _known_layout(name: str) -> str:
    folder = Path(__file__).parent.parent / "readers/layouts"
    known = [path.stem for path in folder.glob("*.py") if path.stem != "__init__"]
    if name not in known:
        raise ValueError(f"unknown layout; {nearest(name, known)}")
    return name


class JetClass(Section):
    """A class of jets: those that fulfil its selection, or those of its files, or both."""

    name: Name = Field(description="the key of this class in score files")
    label: Drawn = Field(description="what figures and tables call it")
    color: Color = Field(description="its colour in figures, as #rrggbb")
    selection: Expression | None = Field(default=None, description="true for the jets of this class, of branches")
    files: list[str] = Field(default=[], description="files or patterns that alone hold this class")

    @model_validator(mode="after")
    def _says_which_jets(self) -> Self:
        if self.selection is None and not self.files:
            raise ValueError("says not which jets are of the class; give 'selection' or 'files'")
        return self


class Dataset(Card):
    """All that ingest needs to know of a dataset."""

    title: Drawn = Field(description="what figures and the report call it")
    generator: Generator | None = Field(default=None, description="how Tagwerk simulates it; instead of files")
    files: list[str] = Field(default=[], description="files or patterns of them, from the working directory")
    layout: Annotated[str, AfterValidator(_known_layout)] = Field(
        default="jets", description="how the files are laid out: a module of tagwerk.readers.layouts"
    )
    tree: str = Field(default="jets", description="the tree, or in HDF5 the group or table, that holds the jets")
    jets: str | None = Field(default=None, description="where a row is an event: the collection that holds its jets")
    momentum_unit: Literal["GeV", "MeV"] = Field(default="GeV", description="of all momenta, energies and masses")
    event: list[str] = Field(
        min_length=1,
        description="branches that together identify an event; `file` stands for a file's contents, `row` for the row",
    )
    jet: Jet | None = Field(default=None, description="the jet's own variables; without, the sum of `constituents`")
    selection: Expression | None = Field(default=None, description="true for jets to keep, in terms of branches")
    weight: Expression | None = Field(default=None, description="a jet's weight, in terms of branches; one by default")
    classes: list[JetClass] = Field(min_length=2, description="every jet kept must be of exactly one")
    sequences: dict[Name, Sequence] = Field(min_length=1, description="named lists of constituents")
    substructure: list[str] = Field(default=[], description="jet variables to compute from `constituents`")
    split: Split = Field(default=Split(), description="shares of train, validation and test, folds, or official pieces")
    checks: Checks = Field(default=Checks(), description="what a check of the files makes of each fault")
    reweighting: Reweighting | None = Field(default=None, description="makes the classes alike in two variables")

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        patterns = [*self.files, *chain.from_iterable(each.files for each in self.classes)]
        if (self.generator is None) == (not patterns):
            raise ValueError("a dataset has either the key 'generator' or the key 'files'; give one of them")
        if self.generator is not None and self.split.files is not None:
            raise ValueError("key 'split.files': Tagwerk simulates the files of this dataset; give shares or folds")
        if "constituents" not in self.sequences and (self.substructure or self.jet is None):
            wanting = "drop the key 'substructure'" if self.substructure else "give the key 'jet'"
            raise ValueError(f"there is no sequence named 'constituents'; add it or {wanting}")
        return self

    @model_validator(mode="after")
    def _relative_sequences_have_a_jet(self) -> Self:
        for name, sequence in self.sequences.items():
            if sequence.relative and self.jet is None:
                raise ValueError(f"key 'sequences.{name}.relative': is of the jet; give the key 'jet'")
        return self

    @model_validator(mode="after")
    def _names_are_distinct(self) -> Self:
        trees = [name for name, _ in self._trees()]
        for key, names in {
            "classes": [each.name for each in self.classes],
            "the labels of classes": [each.label for each in self.classes],
            "jet.extra and substructure": [*self.scalars],
            "sequences, their trees and the jet record": [*RECORD, *self.sequences, *trees],
        }.items():
            if (name := repeated(names)) is not None:
                raise ValueError(f"the name '{name}' stands twice in {key}; give each its own")
        return self

    @model_validator(mode="after")
    def _substructure_is_known(self) -> Self:
        for name in self.substructure:
            if name not in VARIABLES:
                raise ValueError(f"key 'substructure': unknown variable '{name}'; {nearest(name, list(VARIABLES))}")
        return self

    @model_validator(mode="after")
    def _reweighting_is_of_its_classes(self) -> Self:
        wanted = self.reweighting
        if wanted is not None:
            classes = [each.name for each in self.classes]
            if wanted.reference not in classes:
                said = f"there is no class '{wanted.reference}'; {nearest(wanted.reference, classes)}"
                raise ValueError(f"key 'reweighting.reference': {said}")
            for name in wanted.variables:
                if name not in self.scalars:
                    said = f"there is no jet variable '{name}'; {nearest(name, self.scalars)}"
                    raise ValueError(f"key 'reweighting.variables': {said}")
            if wanted.variables[0] == wanted.variables[1]:
                raise ValueError(f"key 'reweighting.variables': '{wanted.variables[0]}' stands twice; give two")
        return self

    @property
    def scalars(self) -> list[str]:
        """The names of a jet's scalar variables, in the order of the record."""
        return [*PT_ETA_PHI_MASS, *(self.jet.extra if self.jet is not None else ()), *self.substructure]

    def trees(self) -> dict[str, tuple[str, str]]:
        """Return the fields of the jet record that hold trees, each with its sequence and its topology."""
        return dict(self._trees())

    def parts(self) -> dict[str, Path | None]:
        """Return the name of every part, with its file where Tagwerk does not simulate it.

        Raises:
            UserError: a pattern matches no file, or one whose name has a control character; or a file is of no piece
                of an official split, or of several.
        """
        if self.generator is not None:
            return dict.fromkeys(self.generator.parts())
        patterns = [*self.files, *chain.from_iterable(each.files for each in self.classes)]
        files = list(chain.from_iterable(map(matching, patterns)))
        if self.split.files is not None:
            self.split.files.check(files)
        return {**named(files)}

    def classes_in(self, file: Path) -> list[bool]:
        """Return whether a file may hold each class: all but those of other files.

        Raises:
            UserError: it may hold none.
        """

        def among(patterns: list[str]) -> bool:
            return any(each.resolve() == file.resolve() for pattern in patterns for each in found(pattern))

        own = [among(each.files) for each in self.classes]
        if not any(own) or among(self.files):
            own = [mine or not each.files for mine, each in zip(own, self.classes, strict=True)]
        if not any(own):
            raise UserError(f"{file}: is of no class, each has the key 'files' and none matches it; add it to one")
        return own

    def expressions(self) -> Iterator[str]:
        """Yield every expression of branches that the card holds."""
        yield from filter(None, [self.selection, self.weight, *(each.selection for each in self.classes)])
        if self.split.selections is not None:
            yield from self.split.selections.given().values()

    def _trees(self) -> Iterator[tuple[str, tuple[str, str]]]:
        for name, sequence in self.sequences.items():
            for topology in sequence.trees:
                yield f"{name}_{topology}", (name, topology)
