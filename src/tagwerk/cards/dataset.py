"""The dataset card: files, branches, classes and splits."""

from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from tagwerk.cards.base import Card, Section, first_duplicate, suggestion
from tagwerk.cards.check_levels import Checks
from tagwerk.cards.computed_variables import require_columns, require_known
from tagwerk.cards.generator_kinds import AnyGenerator
from tagwerk.cards.input_files import find_files, name_parts, require_files
from tagwerk.cards.momenta import PT_ETA_PHI_MASS, Expression, Jet, Name, Sequence
from tagwerk.cards.reweighting import Reweighting
from tagwerk.cards.split import Split
from tagwerk.cards.titles import FigureText
from tagwerk.errors import UserError
from tagwerk.jets.substructure import VARIABLES
from tagwerk.jets.tau_variables import TAU_VARIABLES

Color = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]

# The jet record's own fields.
RECORD_FIELDS = ("event", "source", "label", "weight", "jet")
# Names in `event` that are not branches: the file, identified by its contents, and the index of the row in it.
FILE, ROW = "file", "row"


def _known_layout(name: str) -> str:
    folder = Path(__file__).parent.parent / "readers/layouts"
    known = [path.stem for path in folder.glob("*.py") if path.stem != "__init__"]
    if name not in known:
        raise ValueError(f"unknown layout; {suggestion(name, known)}")
    return name


class JetClass(Section):
    """A class of jets: those that pass its selection, those in its files, or both."""

    name: Name = Field(description="name in score files")
    label: FigureText = Field(description="name in figures and tables")
    color: Color = Field(description="colour in figures, as #rrggbb")
    selection: Expression | None = Field(default=None, description="true for jets of this class, in terms of branches")
    files: list[str] = Field(default=[], description="files or patterns; only these contain this class")

    @model_validator(mode="after")
    def _is_defined(self) -> Self:
        if self.selection is None and not self.files:
            raise ValueError("does not define the class; give 'selection' or 'files'")
        return self


class FileContents(NamedTuple):
    """What the card says of the jets in a file.

    Attributes:
        classes: for each class, whether the file may contain it: all but those restricted to other files.
        piece: of an official split by files; None if the file is in none, or the split is another one.
    """

    classes: list[bool]
    piece: str | None = None


class Dataset(Card):
    """A dataset: its files or generator, the branches to read, its classes, selections and split."""

    FOLDER = "datasets"

    title: FigureText = Field(description="name in figures and the report")
    generator: AnyGenerator | None = Field(
        default=None, description="how Tagwerk simulates the jets, instead of `files`; kind `pythia`, `tau` or `exact`"
    )
    files: list[str] = Field(
        default=[], description="files or glob patterns, relative to the working directory, or URLs"
    )
    layout: Annotated[str, AfterValidator(_known_layout)] = Field(
        default="jets", description="layout of the files: a module of tagwerk.readers.layouts"
    )
    tree: str = Field(default="jets", description="tree that holds the jets; in HDF5, the group or table")
    jets: str | None = Field(default=None, description="if each row is an event: the collection that holds the jets")
    momentum_unit: Literal["GeV", "MeV"] = Field(default="GeV", description="unit of all momenta, energies and masses")
    event: list[str] = Field(
        min_length=1,
        description="branches that together identify an event; `file` is the file's content hash, `row` the row number",
    )
    jet: Jet | None = Field(
        default=None, description="branches of the jet; by default, its four-momentum is the sum of `constituents`"
    )
    selection: Expression | None = Field(default=None, description="true for jets to keep, in terms of branches")
    weight: Expression | None = Field(default=None, description="jet weight, in terms of branches; 1 by default")
    classes: list[JetClass] = Field(min_length=2, description="classes; every jet kept must be in exactly one")
    sequences: dict[Name, Sequence] = Field(min_length=1, description="named lists of constituents")
    substructure: list[str] = Field(default=[], description="jet variables to compute from `constituents`")
    tau_variables: list[str] = Field(
        default=[], description="variables of hadronic taus to compute from `tracks` and `clusters`"
    )
    split: Split = Field(
        default=Split(), description="train, validation and test: by shares, folds or an official split"
    )
    checks: Checks = Field(default=Checks(), description="severity of each fault that a check of the files finds")
    reweighting: Reweighting | None = Field(
        default=None, description="reweighting of the training jets to the same spectrum in two variables"
    )

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        patterns = [*self.files, *chain.from_iterable(jet_class.files for jet_class in self.classes)]
        if (self.generator is None) == (not patterns):
            raise ValueError("a dataset has either the key 'generator' or the key 'files'; give one of them")
        if self.generator is not None and self.split.files is not None:
            raise ValueError("key 'split.files': Tagwerk simulates the files of this dataset; give shares or folds")
        if "constituents" not in self.sequences and (self.substructure or self.jet is None):
            alternative = "drop the key 'substructure'" if self.substructure else "give the key 'jet'"
            raise ValueError(f"there is no sequence named 'constituents'; add it or {alternative}")
        return self

    @model_validator(mode="after")
    def _relative_sequences_have_a_jet(self) -> Self:
        for name, sequence in self.sequences.items():
            if sequence.needs_axis and self.jet is None:
                key = "relative" if sequence.relative else "selection"
                raise ValueError(f"key 'sequences.{name}.{key}': is relative to the jet; give the key 'jet'")
        return self

    @model_validator(mode="after")
    def _names_are_distinct(self) -> Self:
        trees = [name for name, _ in self._trees()]
        for key, names in {
            "classes": [jet_class.name for jet_class in self.classes],
            "the labels of classes": [jet_class.label for jet_class in self.classes],
            "jet.extra, substructure and tau_variables": [*self.scalars],
            "sequences, their trees and the jet record": [*RECORD_FIELDS, *self.sequences, *trees],
        }.items():
            if (name := first_duplicate(names)) is not None:
                raise ValueError(f"the name '{name}' is duplicated in {key}; give each its own")
        return self

    @model_validator(mode="after")
    def _variables_can_be_computed(self) -> Self:
        require_known("substructure", self.substructure, VARIABLES)
        require_known("tau_variables", self.tau_variables, TAU_VARIABLES)
        require_columns(self.tau_variables, self.sequences)
        return self

    @model_validator(mode="after")
    def _reweighting_is_known(self) -> Self:
        reweighting = self.reweighting
        if reweighting is not None:
            classes = [jet_class.name for jet_class in self.classes]
            if reweighting.reference not in classes:
                reason = f"there is no class '{reweighting.reference}'; {suggestion(reweighting.reference, classes)}"
                raise ValueError(f"key 'reweighting.reference': {reason}")
            for name in reweighting.variables:
                if name not in self.scalars:
                    reason = f"there is no jet variable '{name}'; {suggestion(name, self.scalars)}"
                    raise ValueError(f"key 'reweighting.variables': {reason}")
            if reweighting.variables[0] == reweighting.variables[1]:
                raise ValueError(f"key 'reweighting.variables': '{reweighting.variables[0]}' is duplicated; give two")
        return self

    @property
    def scalars(self) -> list[str]:
        """The names of a jet's scalar variables, in the order of the record."""
        extra = self.jet.extra if self.jet is not None else ()
        return [*PT_ETA_PHI_MASS, *extra, *self.substructure, *self.tau_variables]

    def trees(self) -> dict[str, tuple[str, str]]:
        """Return the tree fields of the jet record, each with its sequence and topology."""
        return dict(self._trees())

    def parts(self) -> dict[str, Path | None]:
        """Return the name of every part, with its file unless Tagwerk simulates it.

        Raises:
            UserError: a pattern matches no file, or one whose name has a control character; or a file is in no piece
                of an official split, or in several.
        """
        if self.generator is not None:
            return dict.fromkeys(self.generator.parts())
        patterns = [*self.files, *chain.from_iterable(jet_class.files for jet_class in self.classes)]
        files = list(chain.from_iterable(map(require_files, patterns)))
        if self.split.files is not None:
            self.split.files.check(files)
        return {**name_parts(files)}

    def contents_of(self, files: Collection[Path]) -> list[FileContents]:
        """Return what the card says of the jets in each file; its patterns are expanded once for all of them.

        Raises:
            UserError: a file may contain no class, or is in several pieces of an official split.
        """
        pieces = self.split.files.pieces_of(files) if self.split.files is not None else [None] * len(files)
        listed = [_resolved_files(jet_class.files) for jet_class in self.classes]
        common = _resolved_files(self.files if any(listed) else [])
        return [
            FileContents(self._classes_in(file, listed, common), piece)
            for file, piece in zip(files, pieces, strict=True)
        ]

    def _classes_in(self, file: Path, listed: Collection[set[Path]], common: set[Path]) -> list[bool]:
        """Return for each class whether a file may contain it; `listed` and `common` are the files of the keys."""
        path = file.resolve()
        allowed = [path in files for files in listed]
        if not any(allowed) or path in common:
            allowed = [is_listed or not each.files for is_listed, each in zip(allowed, self.classes, strict=True)]
        if not any(allowed):
            raise UserError(f"{file}: is in no class, each has the key 'files' and none matches it; add it to one")
        return allowed

    def expressions(self) -> Iterator[str]:
        """Yield every expression of branches in the card."""
        yield from filter(None, [self.selection, self.weight, *(jet_class.selection for jet_class in self.classes)])
        if self.split.selections is not None:
            yield from self.split.selections.by_piece().values()

    def _trees(self) -> Iterator[tuple[str, tuple[str, str]]]:
        for name, sequence in self.sequences.items():
            for topology in sequence.trees:
                yield f"{name}_{topology}", (name, topology)


def _resolved_files(patterns: Iterable[str]) -> set[Path]:
    return {path.resolve() for pattern in patterns for path in find_files(pattern)}
