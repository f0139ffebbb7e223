"""A card's text as YAML: whatever it contains is read within a second, or refused in one line."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn

import yaml

from tagwerk.cards.excerpts import first_duplicate, short_repr, suggestion
from tagwerk.errors import UserError
from tagwerk.provenance.notes import note_card

_MAX_BYTES = 1_000_000
_MAX_VALUES = 20_000  # with aliases expanded, as a message or a copy might do
_MAX_DEPTH = 50  # nested lists and mappings
_MAX_DIGITS = 400
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # 100 times as fast, if available
    """YAML's safe loader, which also refuses duplicate keys and names values that it cannot construct."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if (key := first_duplicate(keys)) is not None:
            _refuse(f"the key {short_repr(key)} is duplicated in one mapping; keep one of them", node)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        if node.tag in _NUMBERS and len(node.value) > _MAX_DIGITS:
            _refuse(f"a number of {len(node.value):,} characters; shorten it, or put it in quotes", node)
        try:
            return super().construct_object(node, deep)
        # Dates such as 2024-13-01, tags that do not fit the value, and the like.
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            kind = node.tag.rpartition(":")[2]
            _refuse(f"{short_repr(node.value)} is not a valid {kind}; correct it, or put it in quotes", node)


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the mapping in a YAML file.

    Raises:
        UserError: there is no such file, it is too large or too deeply nested, or it does not contain a mapping.
    """
    text = _text(path)
    values = parse_yaml(text, path)
    note_card(path, text)
    return values


def parse_yaml(text: str, path: Path) -> dict[str, Any]:
    """Return the mapping in the text of a YAML file; raises as `read_yaml`."""
    try:
        check_size(text)
        values = yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not valid YAML: {_short(error)}") from None
    if not isinstance(values, dict):
        raise UserError(f"{path}: a card is a mapping of keys to values, this is {short_repr(values, 60)}")
    return values


def raw_scalars(path: Path) -> Callable[[Iterable[Any]], str | None]:
    """Return a function that gives the scalar at a path of keys as written in a valid YAML file."""
    root = yaml.compose(_text(path), _Loader)
    return lambda keys: _raw_scalar(root, keys)


def _raw_scalar(node: Any, keys: Iterable[Any]) -> str | None:
    for key in keys:
        if isinstance(node, yaml.MappingNode):
            node = next((value for name, value in node.value if name.value == key), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
        else:
            return None
    return str(node.value) if isinstance(node, yaml.ScalarNode) else None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise UserError(
                f"{path}: has more than {_MAX_BYTES:,} bytes; a card is a short text, give many files by patterns"
            )
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        siblings = sorted(file.stem for file in path.parent.glob("*.yaml"))
        raise UserError(f"{path}: no such card; {suggestion(path.stem, siblings)}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read ({error})") from None


def check_size(text: str) -> None:
    """Refuse what would exhaust time, memory or the stack when values are constructed or shown.

    Raises:
        YAMLError: it would, or the text is not valid YAML.
    """
    opened: list[tuple[str | None, int]] = []
    sizes: dict[str | None, int] = {}
    size = 0
    for event in yaml.parse(text, _Loader):
        match event:
            case yaml.AliasEvent(anchor=anchor):
                if any(anchor == name for name, _ in opened):
                    _refuse(f"the alias *{anchor:.40} refers to itself; write it out", event)
                size += sizes.get(anchor, 1)
            case yaml.ScalarEvent(anchor=anchor, value=value):
                if control := _CONTROL.search(value):
                    _refuse(f"{short_repr(value)} contains the control character {control[0]!r}; leave it out", event)
                sizes[anchor] = 1 + len(value) // 100
                size += sizes[anchor]
            case yaml.CollectionStartEvent(anchor=anchor):
                opened.append((anchor, size))
                size += 1
            case yaml.CollectionEndEvent():
                anchor, before = opened.pop()
                sizes[anchor] = size - before
        if size > _MAX_VALUES:
            _refuse(f"more than {_MAX_VALUES:,} values with aliases expanded; give many files by patterns", event)
        if len(opened) > _MAX_DEPTH:
            _refuse(f"lists and mappings are nested more than {_MAX_DEPTH} deep; simplify them", event)


def _refuse(reason: str, at: yaml.Node | yaml.Event) -> NoReturn:
    mark = at.start_mark
    raise yaml.YAMLError(reason + (f" (line {mark.line + 1}, column {mark.column + 1})" if mark is not None else ""))


def _short(error: yaml.YAMLError) -> str:
    reason = " ".join(str(error).replace('in "<unicode string>", ', "in ").split())
    if "cannot start any token" in reason:
        reason += "; put a text that starts with such a character, for instance a backtick, in quotes"
    return reason if len(reason) <= 300 else f"{reason[:300]}..."
