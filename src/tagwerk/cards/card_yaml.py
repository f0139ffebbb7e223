"""The keys of a card as YAML, as the included cards are written."""

from collections.abc import Mapping
from typing import Any

import yaml


def card_yaml(values: Mapping[str, Any]) -> str:
    """Return the text of a card: in the order given, lists of plain values on one line."""
    text: str = yaml.dump(dict(values), Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True)
    return text


class _Dumper(yaml.SafeDumper):
    """Lists inline, mappings and lists of mappings as blocks."""


def _represent_list(dumper: yaml.SafeDumper, values: list[Any]) -> yaml.Node:
    inline = not any(isinstance(value, dict) for value in values)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=inline)


_Dumper.add_representer(list, _represent_list)
