"""The workflow's configuration: which study and which search to run, and what names of cards can be parts of paths."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from tagwerk.cards.base import nearest
from tagwerk.cards.input_files import check_name
from tagwerk.cards.study import Cards
from tagwerk.errors import UserError, naming

KEYS = ("study", "search")
_TAKEN = ("comparison", "report.html", "summary.json")  # by what else is in a study's folder of results


def configuration(files: Sequence[Path], arguments: Sequence[str]) -> dict[str, str]:
    """Return the names of study and search as they are written, of which YAML would read 2024_01 as a number.

    Arguments:
        files: YAML files, of which a later one overrides an earlier one.
        arguments: `key=value` from the command line, which override the files.

    Raises:
        UserError: a key is unknown, or a value cannot be the name of a card.
    """
    chosen = {}
    for place, key, value in _written(files, arguments):
        if key not in KEYS:
            raise UserError(f"{place}: unknown key '{key}' (value {value!r}); {nearest(key, list(KEYS))}")
        if not value or not isinstance(value, str):
            raise UserError(f"{place}: key '{key}': {value!r} is not the name of a card; give one")
        check_card_name(value, f"{place}: key '{key}'")
        chosen[key] = value
    return chosen


def check_study_names(path: Path, cards: Cards) -> None:
    """Raise UserError where a study names a card or a file that the workflow cannot handle."""
    check_card_name(cards.study.dataset, f"{path}: key 'dataset'")
    for tagger in cards.study.taggers:
        check_card_name(tagger, f"{path}: key 'taggers'")
        if tagger in _TAKEN:
            raise UserError(
                f"{path}: key 'taggers': a study's own results are called '{tagger}' too; rename the tagger's card"
            )
    with naming(cards.dataset_path):
        for file in filter(None, cards.dataset.parts().values()):
            _check_path(str(file), "key 'files'")


def check_card_name(name: str, key: str) -> None:
    """Raise UserError where the name of a card cannot be part of a path of the workflow."""
    _check_path(name, key)
    if "/" in name or name in (".", ".."):
        raise UserError(f"{key}: '{name}' is a path; give the card's name alone")


def _check_path(path: str, key: str) -> None:
    """Raise UserError where Snakemake or a log cannot take a path."""
    check_name(path, key)
    if re.search(r"\{.*\}", path):
        raise UserError(f"{key}: Snakemake takes the braces in {path!r} for a wildcard; rename it")


def _written(files: Sequence[Path], arguments: Sequence[str]) -> Iterator[tuple[str, str, Any]]:
    """Yield where a key is set, the key, and its value without any type."""
    for file in files:
        for key, value in _mapping(file).items():
            yield str(file), key, value
    for argument in arguments:
        key, _, value = argument.partition("=")
        quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
        yield "--config", key, value[1:-1] if quoted else value


def _mapping(file: Path) -> dict[str, Any]:
    try:
        values = yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(f"{file}: cannot be read as YAML: {' '.join(str(error).split())}") from None
    if not isinstance(values, dict):
        raise UserError(f"{file}: a configuration is a mapping of keys to values, this is {values!r:.60}")
    return values
