"""The reference of all card keys, `docs/cards.md`, generated from the models.

`python -m tagwerk.cards.reference` prints it; a test checks that the file is up to date.
"""

import inspect
from collections.abc import Collection, Iterator, Mapping
from itertools import chain
from pkgutil import iter_modules
from typing import Any, get_args

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

import tagwerk.taggers
from tagwerk.cards.base import Section
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.score_files import ScoreFiles
from tagwerk.cards.search import Search
from tagwerk.cards.study import Study
from tagwerk.cards.tagger import Tagger, hyperparameters
from tagwerk.docstrings import returned
from tagwerk.jets.features import FEATURES
from tagwerk.jets.lund import LUND
from tagwerk.jets.substructure import VARIABLES
from tagwerk.jets.tau_variables import TAU_VARIABLES
from tagwerk.jets.variable_features import log_abs, significance

_HEAD = """\
# Cards

Five kinds of YAML file configure Tagwerk. Each key is declared once, in `src/tagwerk/cards/`, from which this page is
generated. An unknown key, a missing key or an invalid value stops Tagwerk before any work, with one line that names
file, key and value.
"""

CARDS: dict[str, type[Section]] = {
    "studies": Study,
    "datasets": Dataset,
    "taggers": Tagger,
    "scores": ScoreFiles,
    "searches": Search,
}


def reference() -> str:
    """Return the page, in Markdown."""
    return "\n".join([_HEAD, *chain.from_iterable(_card(folder, model) for folder, model in CARDS.items()), *_tail()])


def _card(folder: str, model: type[Section]) -> Iterator[str]:
    yield f"## `config/{folder}/<name>.yaml`\n\n{inspect.getdoc(model)}\n"
    yield from _table(_rows(model))


def _tail() -> Iterator[str]:
    yield "## `hyperparameters` of each architecture\n"
    yield "Those that may be given by sequence or tree take one value for all, or a mapping with one value for each:"
    yield "`units: [32, 32]` or `units: {tracks: [32, 32], clusters: [24, 24]}`.\n"
    for module in iter_modules(tagwerk.taggers.__path__):
        if hyperparameters(module.name).model_fields:
            yield f"### `{module.name}`\n"
            yield from _table(_rows(hyperparameters(module.name)))
    yield "## Features of `inputs.sequences`\n"
    yield from (f"- `{name}`: {returned(feature)}" for name, feature in FEATURES.items())
    yield "- any variable x that the dataset's card names in `sequences.<name>.extra`, unchanged"
    yield f"- `log_abs_<x>`: {returned(log_abs)}"
    yield f"- `<x>_significance`: {returned(significance)}"
    yield "- `pt`, `eta`, `phi`, `energy`, unchanged, in GeV and radians\n"
    yield "## Features of `inputs.trees`\n"
    yield "Those of `inputs.sequences`, for constituents and merges; those of further variables x are zero for merges."
    yield "For merges only:\n"
    yield from (f"- `{name}`: {returned(feature)}" for name, feature in LUND.items())
    yield "\n## Variables of `substructure`\n"
    yield from (f"- `{name}`: {returned(variable)}" for name, variable in VARIABLES.items())
    yield "\n## Variables of `tau_variables`\n"
    yield from (
        f"- `{name}`: {returned(variable.compute)} Needs {_needed(variable.needs)}."
        for name, variable in TAU_VARIABLES.items()
    )


def _table(rows: Iterator[str]) -> Iterator[str]:
    yield "| key | default | description |\n|---|---|---|"
    yield from rows
    yield ""


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "required"
    if value is None or isinstance(value, Section):
        return ""
    return f"`{value}`"


def _needed(sequences: Mapping[str, Collection[str]]) -> str:
    """Return the names of sequences, each with the further variables that it must have."""
    extra = {name: " and ".join(f"`{column}`" for column in columns) for name, columns in sequences.items()}
    return ", ".join(f"`{name}`" + (f" with {columns}" if columns else "") for name, columns in extra.items())


def _rows(model: type[Section], parent: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield f"| `{parent}{name}` | {_default(field)} | {(field.description or '').replace('|', chr(92) + '|')} |"
        sections = _sections(field.annotation)
        for section in sections:
            key = "<name>." if "dict" in str(field.annotation) else ""
            alternative = f" ({get_args(section.model_fields['kind'].annotation)[0]})" if len(sections) > 1 else ""
            yield from _rows(section, f"{parent}{name}{alternative}.{key}")


def _sections(annotation: Any) -> list[type[Section]]:
    """Return the sections in a field, directly or in a list or mapping; several if they are alternatives."""
    if inspect.isclass(annotation) and issubclass(annotation, Section):
        return [annotation]
    return list(chain.from_iterable(map(_sections, get_args(annotation))))


if __name__ == "__main__":
    print(reference())
