"""A card is a YAML file that a Pydantic model validates; what is wrong with it is said in one line a mistake."""

from difflib import get_close_matches
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails

from tagwerk.cards.marks import say_marks
from tagwerk.errors import UserError


class Section(BaseModel):
    """A mapping in a card: frozen, and closed to keys that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, values: Any) -> Any:
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for key in values if isinstance(values, dict) else ():
            if key not in known:
                raise ValueError(f"unknown key '{key}' (value {values[key]!r}); {nearest(str(key), known)}")
        return values


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
            raise UserError("\n".join(f"{path}: {describe(each)}" for each in mistakes(error))) from None


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # a hundred times as fast, if there
    """YAML's safe loader, which also refuses a key that stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.YAMLError(f"the key '{key}' stands twice in one mapping; keep one of them")
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the mapping that a YAML file holds.

    Raises:
        UserError: there is no such file, or it does not hold a mapping.
    """
    try:
        values = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except FileNotFoundError:
        beside = sorted(file.stem for file in path.parent.glob("*.yaml"))
        raise UserError(f"{path}: no such card; {nearest(path.stem, beside)}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read ({error})") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(values, dict):
        raise UserError(f"{path}: a card is a mapping of keys to values, this is {values!r:.60}")
    return values


def nearest(word: str, known: list[str]) -> str:
    """Say which known word is nearest to one that is not known, or else list them all."""
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else f"known are: {', '.join(sorted(known)) or 'none'}"


def mistakes(error: ValidationError) -> list[ErrorDetails]:
    """Return what is wrong, without what follows from it: a list too short because all that it holds is refused."""
    found = error.errors()
    places = [each["loc"] for each in found]
    return [
        each
        for each, place in zip(found, places, strict=True)
        if not any(place == other[: len(place)] and place != other for other in places)
    ]


def describe(mistake: ErrorDetails, above: str = "") -> str:
    """Return one line for one mistake below a key: key, what is wrong, and the value that was given."""
    key = ".".join(map(str, (*filter(None, [above]), *mistake["loc"])))
    if mistake["type"] == "missing":
        return f"key '{key}' is missing; add it"
    said = mistake["msg"].removeprefix("Value error, ").partition(" after validation")[0]
    if "unknown key" in said:
        return f"{said}" + (f" (in '{key}')" if key else "")
    if not key:
        return said
    whole = mistake["type"] == "value_error" and isinstance(mistake["input"], dict)
    given = "" if whole else f", not {mistake['input']!r:.80}"
    return f"key '{key}': {said}{given}"
