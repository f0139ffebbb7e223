"""A card is a YAML file, validated by a Pydantic model; each error is reported in one line."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Self, cast, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails

from tagwerk.cards.draft_marks import warn_about_marks
from tagwerk.cards.excerpts import first_duplicate, short_repr, suggestion
from tagwerk.cards.locate import card_path
from tagwerk.cards.yaml_text import raw_scalars, read_yaml
from tagwerk.errors import UserError
from tagwerk.provenance.notes import note_seeds

__all__ = ["Card", "Section", "describe_error", "first_duplicate", "root_errors", "short_repr", "suggestion"]

UNION_TAG = "kind="  # starts the name of an alternative, which is in the location of an error but not in the card
UNKNOWN_KIND = "unknown_kind"  # the error of a section that is none of its alternatives
_MAX_ERRORS = 20  # reported per card


class Section(BaseModel):
    """A mapping in a card: frozen; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, values: Any) -> Any:
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for key in values if isinstance(values, dict) else ():
            if key not in known:
                hint = suggestion(str(key), known)
                raise ValueError(f"unknown key {short_repr(str(key))} (value {short_repr(values[key])}); {hint}")
        return values

    @model_validator(mode="before")
    @classmethod
    def _refuse_booleans_as_numbers(cls, values: Any) -> Any:
        for key, value in values.items() if isinstance(values, dict) else ():
            if key in _numeric_keys(cls) and any(isinstance(leaf, bool) for leaf in _leaves(value)):
                hint = "YAML reads yes, no, on and off as true and false"
                raise ValueError(f"key '{key}': expected a number, not {short_repr(value)}; {hint}")
        return values

    @model_validator(mode="after")
    def _refuse_huge_integers(self) -> Self:
        for key in _numeric_keys(type(self)):
            for number in _leaves(getattr(self, key)):
                if isinstance(number, int) and not -(2**63) <= number < 2**63:
                    raise ValueError(f"key '{key}': expected a number of at most 64 bits, not {short_repr(number)}")
        return self


class Card(Section):
    """A card file; its name is that of the file, without the suffix."""

    FOLDER: ClassVar[str] = ""  # of such cards in `config`

    @classmethod
    def load(cls, card: Path | str) -> Self:
        """Return the card in a YAML file.

        Args:
            card: path of the file, or its name without the suffix, as in `config` or among Tagwerk's own cards.

        Raises:
            UserError: the file is missing or not a YAML mapping, or a key or value is wrong.
        """
        return cls.located(card)[1]

    @classmethod
    def located(cls, card: Path | str | Self) -> tuple[Path, Self]:
        """Return a card with its path, which for a card made in Python is its kind; arguments are those of `load`.

        Raises:
            UserError: as `load`.
        """
        if not isinstance(card, Path | str):
            return Path(cls.__name__), card
        path = card_path(cls.FOLDER, card)
        values = read_yaml(path)
        warn_about_marks(path)
        try:
            card = cls.model_validate(values, context={"path": path})
        except ValidationError as error:
            errors = root_errors(error)
            text = raw_scalars(path)
            lines = [describe_error(detail, text=text(detail["loc"])) for detail in errors[:_MAX_ERRORS]]
            lines += [f"and {len(errors) - _MAX_ERRORS:,} more errors"] if len(errors) > _MAX_ERRORS else []
            raise UserError("\n".join(f"{path}: {line}" for line in lines)) from None
        note_seeds(path, card)
        return path, card


def root_errors(error: ValidationError) -> list[ErrorDetails]:
    """Return the errors without those that follow from others, such as a list left too short by refused elements."""
    errors = [_without_tags(detail) for detail in error.errors(include_url=False)]
    parents = {detail["loc"][:depth] for detail in errors for depth in range(len(detail["loc"]))}
    return [detail for detail in errors if detail["loc"] not in parents]


def _without_tags(error: ErrorDetails) -> ErrorDetails:
    """Return the error at the place of the card where it is, without the names of alternatives."""
    place = tuple(part for part in error["loc"] if not str(part).startswith(UNION_TAG))
    return cast(ErrorDetails, {**error, "loc": place})


def describe_error(error: ErrorDetails, parent: str = "", text: str | None = None) -> str:
    """Return one line for one error: key, what is wrong, and the given value.

    Args:
        error: as Pydantic reports it.
        parent: key of the section that was validated, if not the card itself.
        text: the value as written in the card, if known.
    """
    path = (*filter(None, [parent]), *error["loc"])
    is_name = path[-1:] == ("[key]",)  # the name of an entry is wrong, not its value
    key = ".".join(short_repr(str(part))[1:-1] for part in (path[:-2] if is_name else path))
    if error["type"] == "missing":
        return f"key '{key}' is missing; add it"
    reason = error["msg"].removeprefix("Value error, ").partition(" after validation")[0]
    if "unknown key" in reason:
        return f"{reason}" + (f" (in '{key}')" if key else "")
    if not key:
        return reason
    is_section = error["type"] in ("value_error", UNKNOWN_KIND) and isinstance(error["input"], dict)
    given = "" if is_section else f", not {_quoting_hint(error, text) or short_repr(error['input'])}"
    return f"key '{key}'{', name of an entry' if is_name else ''}: {reason}{given}"


def _quoting_hint(error: ErrorDetails, text: str | None) -> str:
    """Return the value and what to do if YAML reads an unquoted text as a number, a date or the like."""
    value = error["input"]
    expects_text = error["type"] in ("string_type", "literal_error")
    for kind, name in ((bool, "true or false"), (int | float, "a number"), (date, "a date")):
        if expects_text and isinstance(value, kind):
            short = f"{value if text is None else text!s:.60}"
            return f"{short}, which YAML reads as {name}; put it in quotes: '{short}'"
    return "None; give a value" if expects_text and value is None else ""


@cache
def _numeric_keys(section: type[Section]) -> set[str]:
    """Return the keys of a section whose values, or the elements of whose lists, can only be numbers."""
    types = {name: set(_leaf_types(field.annotation)) for name, field in section.model_fields.items()}
    return {name for name, leaves in types.items() if leaves & {int, float} and not leaves & {bool, Any}}


def _leaf_types(annotation: Any) -> list[Any]:
    arguments = get_args(annotation)
    return [leaf for argument in arguments for leaf in _leaf_types(argument)] if arguments else [annotation]


def _leaves(value: Any) -> Iterator[Any]:
    """Yield a value, or all values nested in its lists and mappings."""
    if not isinstance(value, dict | list | tuple):
        yield value
        return
    for item in value.values() if isinstance(value, dict) else value:
        yield from _leaves(item)
