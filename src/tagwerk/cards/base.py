"""A card is a YAML file that a Pydantic model validates; what is wrong with it is said in one line a mistake."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Self, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails

from tagwerk.cards.draft_marks import say_marks
from tagwerk.cards.excerpts import nearest, repeated, shown
from tagwerk.cards.yaml_text import read_yaml, written
from tagwerk.errors import UserError

__all__ = ["Card", "Section", "describe", "mistakes", "nearest", "repeated", "shown"]

_MOST = 20  # mistakes that are said of one card


class Section(BaseModel):
    """A mapping in a card: frozen, and closed to keys that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, values: Any) -> Any:
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for key in values if isinstance(values, dict) else ():
            if key not in known:
                raise ValueError(
                    f"unknown key {shown(str(key))} (value {shown(values[key])}); {nearest(str(key), known)}"
                )
        return values

    @model_validator(mode="before")
    @classmethod
    def _refuse_truth_for_a_number(cls, values: Any) -> Any:
        for key, value in values.items() if isinstance(values, dict) else ():
            if key in _numbers(cls) and any(isinstance(each, bool) for each in _inside(value)):
                said = "YAML reads yes, no, on and off as true and false"
                raise ValueError(f"key '{key}': a number is wanted, not {shown(value)}; {said}")
        return values

    @model_validator(mode="after")
    def _refuse_endless_numbers(self) -> Self:
        for key in _numbers(type(self)):
            for number in _inside(getattr(self, key)):
                if isinstance(number, int) and not -(2**63) <= number < 2**63:
                    raise ValueError(f"key '{key}': a number of at most 64 bits is wanted, not {shown(number)}")
        return self


class Card(Section):
    """A whole file; its name is the file's, without the suffix."""

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return the card in a YAML file.

        Raises:
            UserError: the file is missing or no YAML mapping, or a key or value is wrong.
        """
        values = read_yaml(path)
        say_marks(path)
        try:
            return cls.model_validate(values, context={"path": path})
        except ValidationError as error:
            found = mistakes(error)
            text = written(path)
            lines = [describe(each, text=text(each["loc"])) for each in found[:_MOST]]
            lines += [f"and {len(found) - _MOST:,} mistakes more"] if len(found) > _MOST else []
            raise UserError("\n".join(f"{path}: {line}" for line in lines)) from None


def mistakes(error: ValidationError) -> list[ErrorDetails]:
    """Return what is wrong, without what follows from it: a list too short because all that it holds is refused."""
    found = error.errors(include_url=False)
    above = {each["loc"][:depth] for each in found for depth in range(len(each["loc"]))}
    return [each for each in found if each["loc"] not in above]


def describe(mistake: ErrorDetails, above: str = "", text: str | None = None) -> str:
    """Return one line for one mistake below a key: key, what is wrong, and the value that was given.

    Args:
        mistake: as Pydantic has it.
        above: the key that it is below.
        text: the value as it is written in the card, if known.
    """
    place = (*filter(None, [above]), *mistake["loc"])
    named = place[-1:] == ("[key]",)  # it is the name of an entry that is wrong
    key = ".".join(shown(str(part))[1:-1] for part in (place[:-2] if named else place))
    if mistake["type"] == "missing":
        return f"key '{key}' is missing; add it"
    said = mistake["msg"].removeprefix("Value error, ").partition(" after validation")[0]
    if "unknown key" in said:
        return f"{said}" + (f" (in '{key}')" if key else "")
    if not key:
        return said
    whole = mistake["type"] == "value_error" and isinstance(mistake["input"], dict)
    given = "" if whole else f", not {_unquoted(mistake, text) or shown(mistake['input'])}"
    return f"key '{key}'{', a name in it' if named else ''}: {said}{given}"


def _unquoted(mistake: ErrorDetails, text: str | None) -> str:
    """Say what to do where YAML has made a number, a date or the like of a text."""
    value = mistake["input"]
    wanted = mistake["type"] in ("string_type", "literal_error")
    for kind, name in ((bool, "true or false"), (int | float, "a number"), (date, "a date")):
        if wanted and isinstance(value, kind):
            short = f"{value if text is None else text!s:.60}"
            return f"{short}, which YAML reads as {name}; put it in quotes: '{short}'"
    return "None; nothing is given there" if wanted and value is None else ""


@cache
def _numbers(section: type[Section]) -> set[str]:
    """Return the keys of a section whose values, or those in their lists, are numbers and nothing else."""
    kinds = {name: set(_kinds(field.annotation)) for name, field in section.model_fields.items()}
    return {name for name, found in kinds.items() if found & {int, float} and not found & {bool, Any}}


def _kinds(annotation: Any) -> list[Any]:
    inner = get_args(annotation)
    return [kind for each in inner for kind in _kinds(each)] if inner else [annotation]


def _inside(value: Any) -> Iterator[Any]:
    """Yield a value, or all that its lists and mappings hold."""
    if not isinstance(value, dict | list | tuple):
        yield value
        return
    for each in value.values() if isinstance(value, dict) else value:
        yield from _inside(each)
