"""A draft as YAML to edit by hand: with comments, short lines, and quotes only where needed."""

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
_MAX_LISTED = 20


def to_yaml(draft: Draft, notes: Sequence[str] = ()) -> str:
    """Return the card's text, with further notes at its top."""
    values = {key: draft.values[key] for key in _ORDER if key in draft.values}
    lines = [
        *_header(draft),
        *(line for note in notes for line in _comment(note, 0)),
        *_mapping(values, "", 0, draft.comments, draft.checks),
    ]
    return "\n".join(lines) + "\n"


def abbreviate(branches: Sequence[str]) -> str:
    """Return the first of many branches for a comment, and how many more there are."""
    more = len(branches) - _MAX_LISTED
    return ", ".join(branches[:_MAX_LISTED]) + (f" and {more} more" if more > 0 else "")


def _header(draft: Draft) -> Iterator[str]:
    yield from _comment(f"{draft.description}. Drafted by `tagwerk draft`; try it with `tagwerk check`.", 0)
    if draft.checks:
        yield from _comment(f"Uncertain lines are marked {MARK}; correct them and remove the marks:", 0)
        for key, text in draft.checks.items():
            yield from _comment(f"- {key}: {text}", 0)


def _comment(text: str, indent: int) -> list[str]:
    start = " " * indent + "# "
    # A line break in a name would end the comment.
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    return textwrap.wrap(text, _WIDTH, initial_indent=start, subsequent_indent=start, break_long_words=False)


def _mapping(
    values: Mapping[str, Any],
    parent: str,
    indent: int,
    comments: Mapping[str, Sequence[str]],
    checks: Mapping[str, str],
) -> Iterator[str]:
    for name, value in values.items():
        key = f"{parent}.{name}" if parent else str(name)
        for text in comments.get(key, ()):
            yield from _comment(text, indent)
        yield from _entry(f"{' ' * indent}{_flow_style(name)}:", value, key, indent, comments, checks)


def _entry(
    start: str, value: Any, key: str, indent: int, comments: Mapping[str, Sequence[str]], checks: Mapping[str, str]
) -> Iterator[str]:
    """Yield a value after its key: on the same line if it fits there and its parts have no comments or checks."""
    mark = f"  # {MARK}: {checks[key]}" if key in checks else ""
    has_parts = any(name.startswith(f"{key}.") for name in (*comments, *checks)) or key in ("classes", "sequences")
    line = f"{start} {_flow_style(value)}{mark}"
    if not isinstance(value, dict | list) or not value or (not has_parts and len(line) <= _WIDTH):
        yield line
        return
    yield start + mark
    if isinstance(value, dict):
        yield from _mapping(value, key, indent + 2, comments, checks)
        return
    for index, item in enumerate(value):
        yield from _item(item, f"{key}.{index}", indent + 2, checks)


def _item(value: Any, key: str, indent: int, checks: Mapping[str, str]) -> Iterator[str]:
    """Yield an item of a list; a mapping is split over several lines if it is too long for one."""
    mark = f"  # {MARK}: {checks[key]}" if key in checks else ""
    start = " " * indent + "- "
    line = start + _flow_style(value) + mark
    if len(line) <= _WIDTH or not isinstance(value, Mapping):
        yield line
        return
    for index, (name, entry) in enumerate(value.items()):
        prefix, end = (start, mark) if not index else (" " * len(start), "")
        yield f"{prefix}{_flow_style(name)}: {_flow_style(entry)}{end}"


def _flow_style(value: Any) -> str:
    """Return a value on one line, in YAML's flow style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow_style(key)}: {_flow_style(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow_style, value)) + "]"
    if not isinstance(value, str):
        return str(yaml.safe_dump(value)).removesuffix("...\n").strip()
    # Dumped inside a list, where YAML's quoting rules are strictest.
    plain = str(yaml.safe_dump([value], default_flow_style=True, width=10**6, allow_unicode=True)).strip()[1:-1]
    if plain[:1] not in "'\"":
        return plain
    return str(yaml.safe_dump(value, default_style='"', width=10**6, allow_unicode=True)).strip()
