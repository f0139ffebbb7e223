"""A new project: a folder with cards and a Snakefile, complete or not there at all."""

import re
import shutil
from pathlib import Path
from string import Template
from typing import NamedTuple

import yaml
from pydantic import ValidationError

import tagwerk
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.draft_marks import marked_lines
from tagwerk.cards.locate import SHIPPED, WORKFLOW
from tagwerk.cards.study import Study
from tagwerk.cards.tagger import Tagger
from tagwerk.drafts.make import draft_card
from tagwerk.errors import UserError
from tagwerk.files import atomic_write
from tagwerk.projects.first_study import first_study
from tagwerk.remote import RemoteFile

_TEMPLATE = Path(__file__).parent / "template"
_NAME = re.compile(r"\w[\w.-]*")
_RENAMED = {"gitignore": ".gitignore"}  # so that it is not one of the package itself
_START = "config/datasets/start.yaml"  # where there is no file to draft a card from


class NewProject(NamedTuple):
    """A project's folder, the taggers of its study, and how many lines of its dataset card must be checked."""

    folder: Path
    taggers: list[str]
    marks: int


def new_project(folder: Path, data: Path | None = None, jets: str | None = None) -> NewProject:
    """Write a new project, whose name is that of its folder.

    Args:
        folder: to make.
        data: file to draft the dataset card from; without it, the card is an example to edit.
        jets: the jet collection to use in the file, if there are several; the best by default.

    Raises:
        UserError: the folder exists, its name cannot be that of cards, or no card can be drafted from the file.
    """
    name = folder.name
    if not _NAME.fullmatch(name) or name.endswith((".yaml", ".yml")):
        raise UserError(f"{folder}: '{name}' cannot be a project's name; use letters, digits, '_', '-' and '.'")
    if folder.exists():
        raise UserError(f"{folder}: exists; choose another name, or draft a card with `tagwerk draft`")
    if jets is not None and data is None:
        raise UserError(f"--jets {jets}: needs a file to find them in; give --data FILE")
    dataset = _dataset_card(name, data, jets)
    study = first_study(name, *_classes(dataset))
    values = {"name": name, "tagger": study.tagger_name, "version": tagwerk.__version__, "to_do": _to_do(dataset)}
    files = {_RENAMED.get(path, path): Template(text).substitute(values) for path, text in _templates().items()}
    files |= {
        f"config/{Dataset.FOLDER}/{name}.yaml": dataset,
        f"config/{Study.FOLDER}/{name}.yaml": study.study,
        f"config/{Tagger.FOLDER}/{study.tagger_name}.yaml": study.tagger,
    }
    _write(folder, files)
    return NewProject(folder, yaml.safe_load(study.study)["taggers"], len(marked_lines(dataset)))


def _write(folder: Path, files: dict[str, str]) -> None:
    """Write the files of a project, and the profiles of the workflow."""
    with atomic_write(folder) as draft:
        shutil.copytree(WORKFLOW / "profiles", draft / "workflow/profiles", copy_function=shutil.copy)
        for path, text in files.items():
            (draft / path).parent.mkdir(parents=True, exist_ok=True)
            (draft / path).write_text(text, encoding="utf-8")


def _templates() -> dict[str, str]:
    """Return the texts of the template by their paths, all but that of the dataset card."""
    paths = (path for path in sorted(_TEMPLATE.rglob("*")) if path.is_file())
    texts = {str(path.relative_to(_TEMPLATE)): path.read_text(encoding="utf-8") for path in paths}
    return {path: text for path, text in texts.items() if path != _START}


def _dataset_card(name: str, data: Path | None, jets: str | None) -> str:
    """Return the text of a dataset card: drafted from a file, which it names wherever the project is, or to edit."""
    if data is None:
        title = name.replace("_", " ")
        return Template((_TEMPLATE / _START).read_text(encoding="utf-8")).substitute(name=name, title=repr(title))
    file = data if isinstance(data, RemoteFile) else data.absolute()
    return draft_card(file, jets, SHIPPED / Tagger.FOLDER)


def _classes(text: str) -> tuple[Dataset | None, list[str]]:
    """Return a dataset card and the names of its classes; None for the card if it is not valid yet."""
    values = yaml.safe_load(text)
    names = [str(each["name"]) for each in values["classes"]]
    try:
        return Dataset.model_validate(values), names
    except ValidationError:
        return None, names


def _to_do(dataset: str) -> str:
    return "correct the lines marked CHECK, and remove the marks" if marked_lines(dataset) else "read it once"
