"""The file of working points, for use elsewhere: `working_points.json` of a comparison.

`docs/compare.md` documents its format. A reader of another version refuses it, instead of guessing.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from tagwerk.checksums import read_json, write_json
from tagwerk.errors import UserError
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.working_points import WorkingPoint


class DiscriminantDefinition(Frozen):
    """The discriminant p_signal / (p_signal + Σ f p_background), from class probabilities.

    Attributes:
        signal: the signal class.
        background: the fraction f of each background class.
        formula: the same in words.
    """

    signal: str
    background: dict[str, float]
    formula: str

    @classmethod
    def of(cls, signal: str, background: dict[str, float]) -> "DiscriminantDefinition":
        """Return the definition for a signal class and the fractions of background classes."""
        terms = [f"p_{name}" if share == 1 else f"{share:g} p_{name}" for name, share in background.items()]
        return cls(
            signal=signal, background=background, formula=f"p_{signal} / ({' + '.join([f'p_{signal}', *terms])})"
        )


class CategoryWorkingPoints(Frozen):
    """The working points for the jets of one category, which its selection defines in terms of jet variables."""

    name: str
    title: str
    selection: str
    points: list[WorkingPoint]


class WorkingPointFile(Frozen):
    """All working points of a comparison; a jet passes where its discriminant is at least its threshold."""

    format: Literal["tagwerk working points"] = "tagwerk working points"
    version: Literal[1] = 1
    study: str
    dataset: str
    discriminant: DiscriminantDefinition
    passes: Literal["discriminant >= threshold"] = "discriminant >= threshold"
    titles: dict[str, str] = Field(description="of the taggers, by name")
    points: list[WorkingPoint]
    categories: list[CategoryWorkingPoints] = Field(default=[], description="points for selected jets alone")
    versions: dict[str, str]

    def of(
        self,
        tagger: str,
        signal_efficiency: float,
        flat: bool = False,
        seed: int | None = None,
        category: str | None = None,
    ) -> WorkingPoint:
        """Return one working point, of the first seed by default, for all jets or those of a category.

        Raises:
            UserError: there is none.
        """
        of_categories = [point for each in self.categories if each.name == category for point in each.points]
        for point in self.points if category is None else of_categories:
            same = point.tagger == tagger and abs(point.signal_efficiency - signal_efficiency) < 1e-9
            if same and bool(point.variables) == flat and seed in (None, point.seed):
                return point
        which = f"'{tagger}' at a signal efficiency of {signal_efficiency:g}"
        which += "" if category is None else f" in category '{category}'"
        raise UserError(f"no {'flat' if flat else 'inclusive'} working point of {which}; see 'points' in the file")


def working_point_file(comparison: Comparison) -> WorkingPointFile:
    """Return the working points of a comparison with what is needed to use them elsewhere."""
    return WorkingPointFile(
        study=comparison.study,
        dataset=comparison.dataset,
        discriminant=DiscriminantDefinition.of(comparison.signal, comparison.backgrounds),
        titles={tagger.name: tagger.title for tagger in comparison.taggers},
        points=comparison.working_points or [],
        categories=[
            CategoryWorkingPoints(
                name=each.name,
                title=each.title,
                selection=each.selection,
                points=each.comparison.working_points or [],
            )
            for each in comparison.categories or ()
        ],
        versions=comparison.versions,
    )


def write_working_points(path: Path, content: WorkingPointFile) -> None:
    """Write the working points as JSON, with its checksum."""
    write_json(path, content)


def read_working_points(path: Path | str) -> WorkingPointFile:
    """Return the working points in a file that `tagwerk compare` wrote.

    Raises:
        UserError: the file is missing, damaged, of another version, or does not hold working points.
    """
    path = Path(path)
    try:
        return WorkingPointFile.model_validate_json(read_json(path, "tagwerk compare"))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "the file"
        raise UserError(f"{path}: {key}: {first['msg']}; run `tagwerk compare` of this version again") from None
