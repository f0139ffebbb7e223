"""A card's text as YAML: whatever it holds is read within a second, or refused in one line."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn

import yaml

from tagwerk.cards.excerpts import nearest, repeated, shown
from tagwerk.errors import UserError

_BYTES = 1_000_000
_VALUES = 20_000  # aliases written out, which a message or a copy might do
_DEEPEST = 50  # lists and mappings within one another
_DIGITS = 400
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # a hundred times as fast, if there
    """YAML's safe loader, which also refuses duplicate keys and names what it cannot make a value of."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if (key := repeated(keys)) is not None:
            _refuse(f"the key {shown(key)} stands twice in one mapping; keep one of them", node)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        if node.tag in _NUMBERS and len(node.value) > _DIGITS:
            _refuse(f"a number of {len(node.value):,} characters; shorten it, or put it in quotes", node)
        try:
            return super().construct_object(node, deep)
        # Dates such as 2024-13-01, tags that do not fit the value, and the like.
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            _refuse(f"{shown(node.value)} is no {node.tag.rpartition(':')[2]}; correct it, or put it in quotes", node)


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the mapping that a YAML file holds.

    Raises:
        UserError: there is no such file, it is very large or deeply nested, or it does not hold a mapping.
    """
    try:
        text = _text(path)
        _check_size(text)
        values = yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not valid YAML: {_short(error)}") from None
    if not isinstance(values, dict):
        raise UserError(f"{path}: a card is a mapping of keys to values, this is {shown(values, 60)}")
    return values


def written(path: Path) -> Callable[[Iterable[Any]], str | None]:
    """Return what gives a number, a date or the like below some keys as it is written in a file that can be read."""
    top = yaml.compose(_text(path), _Loader)
    return lambda keys: _scalar(top, keys)


def _scalar(node: Any, keys: Iterable[Any]) -> str | None:
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
            content = stream.read(_BYTES + 1)
        if len(content) > _BYTES:
            raise UserError(
                f"{path}: has more than {_BYTES:,} bytes; a card is a short text, files are given by patterns"
            )
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        beside = sorted(file.stem for file in path.parent.glob("*.yaml"))
        raise UserError(f"{path}: no such card; {nearest(path.stem, beside)}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read ({error})") from None


def _check_size(text: str) -> None:
    """Refuse what would exhaust time, memory or the stack once values are made of it."""
    opened: list[tuple[str | None, int]] = []
    sizes: dict[str | None, int] = {}
    size = 0
    for event in yaml.parse(text, _Loader):
        match event:
            case yaml.AliasEvent(anchor=anchor):
                if any(anchor == name for name, _ in opened):
                    _refuse(f"the alias *{anchor:.40} is inside of what it stands for; write it out", event)
                size += sizes.get(anchor, 1)
            case yaml.ScalarEvent(anchor=anchor, value=value):
                if control := _CONTROL.search(value):
                    _refuse(f"{shown(value)} holds the control character {control[0]!r}; leave it out", event)
                sizes[anchor] = 1 + len(value) // 100
                size += sizes[anchor]
            case yaml.CollectionStartEvent(anchor=anchor):
                opened.append((anchor, size))
                size += 1
            case yaml.CollectionEndEvent():
                anchor, before = opened.pop()
                sizes[anchor] = size - before
        if size > _VALUES:
            _refuse(f"more than {_VALUES:,} values, aliases written out; give many files by patterns", event)
        if len(opened) > _DEEPEST:
            _refuse(f"lists and mappings are nested more than {_DEEPEST} deep", event)


def _refuse(why: str, at: yaml.Node | yaml.Event) -> NoReturn:
    place = at.start_mark
    raise yaml.YAMLError(why + (f" (line {place.line + 1}, column {place.column + 1})" if place is not None else ""))


def _short(error: yaml.YAMLError) -> str:
    said = " ".join(str(error).replace('in "<unicode string>", ', "in ").split())
    if "cannot start any token" in said:
        said += "; put a text that begins with such a sign, a backtick for instance, in quotes"
    return said if len(said) <= 300 else f"{said[:300]}..."
