"""The workflow's configuration: which study, search and page to run, and which card names can be part of a path.

A page of the gallery may take a text and a budget in minutes.
"""

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from tagwerk.cards.base import suggestion
from tagwerk.cards.input_files import check_name
from tagwerk.cards.study_cards import Cards
from tagwerk.cards.study_checks import check_shared_files
from tagwerk.cards.yaml_text import check_size
from tagwerk.errors import UserError, error_context

KEYS = ("study", "search", "example", "text", "budget")
_RESERVED = (
    "comparison",
    "features",
    "report.html",
    "samples",
    "summary.json",
)  # other names in a study's results folder


def configuration(files: Sequence[Path], arguments: Sequence[str]) -> dict[str, str]:
    """Return the names of study, search and page exactly as written, where YAML would read 2024_01 as a number.

    Args:
        files: YAML files; later ones override earlier ones.
        arguments: `key=value` from the command line, which override the files.

    Raises:
        UserError: a key is unknown, or a value cannot be the name of a card.
    """
    chosen = {}
    for origin, key, value in _entries(files, arguments):
        if key not in KEYS:
            raise UserError(f"{origin}: unknown key '{key}' (value {value!r}); {suggestion(key, list(KEYS))}")
        what = {"text": "a file or an address", "budget": "a number of minutes"}.get(key, "the name of a card")
        if not value or not isinstance(value, str) or (key == "budget" and not _is_positive(value)):
            raise UserError(f"{origin}: key '{key}': {value!r} is not {what}; give one")
        if key not in ("text", "budget"):
            check_card_name(value, f"{origin}: key '{key}'")
        chosen[key] = value
    return chosen


def _is_positive(value: str) -> bool:
    try:
        return 0 < float(value) < math.inf
    except ValueError:
        return False


def check_study_names(path: Path, cards: Cards) -> None:
    """Raise UserError if a study names a card or a file that the workflow cannot handle, or a sample of its files."""
    if cards.study.dataset is not None:
        check_card_name(cards.study.dataset, f"{path}: key 'dataset'")
    for sample in cards.alternatives:
        check_card_name(sample, f"{path}: key 'alternative_samples'")
    for tagger in cards.study.all_taggers:
        check_card_name(tagger, f"{path}: key 'taggers'")
        if tagger in _RESERVED:
            raise UserError(
                f"{path}: key 'taggers': '{tagger}' is also the name of a study's own results; rename the tagger's card"
            )
    read = cards.files()
    for name, files in read.items():
        for file in files:
            with error_context(cards.alternative_paths.get(name, cards.dataset_path)):
                _check_path(str(file), "key 'files'")
    check_shared_files(path, cards, read)
    for name, card in cards.scores.items():
        with error_context(path):
            for file in card.paths():
                _check_path(str(file), f"key 'scores': files of '{name}'")


def check_card_name(name: str, key: str) -> None:
    """Raise UserError if a card's name cannot be part of a path in the workflow."""
    _check_path(name, key)
    if "/" in name or name in (".", ".."):
        raise UserError(f"{key}: '{name}' is a path; give only the card's name")
    if name.endswith((".yaml", ".yml")):
        raise UserError(f"{key}: '{name}' is the name of a file; give the card's name, without the suffix")


def _check_path(path: str, key: str) -> None:
    """Raise UserError if Snakemake or a log cannot handle a path."""
    check_name(path, key)
    if re.search(r"\{.*\}", path):
        raise UserError(f"{key}: Snakemake reads the braces in {path!r} as a wildcard; rename it")


def _entries(files: Sequence[Path], arguments: Sequence[str]) -> Iterator[tuple[str, str, Any]]:
    """Yield where each key is set, the key, and its value as a string."""
    for file in files:
        for key, value in _read_mapping(file).items():
            yield str(file), key, value
    for argument in arguments:
        key, _, value = argument.partition("=")
        quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
        yield "--config", key, value[1:-1] if quoted else value


def _read_mapping(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
        check_size(text)
        values = yaml.load(text, yaml.BaseLoader) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(f"{file}: cannot be read as YAML: {' '.join(str(error).split())}") from None
    if not isinstance(values, dict):
        raise UserError(f"{file}: a configuration is a mapping of keys to values, this is {values!r:.60}")
    return values
