"""A draft as YAML that a person goes on writing: comments, short lines, nothing quoted that need not be."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from tagwerk.cards.draft_marks import MARK
from tagwerk.drafts.card_draft import Draft

_WIDTH = 120
_ORDER = (
    "title", "layout", "files", "tree", "jets", "momentum_unit", "event", "jet", "weight", "classes", "sequences",
    "substructure",
)  # fmt: skip
_SOME = 20


def text_of(draft: Draft, more: Sequence[str] = ()) -> str:
    """Return the card's text, with more to say at its top."""
    values = {key: draft.values[key] for key in _ORDER if key in draft.values}
    lines = [
        *_head(draft),
        *(line for said in more for line in _comment(said, 0)),
        *_mapping(values, "", 0, draft.remarks, draft.checks),
    ]
    return "\n".join(lines) + "\n"


def some(branches: Sequence[str]) -> str:
    """Return the first of many branches for a comment, and how many more there are."""
    more = len(branches) - _SOME
    return ", ".join(branches[:_SOME]) + (f" and {more} more" if more > 0 else "")


def _head(draft: Draft) -> Iterator[str]:
    yield from _comment(f"{draft.what}. Drafted by `tagwerk draft`; `tagwerk check` tries it.", 0)
    if draft.checks:
        yield from _comment(f"What could not be told is marked {MARK}; correct it and take the mark away:", 0)
        for key, said in draft.checks.items():
            yield from _comment(f"- {key}: {said}", 0)


def _comment(said: str, indent: int) -> list[str]:
    start = " " * indent + "# "
    # A line's end in a name would end the comment.
    said = "".join(letter if letter.isprintable() else " " for letter in said)
    return textwrap.wrap(said, _WIDTH, initial_indent=start, subsequent_indent=start, break_long_words=False)


def _mapping(
    values: Mapping[str, Any], above: str, indent: int, remarks: Mapping[str, Sequence[str]], checks: Mapping[str, str]
) -> Iterator[str]:
    for name, value in values.items():
        key = f"{above}.{name}" if above else str(name)
        for said in remarks.get(key, ()):
            yield from _comment(said, indent)
        yield from _entry(f"{' ' * indent}{_plain(name)}:", value, key, indent, remarks, checks)


def _entry(
    start: str, value: Any, key: str, indent: int, remarks: Mapping[str, Sequence[str]], checks: Mapping[str, str]
) -> Iterator[str]:
    """Yield a value after its key: on the same line if it fits there and nothing is to be said of its parts."""
    mark = f"  # {MARK}: {checks[key]}" if key in checks else ""
    apart = any(each.startswith(f"{key}.") for each in (*remarks, *checks)) or key in ("classes", "sequences")
    short = f"{start} {_plain(value)}{mark}"
    if not isinstance(value, dict | list) or not value or (not apart and len(short) <= _WIDTH):
        yield short
        return
    yield start + mark
    if isinstance(value, dict):
        yield from _mapping(value, key, indent + 2, remarks, checks)
        return
    for number, each in enumerate(value):
        yield from _item(each, f"{key}.{number}", indent + 2, checks)


def _item(value: Any, key: str, indent: int, checks: Mapping[str, str]) -> Iterator[str]:
    """Yield a value of a list, a mapping on several lines if it is too long for one."""
    mark = f"  # {MARK}: {checks[key]}" if key in checks else ""
    start = " " * indent + "- "
    short = start + _plain(value) + mark
    if len(short) <= _WIDTH or not isinstance(value, Mapping):
        yield short
        return
    for number, (name, each) in enumerate(value.items()):
        yield f"{start if not number else ' ' * len(start)}{_plain(name)}: {_plain(each)}{mark if not number else ''}"


def _plain(value: Any) -> str:
    """Return a value on one line, in YAML's flow style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_plain(key)}: {_plain(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_plain, value)) + "]"
    if not isinstance(value, str):
        return str(yaml.safe_dump(value)).removesuffix("...\n").strip()
    # In a list, as this is the most that a string must stand.
    plain = str(yaml.safe_dump([value], default_flow_style=True, width=10**6, allow_unicode=True)).strip()[1:-1]
    if plain[:1] not in "'\"":
        return plain
    return str(yaml.safe_dump(value, default_style='"', width=10**6, allow_unicode=True)).strip()
