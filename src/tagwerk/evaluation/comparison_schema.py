"""The JSON Schema of `comparison.json`, `docs/comparison_schema.json`, generated from the models.

`python -m tagwerk.evaluation.comparison_schema` prints it; a test checks that the file is up to date.
"""

import inspect
import json
import re
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

from tagwerk.evaluation.comparison import SCHEMA_VERSION, Comparison

_CHECKSUMS = {
    "files": {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "SHA-256 of the other files in the directory, by name.",
    },
    "sha256": {
        "type": "string",
        "description": "SHA-256 of all other bytes of the file, by which Tagwerk notices damage.",
    },
}
_ENTRY = re.compile(r"^([a-z]\w*(?:, [a-z]\w*)*): ")  # of a docstring's section Attributes


def comparison_schema() -> dict[str, Any]:
    """Return the schema (JSON Schema 2020-12), in which every key has a description."""
    generated = Comparison.model_json_schema(mode="serialization")
    definitions = generated["$defs"]
    for model in models_of(Comparison):
        _describe(definitions[model.__name__], model)
    whole = definitions[Comparison.__name__]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Tagwerk's comparison.json, version {SCHEMA_VERSION}",
        **whole,
        "properties": whole["properties"] | _CHECKSUMS,
        "$defs": definitions,
    }


def models_of(model: type[BaseModel]) -> list[type[BaseModel]]:
    """Return a model and those in its fields, and in theirs, each once."""
    found: dict[type[BaseModel], None] = {}
    waiting = [model]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found[each] = None
            waiting += [inner for field in each.model_fields.values() for inner in _models_in(field.annotation)]
    return list(found)


def attributes(model: type[BaseModel]) -> dict[str, str]:
    """Return the descriptions of a model's keys in its docstring, and in those of its bases."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        text = inspect.cleandoc(base.__doc__ or "")
        names: list[str] = []
        for line in inspect.cleandoc(text.partition("Attributes:\n")[2]).splitlines():
            if entry := _ENTRY.match(line):
                names = entry[1].split(", ")
                found |= dict.fromkeys(names, line[entry.end() :])
            else:
                found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return found


def _describe(definition: dict[str, Any], model: type[BaseModel]) -> None:
    """Add the descriptions of a model and its keys to its definition; titles that only repeat a key are dropped."""
    definition["description"] = " ".join((model.__doc__ or "").partition("Attributes:")[0].split())
    known = attributes(model)
    for name, schema in definition["properties"].items():
        schema.pop("title", None)
        if name in known:
            schema["description"] = known[name]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from _models_in(each)


if __name__ == "__main__":
    print(json.dumps(comparison_schema(), indent=1, ensure_ascii=False))
