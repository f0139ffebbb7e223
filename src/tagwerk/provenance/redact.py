"""Command lines and paths without what others should not read: passwords, tokens and the home directory."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

_URL = re.compile(r"(?P<protocol>[A-Za-z][A-Za-z0-9+.-]*://)(?:[^/@\s]*@)?(?P<rest>[^?\s]*)(?P<query>\?\S*)?")
_MAX_LENGTH = 2_000  # characters of a command line


def redacted(text: str) -> str:
    """Return a text with `~` for the home directory, and URLs without user, password and query, which holds tokens."""
    text = _URL.sub(lambda found: f"{found['protocol']}{found['rest']}{'?...' if found['query'] else ''}", text)
    home = str(Path.home())
    return text if home == "/" else re.sub(rf"(?<![\w/.-]){re.escape(home)}(?=/|$)", "~", text)


def command_line(arguments: Sequence[str]) -> str:
    """Return a command line, cut if it is very long."""
    text = " ".join(redacted(each) if each == shlex.quote(each) else shlex.quote(redacted(each)) for each in arguments)
    return text if len(text) <= _MAX_LENGTH else f"{text[:_MAX_LENGTH]} ..."
